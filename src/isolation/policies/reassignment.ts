/** The file of `kafka-reassign-partitions`: which replicas a partition should have, the preferred leader first. */
import { z } from 'zod';
import { LetheError } from '../../foundation/errors.ts';
import type { KafkaSnapshot, PartitionEntry } from '../topology/snapshot.ts';

/** One partition and where it should be. */
export interface PartitionMove {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
}

/** Why a file is no reassignment, or not one of this cluster. */
export type ReassignmentErrorCode =
  'REASSIGNMENT_NOT_JSON' | 'REASSIGNMENT_INVALID' | 'REASSIGNMENT_CONTRADICTORY';

export class ReassignmentError extends LetheError<ReassignmentErrorCode> {}

const node = z.int().min(0).max(2_147_483_647);
const schema = z.strictObject({
  version: z.literal(1),
  partitions: z.array(
    z.strictObject({
      topic: z.string().min(1).max(249),
      partition: node,
      replicas: z.array(node).min(1).max(10_000),
      // Names of directories don't decide about brokers.
      log_dirs: z.array(z.string()).optional(),
    }),
  ),
});

/**
 * Parses a file of `kafka-reassign-partitions`, version 1: every key known, no partition twice, no replica twice.
 *
 * @throws ReassignmentError `REASSIGNMENT_NOT_JSON`, `REASSIGNMENT_INVALID`, `REASSIGNMENT_CONTRADICTORY`
 */
export function parseReassignment(text: string): readonly PartitionMove[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ReassignmentError(
      'REASSIGNMENT_NOT_JSON',
      'Give a file as kafka-reassign-partitions takes: this one is no JSON',
      { cause },
    );
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw new ReassignmentError(
      'REASSIGNMENT_INVALID',
      'Give a file as kafka-reassign-partitions takes, version 1',
      {
        problems: parsed.error.issues.map(({ path, message }) => ({
          code: 'REASSIGNMENT_INVALID',
          path: path.join('.'),
          message,
        })),
      },
    );
  const moves = parsed.data.partitions.map(({ topic, partition, replicas }) => ({
    topic,
    partition,
    replicas,
  }));
  refuseRepetitions(moves);
  return moves;
}

function refuseRepetitions(moves: readonly PartitionMove[]): void {
  const seen = new Set<string>();
  for (const { topic, partition, replicas } of moves) {
    const name = `${topic}-${partition}`;
    if (seen.has(name) || new Set(replicas).size < replicas.length)
      throw new ReassignmentError(
        'REASSIGNMENT_CONTRADICTORY',
        `Name each partition and each of its replicas once: "${name}" is not`,
      );
    seen.add(name);
  }
}

/** The file's text, sorted. */
export function renderReassignment(moves: readonly PartitionMove[]): string {
  const partitions = moves
    .toSorted((a, b) => compare(a.topic, b.topic) || a.partition - b.partition)
    .map(({ topic, partition, replicas }) => ({ topic, partition, replicas }));
  const lines = partitions.map((one) => `    ${JSON.stringify(one)}`);
  return `{\n  "version": 1,\n  "partitions": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

/**
 * The snapshot as it is once the moves of one cluster are done.
 *
 * @throws ReassignmentError `REASSIGNMENT_CONTRADICTORY` where the cluster has no such partition or broker
 */
export function afterMove(
  snapshot: KafkaSnapshot,
  cluster: string,
  moves: readonly PartitionMove[],
): KafkaSnapshot {
  const found = Object.hasOwn(snapshot.clusters, cluster) ? snapshot.clusters[cluster] : undefined;
  if (found === undefined)
    throw new ReassignmentError(
      'REASSIGNMENT_CONTRADICTORY',
      `Name a cluster of the snapshot: "${cluster}" is none`,
    );
  const brokers = new Set(found.brokers.map(({ id }) => id));
  const wanted = new Map(moves.map((move) => [`${move.topic} ${move.partition}`, move]));
  const topics = found.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((entry) => {
      const key = `${name} ${entry.partition}`;
      const move = wanted.get(key);
      wanted.delete(key);
      return move === undefined ? entry : moved(entry, move, brokers);
    }),
  }));
  const [absent] = wanted.values();
  if (absent !== undefined)
    throw new ReassignmentError(
      'REASSIGNMENT_CONTRADICTORY',
      `Take a new snapshot, or correct the file: the cluster has no partition "${absent.topic}-${absent.partition}"`,
    );
  return { ...snapshot, clusters: { ...snapshot.clusters, [cluster]: { ...found, topics } } };
}

function moved(
  entry: PartitionEntry,
  { topic, replicas }: PartitionMove,
  brokers: ReadonlySet<number>,
): PartitionEntry {
  const unknown = replicas.find((id) => !brokers.has(id));
  if (unknown !== undefined)
    throw new ReassignmentError(
      'REASSIGNMENT_CONTRADICTORY',
      `Name brokers of the cluster: partition "${topic}-${entry.partition}" would go to broker ${unknown}, which is not in it`,
    );
  const { partition, leader } = entry;
  const keeps = leader !== null && replicas.includes(leader);
  return {
    partition,
    leader: keeps ? leader : (replicas[0] ?? null),
    replicas,
    adding: [],
    removing: [],
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
