/**
 * Raw slice in, sanitized slice out: unpack ▸ find schemas ▸ rewrite values, keys, headers, timestamps ▸ settle what becomes of each
 * record ▸ encode.
 */
import { outcome, outcomeCodes } from '../../anonymization/outcomes.ts';
import type { OutcomeCode } from '../../anonymization/outcomes.ts';
import type { KeyRing } from '../../anonymization/crypto/key-ring.ts';
import type { PackedValues } from '../../anonymization/formats/rewriter.ts';
import type { RawSlice } from '../kafka/port.ts';
import { RecordBatchReader } from '../kafka/batches/record-batch-reader.ts';
import type { UnpackedRecords } from '../kafka/batches/record-batch-reader.ts';
import { linkFingerprint } from '../quarantine/fingerprint.ts';
import type { Fingerprint } from '../quarantine/fingerprint.ts';
import type { StreamingSettings } from '../settings.ts';
import { ShardError } from './errors.ts';
import type { ResolvedTopics } from './messages.ts';
import { partitionOf } from './murmur2.ts';
import type { PlanStore } from './plan-store.ts';
import { QuarantineWriter } from './quarantine-writer.ts';
import type { RecordTransformer, TransformResult } from './record-transformer.ts';
import { SliceOutput } from './slice-output.ts';
import { linkTopic } from './topic-pipeline.ts';
import type { TopicPipeline } from './topic-pipeline.ts';

/** Decompressed bytes worked on at once. */
const chunkBytes = 4 << 20;
/** Records of one batch as Kafka's own brokers and clients would ever write them, with much room. */
const batchRecords = 1 << 20;

/** The record at which a partition halts. */
interface Halt {
  readonly offset: number;
  readonly code: OutcomeCode;
}

export class AnonymizingTransformer implements RecordTransformer {
  readonly #settings: StreamingSettings;
  readonly #keys: KeyRing;
  readonly #store: PlanStore;
  readonly #fingerprint: Fingerprint;
  readonly #reader: RecordBatchReader;
  #pipelines = new Map<string, TopicPipeline>();
  #quarantine: QuarantineWriter;
  readonly #cluster: string;
  #rows = new Int32Array(0);

