import { offsetFetchV9 } from '@platformatic/kafka';
import type { Coordinator } from '../connection/coordinator.ts';
import type { TopicPartition } from '../port.ts';
import { answerOf, assertNoError } from '../wire/answers.ts';

/** Partitions by topic, as many requests want them. */
export function partitionsByTopic(
  partitions: readonly TopicPartition[],
): ReadonlyMap<string, number[]> {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of partitions) {
    const numbers = topics.get(topic) ?? [];
    numbers.push(partition);
    topics.set(topic, numbers);
  }
  return topics;
}

/**
 * Committed offsets, `null` where the group never committed. Waits for transactions that hold offsets of these partitions (KIP-447,
 * RequireStable): reading before they end would give work to two instances.
 *
 * @throws {@link KafkaError} AUTHORIZATION_DENIED, COORDINATOR_UNAVAILABLE
 */
export async function readCommittedOffsets(options: {
  readonly coordinator: Coordinator;
  readonly groupId: string;
  readonly partitions: readonly TopicPartition[];
  /** Milliseconds to wait for pending transactions. */
  readonly deadline: number;
}): Promise<(TopicPartition & { readonly offset: bigint | null })[]> {
  const { coordinator, groupId, partitions, deadline } = options;
  const action = `reading committed offsets of group "${groupId}"`;
  const topics = [...partitionsByTopic(partitions)].map(([name, partitionIndexes]) => ({
    name,
    partitionIndexes,
  }));
  const group = { groupId, memberId: null, memberEpoch: -1, topics };
  return coordinator.call(
    action,
    async (connection) => {
      const answer = await answerOf(offsetFetchV9.api.async(connection, [group], true));
      return answer.groups.flatMap((found) => {
        assertNoError(found.errorCode, action);
        return found.topics.flatMap((topic) =>
          topic.partitions.map(({ partitionIndex, committedOffset, errorCode }) => {
            assertNoError(errorCode, action);
            const offset = committedOffset < 0n ? null : committedOffset;
            return { topic: topic.name, partition: partitionIndex, offset };
          }),
        );
      });
    },
    { deadline },
  );
}
