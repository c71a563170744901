import { outcomeCodes, remedies } from '../../anonymization/outcomes.ts';
import type { OutcomeCode } from '../../anonymization/outcomes.ts';
import type { Codec } from '../kafka/batches/compression.ts';
import type { EncodedSlice, RawSlice } from '../kafka/port.ts';
import type { EncodedRecords } from '../kafka/batches/record-batch-writer.ts';
import type { StreamingEvent } from '../telemetry.ts';
import type { QuarantineWriter } from './quarantine-writer.ts';
import type { ClusterOutput, TransformedSlice } from './record-transformer.ts';
import type { TopicPipeline } from './topic-pipeline.ts';

/** A record that is not written, as far as its slice knows it. */
export interface Refused {
  readonly code: OutcomeCode;
  readonly offset: number;
  readonly path: string;
  readonly schemaId: number | null;
  readonly planDigest: string;
  readonly fingerprint: string;
}

/** Gathers what one slice becomes, chunk by chunk. */
export class SliceOutput {
  readonly halt: { readonly offset: number; readonly code: OutcomeCode } | null;
  dropped = 0;
  headersDropped = 0;
  lastTimestamp = 0;
  readonly #slice: RawSlice;
  readonly #pipeline: TopicPipeline;
  readonly #refused: Refused[] = [];
  readonly #encoded: EncodedSlice[] = [];
  #written = 0;
  #open = false;

  constructor(slice: RawSlice, pipeline: TopicPipeline, halt: SliceOutput['halt']) {
    this.#slice = slice;
    this.#pipeline = pipeline;
    this.halt = halt;
  }

  /** Starts the writer for the partition of the slice, once. */
  open(codec: Codec): void {
    if (!this.#open) this.#pipeline.writer.begin(codec);
    this.#open = true;
  }

  wrote(records: number): void {
    this.#written += records;
  }

  /** Adds finished output for another partition than the source's. */
  add(partition: number, { buffer, batches }: EncodedRecords): void {
    if (batches.length > 0)
      this.#encoded.push({ topic: this.#pipeline.topic.to, partition, buffer, batches });
  }

  quarantine(refused: Refused): void {
    this.#refused.push(refused);
  }

  finish(quarantine: QuarantineWriter): TransformedSlice {
    const { topic, partition, next, bytes } = this.#slice;
    const { toCluster, route } = this.#pipeline.topic;
    if (this.#open) this.add(partition, this.#pipeline.writer.finish());
    const outputs: ClusterOutput[] = this.#encoded.map((slice) => ({ cluster: toCluster, slice }));
    if (this.#refused.length > 0)
      outputs.push(quarantine.encode({ topic, partition, route }, this.#refused));
    const bytesOut = outputs.reduce((sum, { slice }) => sum + slice.buffer.length, 0);
    const techniques: Record<string, number> = {};
    const { key, value, headers, timestamp } = this.#pipeline;
    for (const part of [key, value, headers, timestamp]) part.countSteps(techniques);
    return {
      source: this.#slice,
      next: this.halt === null ? next : BigInt(this.halt.offset),
      outputs,
      bytes: bytesOut,
      route,
      counters: {
        outcomes: this.#outcomes(),
        techniques,
        headersDropped: this.headersDropped,
        bytesIn: bytes.length,
        bytesOut,
      },
      events: this.#events(),
      lastTimestamp: Math.max(0, this.lastTimestamp),
      halt: this.halt === null ? null : { code: this.halt.code, remedy: remedies[this.halt.code] },
    };
  }

  #outcomes(): Record<string, number> {
    const outcomes: Record<string, number> = {};
    if (this.#written > 0) outcomes[outcomeCodes[0]] = this.#written;
    if (this.dropped > 0) outcomes[outcomeCodes[1]] = this.dropped;
    for (const { code } of this.#refused) outcomes[code] = (outcomes[code] ?? 0) + 1;
    return outcomes;
  }

  /** One event per code and path, so that a flood of bad records is one line per slice. */
  #events(): StreamingEvent[] {
    const groups = new Map<string, { first: Refused; count: number }>();
    for (const refused of this.#refused) {
      const group = groups.get(`${refused.code}\0${refused.path}`);
      if (group === undefined)
        groups.set(`${refused.code}\0${refused.path}`, { first: refused, count: 1 });
      else group.count++;
    }
    const { topic, partition } = this.#slice;
    return [...groups.values()].map(({ first, count }) => ({
      event: 'records.quarantined',
      route: this.#pipeline.topic.route,
      topic,
      partition,
      code: first.code,
      path: first.path,
      count,
      firstOffset: String(first.offset),
    }));
  }
}
