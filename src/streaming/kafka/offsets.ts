import type { OffsetToCommit } from './port.ts';

/** Offsets in the shape of OffsetCommit and TxnOffsetCommit. */
export function groupByTopic(offsets: readonly OffsetToCommit[]) {
  const topics = new Map<
    string,
    {
      partitionIndex: number;
      committedOffset: bigint;
      committedLeaderEpoch: number;
      committedMetadata: null;
    }[]
  >();
  for (const { topic, partition, next } of offsets) {
    const partitions = topics.get(topic) ?? [];
    partitions.push({
      partitionIndex: partition,
      committedOffset: next,
      committedLeaderEpoch: -1,
      committedMetadata: null,
    });
    topics.set(topic, partitions);
  }
  return [...topics].map(([name, partitions]) => ({ name, partitions }));
}
