/**
 * Who coordinates a consumer group or a transactional id. The broker finds it by a hash of the name, so that placement alone tells it and
 * names that nobody uses yet have their answer too: `GroupMetadataManager.partitionFor` and `TransactionStateManager.partitionFor` of Apache
 * Kafka, both `Utils.abs(name.hashCode) % partitions`.
 */
import { holdersOf } from './placement.ts';
import type { ClusterSnapshot } from './snapshot.ts';

/** The internal topic that decides, by what is coordinated. */
export const coordinatorTopics = {
  group: '__consumer_offsets',
  transaction: '__transaction_state',
} as const;

export type Coordinated = keyof typeof coordinatorTopics;

/** The partition that decides, who leads it, and who may take over. */
export interface CoordinatorPlace {
  readonly topic: string;
  readonly partition: number;
  readonly leader: number | null;
  /** Every holder, the leader among them. */
  readonly holders: readonly number[];
}

/** The coordinator of a name; undefined where the cluster has not made its internal topic yet (it does for the first group). */
export function coordinatorOf(
  kind: Coordinated,
  name: string,
  { topics }: ClusterSnapshot,
): CoordinatorPlace | undefined {
  const topic = coordinatorTopics[kind];
  const entry = topics.find((one) => one.name === topic);
  if (entry === undefined) return undefined;
  const hash = javaHash(name);
  // Kafka's own `Utils.abs` makes 0 of the one number that has no positive twin.
  const partition = (hash === -0x8000_0000 ? 0 : Math.abs(hash)) % entry.partitions.length;
  const found = entry.partitions.find((one) => one.partition === partition);
  if (found === undefined) return undefined;
  const holders = [...holdersOf(found)].toSorted((a, b) => a - b);
  return { topic, partition, leader: found.leader, holders };
}

/** `String.hashCode` of Java: over UTF-16 units, in 32 bits. */
function javaHash(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at += 1)
    hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
  return hash;
}