  /** `cluster`: the source cluster whose topics come here. */
  constructor(options: {
    readonly settings: StreamingSettings;
    readonly cluster: string;
    readonly resolved: ResolvedTopics;
    readonly keys: KeyRing;
    readonly store: PlanStore;
  }) {
    const { settings, keys, store, resolved, cluster } = options;
    this.#settings = settings;
    this.#cluster = cluster;
    this.#keys = keys;
    this.#store = store;
    this.#fingerprint = linkFingerprint(keys);
    // A batch may hold many records: it is bounded by what the shard may hold at all.
    this.#reader = new RecordBatchReader({
      batchBytes: settings.service.limits.inFlightBytes,
      batchRecords,
      chunkBytes,
    });
    this.#quarantine = new QuarantineWriter(settings, cluster, resolved.quarantinePartitions);
    this.route(resolved);
  }

  transform(slice: RawSlice): TransformResult {
    return this.#transform(slice, null);
  }

  route(resolved: ResolvedTopics): void {
    const pipelines = new Map<string, TopicPipeline>();
    for (const topic of resolved.topics) {
      if (topic.fromCluster !== this.#cluster) continue;
      const known = this.#pipelines.get(topic.from);
      const same = known !== undefined && JSON.stringify(known.topic) === JSON.stringify(topic);
      pipelines.set(
        topic.from,
        same ? known : linkTopic(topic, this.#settings, this.#keys, this.#store),
      );
    }
    this.#pipelines = pipelines;
    const { quarantinePartitions } = resolved;
    this.#quarantine = new QuarantineWriter(this.#settings, this.#cluster, quarantinePartitions);
  }

  close(): void {
    this.#store.close();
    this.#keys.wipe();
  }

  #transform(slice: RawSlice, halt: Halt | null): TransformResult {
    const pipeline = this.#pipelines.get(slice.topic);
    if (pipeline === undefined)
      throw new ShardError('TOPIC_MISSING', `no route takes records of "${slice.topic}"`);
    this.#store.startRound();
    const output = new SliceOutput(slice, pipeline, halt);
    for (const records of this.#reader.unpack(slice)) {
      const waiting = prepare(pipeline, records);
      if (waiting !== null) return { kind: 'waiting', ready: waiting };
      const stop = this.#rewrite(pipeline, records, slice, output);
      if (stop === null) continue;
      // The pass that met the poison record is thrown away: the next one ends before it.
      if (halt === null) return this.#transform(slice, stop);
      break;
    }
    return { kind: 'done', output: output.finish(this.#quarantine) };
  }

  /** Rewrites one chunk; answers the record at which to halt, if any. */
  #rewrite(
    pipeline: TopicPipeline,
    records: UnpackedRecords,
    slice: RawSlice,
    output: SliceOutput,
  ): Halt | null {
    const { key, value, headers, timestamp } = pipeline;
    const where = { topic: slice.topic, partition: slice.partition, offsets: records.offsets };
    value.rewrite(records, where);
    key.rewrite(records, where);
    const timestamps = timestamp.rewrite(records, where);
    const sections = headers.rewrite(records, where, key, value);
    const { written, halt } = this.#settle(pipeline, records, output);
    const tooLarge = this.#append(pipeline, records, output, timestamps, sections, written);
    for (const row of tooLarge) {
      const stop = this.#refuse(pipeline, records, output, row, outcome.OUTPUT_TOO_LARGE);
      if (stop !== null) return stop;
    }
    output.wrote(written - tooLarge.length);
    output.headersDropped += headers.dropped;
    output.lastTimestamp = records.timestamps[records.count - 1]!;
    return halt;
  }

  /** Decides what becomes of each record and lists those to be written in `#rows`. One pass over byte columns: it runs per record. */
  #settle(
    pipeline: TopicPipeline,
    records: UnpackedRecords,
    output: SliceOutput,
  ): { readonly written: number; readonly halt: Halt | null } {
    const { key, value, headers, timestamp, keyRequired } = pipeline;
    const { count, keyStarts, offsets } = records;
    if (this.#rows.length < count) this.#rows = new Int32Array(count * 2);
    const rows = this.#rows;
    const valueOutcomes = value.outcomes;
    const keyOutcomes = key.outcomes;
    const newKeys = key.values.starts;
    const needsKey = pipeline.topic.toCompacted;
    const timeOutcomes = timestamp.outcomes;
    const failedHeaders = headers.failures;
    const end = output.halt?.offset ?? Infinity;
    let written = 0;
    for (let i = 0; i < count; i++) {
      if (offsets[i]! >= end) return { written, halt: output.halt };
      let code = valueOutcomes[i]!;
      if (code === 0) code = keyOutcomes[i]!;
      if (code === 0 && keyRequired && (keyStarts[i]! < 0 || (needsKey && newKeys[i]! < 0)))
        code = outcome.KEY_MISSING;
      if (code === 0 && failedHeaders.size > 0) code = failedHeaders.get(i)?.outcome ?? 0;
      if (code === 0 && timeOutcomes !== null) code = timeOutcomes[i]!;
      if (code === 0) rows[written++] = i;
      else if (code === outcome.DROPPED) output.dropped++;
      else {
        const halt = this.#refuse(pipeline, records, output, i, code);
        if (halt !== null) return { written: 0, halt };
      }
    }
    return { written, halt: null };
  }

  /** Quarantines a record, or answers where its partition halts. */
  #refuse(
    pipeline: TopicPipeline,
    records: UnpackedRecords,
    output: SliceOutput,
    row: number,
    number: number,
  ): Halt | null {
    const code = outcomeCodes[number]!;
    const offset = records.offsets[row]!;
    if (pipeline.route.onRefusal === 'halt') return { offset, code };
    const { bytes, keyStarts, keyEnds, valueStarts, valueEnds } = records;
    const bytesOf = (start: number, end: number): Buffer | null =>
      start < 0 ? null : bytes.subarray(start, end);
    output.quarantine({
      code,
      offset,
      ...this.#blame(pipeline, row),
      fingerprint: this.#fingerprint(
        bytesOf(keyStarts[row]!, keyEnds[row]!),
        bytesOf(valueStarts[row]!, valueEnds[row]!),
      ),
    });
    return null;
  }

  /** Which part of the record failed, in the order of {@link AnonymizingTransformer.#settle}. */
  #blame(
    { key, value, headers, timestamp }: TopicPipeline,
    row: number,
  ): { readonly path: string; readonly schemaId: number | null; readonly planDigest: string } {
    const schemaId = value.schemaIdOf(row);
    if (value.outcomes[row] !== 0)
      return { path: value.pathOf(row), schemaId, planDigest: value.digestOf(row) };
    if (key.outcomes[row] !== 0)
      return {
        path: key.pathOf(row),
        schemaId: key.schemaIdOf(row),
        planDigest: key.digestOf(row),
      };
    const header = headers.failures.get(row);
    if (header !== undefined) return { path: header.path, schemaId, planDigest: header.digest };
    const failedTime = timestamp.outcomes !== null && timestamp.outcomes[row] !== 0;
    if (failedTime) return { path: timestamp.path, schemaId, planDigest: timestamp.digest };
    return { path: '', schemaId, planDigest: value.digestOf(row) };
  }

  /** Encodes the rows to be written; answers those that no batch can hold. */
  #append(
    { key, value, topic, route, writer }: TopicPipeline,
    records: UnpackedRecords,
    output: SliceOutput,
    timestamps: Float64Array,
    headers: PackedValues | null,
    written: number,
  ): readonly number[] {
    if (written === 0) return [];
    const codec = route.compression === 'source' ? records.codec : route.compression;
    const rows = written === records.count ? null : this.#rows;
    const columns = {
      count: records.count,
      timestamps,
      keys: key.values,
      values: value.values,
      headers,
    };
    if (route.partition === 'source') {
      output.open(codec);
      return writer.append({ ...columns, rows, rowCount: written });
    }
    const tooLarge: number[] = [];
    const partitions = this.#rehash(key.values, records, written, topic.toPartitions);
    for (const [partition, chosen] of partitions) {
      writer.begin(codec);
      const chosenRows = Int32Array.from(chosen);
      tooLarge.push(
        ...writer.append({ ...columns, rows: chosenRows, rowCount: chosenRows.length }),
      );
      output.add(partition, writer.finish());
    }
    return tooLarge;
  }

  /** Rows by the partition that Kafka's default partitioner gives the new key; without key the source partition stays. */
  #rehash(
    keys: PackedValues,
    records: UnpackedRecords,
    written: number,
    partitions: number,
  ): Map<number, number[]> {
    const chosen = new Map<number, number[]>();
    for (let n = 0; n < written; n++) {
      const row = this.#rows[n]!;
      const start = keys.starts[row]!;
      // Records without key have no place that a consumer could compute; spreading by offset keeps the result repeatable.
      const partition =
        start < 0
          ? records.offsets[row]! % partitions
          : partitionOf(keys.bytes, start, keys.ends[row]!, partitions);
      const list = chosen.get(partition);
      if (list === undefined) chosen.set(partition, [row]);
      else list.push(row);
    }
    return chosen;
  }
}

function prepare(pipeline: TopicPipeline, records: UnpackedRecords): Promise<void> | null {
  const value = pipeline.value.prepare(records);
  const key = pipeline.key.prepare(records);
  if (value === null) return key;
  return key === null ? value : Promise.all([value, key]).then(() => undefined);
}
