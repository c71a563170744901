/** Where Kafka keeps what, at one moment: plain data that is saved to a file and read again. */
import { z } from 'zod';
import { LetheError } from '../../foundation/errors.ts';
import type { Problem } from '../../foundation/errors.ts';

/** A broker as it advertises itself on the listener that was asked. */
export interface BrokerEntry {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

/** One partition; node ids. While a reassignment runs, `adding` and `removing` name the brokers that come and go. */
export interface PartitionEntry {
  readonly partition: number;
  /** `null` while there is none. */
  readonly leader: number | null;
  readonly replicas: readonly number[];
  readonly adding: readonly number[];
  readonly removing: readonly number[];
}

export interface TopicEntry {
  readonly name: string;
  readonly partitions: readonly PartitionEntry[];
}

/** One Kafka cluster: all brokers, and all topics including the internal ones, each sorted. */
export interface ClusterSnapshot {
  readonly clusterId: string;
  readonly brokers: readonly BrokerEntry[];
  readonly topics: readonly TopicEntry[];
}

/** All clusters of a configuration, by the name that it gives them. */
export interface KafkaSnapshot {
  readonly format: typeof snapshotFormat;
  /** ISO 8601, UTC. */
  readonly taken: string;
  readonly clusters: Readonly<Record<string, ClusterSnapshot>>;
}

/** First key of every snapshot, so that another file is not taken for one. */
export const snapshotFormat = 'lethe-kafka-snapshot/1';

/** Why a file is no snapshot. */
export type SnapshotErrorCode = 'SNAPSHOT_NOT_JSON' | 'SNAPSHOT_INVALID' | 'SNAPSHOT_CONTRADICTORY';

export class SnapshotError extends LetheError<SnapshotErrorCode> {}

const node = z.int().min(0).max(2_147_483_647);
const nodes = z.array(node).max(10_000);
const schema: z.ZodType<KafkaSnapshot> = z.strictObject({
  format: z.literal(snapshotFormat),
  taken: z.iso.datetime(),
  clusters: z.record(
    z.string().min(1),
    z.strictObject({
      clusterId: z.string(),
      brokers: z.array(
        z.strictObject({ id: node, host: z.string().min(1), port: z.int().min(1).max(65_535) }),
      ),
      topics: z.array(
        z.strictObject({
          name: z.string().min(1).max(249),
          partitions: z
            .array(
              z.strictObject({
                partition: node,
                leader: node.nullable(),
                replicas: nodes.min(1),
                adding: nodes,
                removing: nodes,
              }),
            )
            .min(1),
        }),
      ),
    }),
  ),
});

/**
 * Parses a saved snapshot: every key known, every number in its range, nothing twice.
 *
 * @throws SnapshotError `SNAPSHOT_NOT_JSON`, `SNAPSHOT_INVALID`, `SNAPSHOT_CONTRADICTORY`, with every problem and its path
 */
export function parseSnapshot(text: string): KafkaSnapshot {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SnapshotError(
      'SNAPSHOT_NOT_JSON',
      'Give a file that `lethe network snapshot` printed: this one is no JSON',
      { cause },
    );
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw refusal(
      'SNAPSHOT_INVALID',
      parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
    );
  const contradictions = repetitions(parsed.data);
  if (contradictions.length > 0) throw refusal('SNAPSHOT_CONTRADICTORY', contradictions);
  return parsed.data;
}

/** What would make one broker or partition two. */
function repetitions({ clusters }: KafkaSnapshot): readonly Omit<Problem, 'code'>[] {
  return Object.entries(clusters).flatMap(([name, { brokers, topics }]) => [
    ...twice(`clusters.${name}.brokers`, brokers, ({ id }) => id),
    ...twice(`clusters.${name}.topics`, topics, (topic) => topic.name),
    ...topics.flatMap((topic, at) =>
      twice(
        `clusters.${name}.topics.${at}.partitions`,
        topic.partitions,
        ({ partition }) => partition,
      ),
    ),
  ]);
}

function twice<Item>(
  path: string,
  items: readonly Item[],
  keyOf: (item: Item) => string | number,
): readonly Omit<Problem, 'code'>[] {
  const seen = new Set<string | number>();
  return items.flatMap((item, at) => {
    const key = keyOf(item);
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [{ path: `${path}.${at}`, message: `remove one of the two entries of "${key}"` }];
  });
}

function refusal(
  code: SnapshotErrorCode,
  problems: readonly Omit<Problem, 'code'>[],
): SnapshotError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new SnapshotError(code, `Take the snapshot again: this one has ${count}`, {
    problems: problems.map((problem) => ({ code, ...problem })),
  });
}
