import type { EncodedSlice, RawSlice } from '../kafka/port.ts';
import type { RouteCounters, StreamingEvent } from '../telemetry.ts';
import type { ResolvedTopics } from './messages.ts';

/** Output of a slice for one partition of one topic of one cluster. */
export interface ClusterOutput {
  readonly cluster: string;
  readonly slice: EncodedSlice;
}

/** Where a slice came from, without its bytes: their memory is given back once they are transformed. */
export type SliceOrigin = Omit<RawSlice, 'bytes' | 'aborted'>;

/** A raw slice turned into what is written for it. Owns its buffers, which share nothing with the slice. */
export interface TransformedSlice {
  readonly source: SliceOrigin;
  /** Offset to commit with the outputs: `source.next`, or that of the record at which the partition halts. */
  readonly next: bigint;
  readonly outputs: readonly ClusterOutput[];
  readonly bytes: number;
  readonly route: string;
  /** Counted once the slice is committed, so that a retry counts nothing twice. */
  readonly counters: RouteCounters;
  /** Told once the slice is committed. */
  readonly events: readonly StreamingEvent[];
  /** Timestamp of the last record in milliseconds since 1970, 0 where the slice has no record. */
  readonly lastTimestamp: number;
  /** Set when the partition must stop at `next`, with the reason. */
  readonly halt: { readonly code: string; readonly remedy: string } | null;
}

export type TransformResult =
  | { readonly kind: 'done'; readonly output: TransformedSlice }
  /** A plan is missing: call again with the same slice once `ready` resolves. It never rejects. */
  | { readonly kind: 'waiting'; readonly ready: Promise<void> };

/**
 * Turns raw slices into encoded ones. The shard's loop knows nothing else of records, so a load test may run the same shard with
 * another transformer. Synchronous and not re-entrant; throws only where a batch as a whole can't be read.
 */
export interface RecordTransformer {
  transform(slice: RawSlice): TransformResult;
  /** Topics were found or changed. */
  route(resolved: ResolvedTopics): void;
  /** Wipes keys. */
  close(): void;
}
