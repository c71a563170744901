/** A tiny shard for tests: copies records from source to sink, so that tests can stop it at any step. */
import type { KafkaAdapter } from '../../../src/streaming/kafka/record-batch-adapter.ts';
import type { Codec } from '../../../src/streaming/kafka/batches/compression.ts';
import type {
  EncodedSlice,
  Generation,
  OffsetToCommit,
  RawSlice,
  Sink,
  Source,
  TopicPartition,
} from '../../../src/streaming/kafka/port.ts';
import {
  recordHeaders,
  recordKeys,
  recordValues,
  RecordBatchReader,
} from '../../../src/streaming/kafka/batches/record-batch-reader.ts';
import { RecordBatchWriter } from '../../../src/streaming/kafka/batches/record-batch-writer.ts';
import type { ClusterSettings, ServiceSettings } from '../../../src/streaming/settings.ts';

const reader = new RecordBatchReader({
  batchBytes: 64 << 20,
  batchRecords: 1 << 20,
  chunkBytes: 4 << 20,
});

/** Copies the records of slices to the same partitions of another topic. */
export function copySlices(
  slices: readonly RawSlice[],
  to: string,
  options: { readonly codec?: Codec; readonly maxBatchBytes?: number; transactional?: boolean },
): { readonly out: EncodedSlice[]; readonly offsets: OffsetToCommit[]; readonly count: number } {
  const writer = new RecordBatchWriter({
    maxBatchBytes: options.maxBatchBytes ?? 900_000,
    transactional: options.transactional ?? true,
  });
  let count = 0;
  const out = slices.map((slice) => {
    writer.begin(options.codec ?? 'none');
    for (const records of reader.unpack(slice)) {
      writer.append({
        count: records.count,
        timestamps: records.timestamps,
        keys: recordKeys(records),
        values: recordValues(records),
        headers: recordHeaders(records),
        rows: null,
        rowCount: records.count,
      });
    }
    const encoded = writer.finish();
    count += encoded.count;
    return { topic: to, partition: slice.partition, ...encoded };
  });
  const offsets = slices.map(({ topic, partition, next }) => ({ topic, partition, next }));
  return { out, offsets, count };
}

export interface Member {
  readonly source: Source;
  readonly sink: Sink;
  /** The last assignment, or `null` after it was lost. */
  generation: Generation | null;
  assigned: readonly TopicPartition[];
  failure: Error | null;
  /** Settles at the next assignment. */
  nextAssignment(): Promise<Generation>;
}

export interface MemberOptions {
  readonly adapter: KafkaAdapter;
  readonly cluster: ClusterSettings;
  readonly target?: ClusterSettings;
  readonly service: ServiceSettings;
  readonly topics: readonly string[];
  readonly name?: string | null;
  readonly transactionalId: string;
  /** Takes the place of the adapter's sink. */
  readonly sink?: Sink;
}

/** Starts source and sink and waits for the first assignment. */
export async function startMember(options: MemberOptions): Promise<Member> {
  const { adapter, cluster, service, topics, transactionalId } = options;
  const source = adapter.createSource({
    cluster,
    service,
    topics,
    groupInstanceId: options.name ?? null,
  });
  const sink =
    options.sink ??
    adapter.createSink({
      cluster: options.target ?? cluster,
      sourceCluster: cluster,
      service,
      transactionalId,
    });
  let waiting: ((generation: Generation) => void)[] = [];
  const member: Member = {
    source,
    sink,
    generation: null,
    assigned: [],
    failure: null,
    nextAssignment: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
      }),
  };
  const first = member.nextAssignment();
  const started = source.start({
    assigned: (generation, partitions) => {
      member.generation = generation;
      member.assigned = partitions;
      const told = waiting;
      waiting = [];
      for (const tell of told) tell(generation);
    },
    lost: () => {
      member.generation = null;
    },
    failed: (error) => {
      member.failure = error;
    },
  });
  try {
    await started;
    const generation = await first;
    await sink.open();
    await source.seekToCommitted(generation);
  } catch (error) {
    await stopMember(member);
    throw error;
  }
  return member;
}

/** Copies until `idle` ms pass without data; returns the records copied. */
export async function copyUntilIdle(
  member: Member,
  to: string,
  options: {
    readonly codec?: Codec;
    readonly maxBatchBytes?: number;
    readonly idle?: number;
    readonly transactional?: boolean;
  } = {},
): Promise<number> {
  let total = 0;
  for (;;) {
    const slices = await member.source.fetch(options.idle ?? 1000);
    if (member.failure !== null) throw member.failure;
    if (slices.length === 0) return total;
    const { out, offsets, count } = copySlices(slices, to, options);
    member.sink.begin();
    await member.sink.produce(out);
    await member.sink.commitOffsets(offsets, slices[0]!.generation);
    await member.sink.end(true);
    total += count;
  }
}

export async function stopMember(member: Member, leave = true): Promise<void> {
  await member.source.close({ leave });
  await member.sink.close();
}
