import type { Consumer, GroupPartitionsAssigner } from '@platformatic/kafka';

/**
 * Deals partitions round the members in the order of their ids. Ids of static members begin with their instance names, so that a restart
 * or a rejoin gives everyone the partitions of before; the library's own assigner follows the order of the response.
 *
 * A topic is dealt to those only who asked for it: while a new route is rolled out, older instances don't know what to do with its records.
 */
export const assignInOrder: GroupPartitionsAssigner = (_self, members, topics, metadata) => {
  const assigned = [...members.keys()].sort().map((memberId) => ({
    memberId,
    assignments: new Map<string, { topic: string; partitions: number[] }>(),
  }));
  let turn = 0;
  for (const topic of [...topics].sort()) {
    const count = metadata.topics.get(topic)?.partitionsCount ?? 0;
    const takers = assigned.filter(
      ({ memberId }) => members.get(memberId)?.topics?.includes(topic) ?? true,
    );
    for (let partition = 0; partition < count && takers.length > 0; partition++) {
      const { assignments } = takers[turn++ % takers.length]!;
      const entry = assignments.get(topic) ?? { topic, partitions: [] };
      entry.partitions.push(partition);
      assignments.set(topic, entry);
    }
  }
  return assigned;
};

/** What a join event assigned to this member. */
export type Assigned = NonNullable<Consumer['assignments']>;
