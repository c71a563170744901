/** Which brokers hold which partitions, from topics' metadata and the reassignments that run (KIP-455). */
import type { ITopicMetadata } from 'kafkajs';

/** Where one partition is; node ids. While a reassignment runs, `adding` and `removing` name the brokers that come and go. */
export interface PartitionPlacement {
  readonly partition: number;
  /** `null` while there is none. */
  readonly leader: number | null;
  readonly replicas: readonly number[];
  readonly adding: readonly number[];
  readonly removing: readonly number[];
}

export interface TopicPlacement {
  readonly name: string;
  /** In the order of partition numbers. */
  readonly partitions: readonly PartitionPlacement[];
}

/** What kafkajs really answers to `listPartitionReassignments`; its types have other names (kafkajs 2.2.4, protocol/requests). */
export interface Reassignments {
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly addingReplicas: readonly number[];
      readonly removingReplicas: readonly number[];
    }[];
  }[];
}

/** Topics sorted by name. */
export function placements(
  topics: readonly ITopicMetadata[],
  reassignments: Reassignments,
): readonly TopicPlacement[] {
  const moving = new Map(
    reassignments.topics.flatMap(({ name, partitions }) =>
      partitions.map((one) => [`${name} ${one.partition}`, one] as const),
    ),
  );
  return topics
    .map(({ name, partitions }) => ({
      name,
      partitions: partitions
        .map(({ partitionId, leader, replicas }) => {
          const move = moving.get(`${name} ${partitionId}`);
          return {
            partition: partitionId,
            leader: leader < 0 ? null : leader,
            replicas: [...replicas],
            adding: [...(move?.addingReplicas ?? [])],
            removing: [...(move?.removingReplicas ?? [])],
          };
        })
        .toSorted((a, b) => a.partition - b.partition),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
