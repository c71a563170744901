/**
 * The Kafka port, shaped like the job: raw record batches in, record batches out, offsets in the same transaction. One contract suite
 * (`test/streaming/kafka/contract.ts`) runs against every adapter on a real broker.
 */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/**
 * One membership of the consumer group, bound to the assignment event that made it. A commit under an old generation is refused by the
 * broker (KIP-447), so it travels with the data it fetched and is never read anew at commit time.
 */
export interface Generation {
  readonly id: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

/** Undecoded, complete record batches of one partition, as one Fetch response held them. */
export interface RawSlice extends TopicPartition {
  readonly generation: Generation;
  /** First offset wanted: records below it, which a batch may hold, are not part of the slice. */
  readonly from: bigint;
  /** Offset after the last batch, control and aborted batches included. */
  readonly next: bigint;
  /** 16 readable bytes of slack follow `byteLength` in the underlying buffer. */
  readonly bytes: Buffer;
  /** Aborted transactions of this range, as the Fetch response lists them (isolation level read_committed). */
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[];
  /** Last stable offset, for lag. */
  readonly end: bigint;
}

/** One record batch inside an {@link EncodedSlice}: complete but for producer id, epoch, sequence and CRC, which the sink stamps. */
export interface EncodedBatch {
  readonly offset: number;
  readonly length: number;
  readonly count: number;
  /** CRC-32C of the records section (everything after the 61-byte header), combined with the header's when it is stamped. */
  readonly tailCrc: number;
}

/** Output for one partition of one topic, in order. */
export interface EncodedSlice extends TopicPartition {
  readonly buffer: Buffer;
  readonly batches: readonly EncodedBatch[];
}

export interface SourceListener {
  /** The group gave these partitions; fetching starts from committed offsets once `Source.seekToCommitted` was called. */
  assigned(generation: Generation, partitions: readonly TopicPartition[]): void;
  /** The assignment is void: results of this generation must not be committed. */
  lost(generation: Generation): void;
  /** The source can't go on; `retriable` of the error says whether a new shard may. */
  failed(error: Error): void;
}

/** Where the source stands: position and last stable offset per partition, for lag and readiness. */
export interface SourcePosition extends TopicPartition {
  readonly position: bigint;
  readonly end: bigint;
}

export interface Source {
  start(listener: SourceListener): Promise<void>;
  /**
   * (Re)positions every assigned partition to its committed offset, read with RequireStable (KIP-447): pending transactions of a
   * predecessor are waited for. Called after `Sink.open`, and after every aborted transaction. Drops everything fetched before.
   */
  seekToCommitted(generation: Generation): Promise<void>;
  /** Waits until some partition has data, or `maxWait` ms; at most one slice per partition. Paused partitions are left out. */
  fetch(maxWait: number): Promise<readonly RawSlice[]>;
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  positions(): readonly SourcePosition[];
  /** From now on no slice of another topic than these; the group hears of it with the next `subscribe`. */
  retain(topics: readonly string[]): void;
  /** Takes these topics and no others; joins the group anew where that is a change. */
  subscribe(topics: readonly string[]): Promise<void>;
  /** Closes connections. With `leave` others in the group take over at once; without it a static member is expected back. */
  close(options: { readonly leave: boolean }): Promise<void>;
}

export interface OffsetToCommit extends TopicPartition {
  readonly next: bigint;
}

/**
 * A transactional producer. Any error of any method: call `end(false)`, then `open()` again when that fails too, then
 * `Source.seekToCommitted`. `SINK_FENCED` means that another instance took over: stop.
 */
export interface Sink {
  /** InitProducerId: fences a predecessor with the same transactional id and waits for its transaction to end. */
  open(): Promise<void>;
  begin(): void;
  produce(slices: readonly EncodedSlice[]): Promise<void>;
  commitOffsets(offsets: readonly OffsetToCommit[], generation: Generation): Promise<void>;
  end(commit: boolean): Promise<void>;
  close(): Promise<void>;
}

export interface Capabilities {
  /** `group metadata`: KIP-447; `per-partition id`: one transactional id per input partition; `none`: at least once. */
  readonly exactlyOnce: 'group metadata' | 'per-partition id' | 'none';
  readonly staticMembership: boolean;
  readonly codecs: readonly ('none' | 'gzip' | 'snappy' | 'lz4' | 'zstd')[];
}
