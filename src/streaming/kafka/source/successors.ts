import { describeGroupsV5 } from '@platformatic/kafka';
import type { Coordinator } from '../connection/coordinator.ts';
import { answerOf, assertNoError } from '../wire/answers.ts';

/** Milliseconds that the question may take: it is asked while a process ends. */
const patience = 1000;

/**
 * Whether members of other instances are in the group, who would take over what a leaving one gives back. Needs the right Describe on
 * the group, which Read implies.
 *
 * @throws {@link KafkaError} AUTHORIZATION_DENIED, COORDINATOR_UNAVAILABLE, BROKER_UNREACHABLE
 */
export async function hasSuccessors(options: {
  readonly coordinator: Coordinator;
  readonly groupId: string;
  /** Name that members of this instance begin with; a number of the shard follows. */
  readonly instance: string;
}): Promise<boolean> {
  const { coordinator, groupId, instance } = options;
  const action = `describing group "${groupId}"`;
  return coordinator.call(
    action,
    async (connection) => {
      const { groups } = await answerOf(describeGroupsV5.api.async(connection, [groupId], false));
      return groups.some(({ errorCode, members }) => {
        assertNoError(errorCode, action);
        return members.some(({ groupInstanceId }) => !isOf(instance, groupInstanceId));
      });
    },
    { deadline: patience },
  );
}

/** Whether a member is `lethe-1` itself or a shard of it, as `lethe-1-0`; a member without a name is nobody's. */
export function isOf(instance: string, groupInstanceId: string | null | undefined): boolean {
  if (groupInstanceId === instance) return true;
  if (groupInstanceId?.startsWith(`${instance}-`) !== true) return false;
  return /^\d+$/.test(groupInstanceId.slice(instance.length + 1));
}
