/**
 * The loop of one shard over one source cluster: fetch ▸ transform ▸ one transaction of outputs, quarantine records and input offsets.
 * While a transaction commits, the next slices are fetched and transformed.
 */
import { setImmediate as yieldToEvents, setTimeout as sleep } from 'node:timers/promises';
import { serializeError } from '../../foundation/errors.ts';
import type {
  Generation,
  RawSlice,
  Sink,
  Source,
  SourceListener,
  SourcePosition,
  TopicPartition,
} from '../kafka/port.ts';
import type { ShardReport, StreamingEvent } from '../telemetry.ts';
import { freeMemory } from './free-memory.ts';
import { PartitionGate } from './partition-gate.ts';
import { ReadySlices } from './ready-slices.ts';
import type { ReadySlice } from './ready-slices.ts';
import type { RecordTransformer, TransformedSlice } from './record-transformer.ts';
import { ShardSinks } from './shard-sinks.ts';
import type { Tally } from './tally.ts';
import { Signal } from './signal.ts';

/** Longest wait for data in one fetch: bounds how long a reset or a drain may wait. */
const fetchWait = 250;
const firstBackoff = 50;
const longestBackoff = 5000;
/** Failures in a row after which an error that is not retriable ends the shard. */
const mostFailures = 5;

export interface ShardLoopOptions {
  readonly shard: number;
  readonly source: Source;
  readonly homeCluster: string;
  /**
   * Sinks by cluster; the home cluster's commits the offsets, last. `null` is a dry run: nothing is written, nothing committed.
   */
  readonly sinks: ReadonlyMap<string, Sink> | null;
  readonly transformer: RecordTransformer;
  readonly maxAge: number;
  readonly maxBytes: number;
  readonly inFlightBytes: number;
  readonly event: (event: StreamingEvent) => void;
  readonly tally: Tally;
}

export class ShardLoop {
  readonly #options: ShardLoopOptions;
  readonly #source: Source;
  readonly #sinks: ShardSinks | null;
  readonly #ready: ReadySlices;
  #transformer: RecordTransformer;
  readonly #gate = new PartitionGate();
  readonly #changed = new Signal();

  /** Bumped by every reset: whatever was fetched under an older epoch is dropped. */
  #epoch = 0;
  #generation: Generation | null = null;
  #resetWanted = false;
  /** Transactions that failed in a row. */
  #failures = 0;
  #draining = false;
  #failure: Error | null = null;
  #replacement: RecordTransformer | null = null;
  #replaced = Promise.withResolvers<undefined>();

  /** Raw and encoded bytes that are neither committed nor dropped. */
  #held = 0;
  #fetching: Promise<readonly RawSlice[]> | null = null;

  constructor(options: ShardLoopOptions) {
    this.#options = options;
    this.#source = options.source;
    const { sinks, homeCluster } = options;
    this.#sinks = sinks === null ? null : new ShardSinks(sinks, homeCluster);
    this.#ready = new ReadySlices(options, () => performance.now());
    this.#transformer = options.transformer;
  }

  /** Opens the sinks (fencing a predecessor), then joins the group. Waits out a cluster that is not there yet. */
  async start(): Promise<void> {
    await this.#patiently(async () => await this.#sinks?.open());
    const listener: SourceListener = {
      assigned: (generation, partitions) => this.#assigned(generation, partitions),
      lost: (generation) => this.#lost(generation),
      failed: (error) => {
        this.#failure = error;
        this.#changed.raise();
      },
    };
    await this.#patiently(() => this.#source.start(listener));
  }

  /** Runs until drained. Rejects when the shard has to be replaced: fenced, or the source can't go on. */
  async run(): Promise<void> {
    const intake = this.#intake();
    try {
      await this.#transactions();
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Error('unexpected');
      throw error;
    } finally {
      this.#changed.raise();
      await intake;
    }
  }

  /** Stops fetching; `run` resolves after the transaction with everything transformed so far. */
  drain(): void {
    this.#draining = true;
    this.#changed.raise();
  }

  /** Swaps the transformer between transactions: what was transformed before is committed, what follows is fetched anew. */
  replace(transformer: RecordTransformer): Promise<void> {
    this.#replacement?.close();
    this.#replacement = transformer;
    this.#changed.raise();
    return this.#replaced.promise;
  }

  async close(leave: boolean): Promise<void> {
    this.#transformer.close();
    await Promise.allSettled([this.#source.close({ leave }), this.#sinks?.close()]);
  }

  positions(): readonly SourcePosition[] {
    return this.#source.positions();
  }

  halted(): ShardReport['halted'] {
    return this.#gate.halted();
  }

  /** Raw and encoded bytes held now. */
  get heldBytes(): number {
    return this.#held;
  }

  // --- group membership -------------------------------------------------------------------------------------------------------

  #assigned(generation: Generation, partitions: readonly TopicPartition[]): void {
    this.#generation = generation;
    this.#options.event({
      event: 'assignment.changed',
      shard: this.#options.shard,
      generation: generation.id,
      partitions: partitions.map(({ topic, partition }) => `${topic}/${partition}`),
    });
    this.#wantReset();
  }

  #lost(generation: Generation): void {
    if (this.#generation?.id !== generation.id) return;
    this.#generation = null;
    this.#options.event({
      event: 'assignment.lost',
      shard: this.#options.shard,
      generation: generation.id,
    });
    this.#drop();
    this.#changed.raise();
  }

  // --- intake -----------------------------------------------------------------------------------------------------------------

  async #intake(): Promise<void> {
    while (!this.#draining && this.#failure === null) {
      if (!this.#mayFetch()) {
        await this.#changed.wait(fetchWait);
        continue;
      }
      const epoch = this.#epoch;
      try {
        // The source asks brokers ahead by itself: whatever is returned here counts as read, so none of it may be lost sight of.
        this.#fetching = this.#source.fetch(fetchWait);
        const slices = await this.#fetching;
        await this.#admit(slices, epoch);
      } catch (error) {
        this.#abortedBy(error);
        await sleep(firstBackoff);
      }
    }
  }

  #mayFetch(): boolean {
    return (
      this.#generation !== null &&
      !this.#resetWanted &&
      this.#replacement === null &&
      !this.#draining &&
      this.#held < this.#options.inFlightBytes
    );
  }

  async #admit(slices: readonly RawSlice[], epoch: number): Promise<void> {
    const fetchedAt = Date.now();
    for (const slice of slices) {
      if (epoch !== this.#epoch || slice.generation.id !== this.#generation?.id) return;
      if (this.#gate.isHalted(slice)) continue;
      this.#held += slice.bytes.length;
      if (!this.#gate.waits(slice, fetchedAt)) this.#transform(slice, fetchedAt);
      this.#changed.raise();
      // Heartbeats, answers and commits get their turn between two slices.
      await yieldToEvents();
    }
  }

  #transform(slice: RawSlice, fetchedAt: number): void {
    const epoch = this.#epoch;
    const bytes = slice.bytes.length;
    let result;
    try {
      result = this.#transformer.transform(slice);
    } catch (error) {
      const { code, message } = serializeError(error);
      this.#held -= bytes;
      this.#halt(slice, code, message);
      return;
    }
    if (result.kind === 'waiting') {
      this.#gate.hold(slice, fetchedAt);
      this.#source.pause([slice]);
      void result.ready.then(() => {
        if (epoch === this.#epoch) this.#resumeHeld(slice);
      });
      return;
    }
    freeMemory(slice.bytes);
    this.#held -= bytes;
    this.#enqueue(result.output, fetchedAt);
  }

  /** The plan has come: slices of the partition go on in order, until one of them waits again. */
  #resumeHeld(partition: TopicPartition): void {
    for (const { slice, fetchedAt } of this.#gate.release(partition)) {
      if (this.#gate.isHalted(partition)) this.#held -= slice.bytes.length;
      else if (!this.#gate.waits(slice, fetchedAt)) this.#transform(slice, fetchedAt);
    }
    if (!this.#gate.isClosed(partition)) this.#source.resume([partition]);
    this.#changed.raise();
  }

  #enqueue(output: TransformedSlice, fetchedAt: number): void {
    this.#ready.add({ output, fetchedAt });
    this.#held += output.bytes;
    if (output.halt !== null) this.#halt(output.source, output.halt.code, output.halt.remedy);
  }

  #halt(partition: TopicPartition, code: string, remedy: string): void {
    const { topic, partition: number } = partition;
    for (const { slice } of this.#gate.halt(partition, code)) this.#held -= slice.bytes.length;
    this.#ready.forget(partition);
    this.#source.pause([partition]);
    this.#options.event({ event: 'partition.halted', topic, partition: number, code, remedy });
  }

  // --- transactions -----------------------------------------------------------------------------------------------------------

  async #transactions(): Promise<void> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      if (this.#resetWanted) await this.#reset();
      else if (!this.#ready.empty) await this.#commitWhenDue();
      else if (this.#draining) return;
      else if (this.#replacement !== null) this.#swap(this.#replacement);
      else await this.#changed.wait(fetchWait);
    }
  }

  async #commitWhenDue(): Promise<void> {
    const wait = this.#mustFlush() ? 0 : this.#ready.untilDue();
    if (wait > 0) {
      await this.#changed.wait(wait);
      return;
    }
    const taken = this.#ready.take();
    const epoch = this.#epoch;
    try {
      // All slices of one epoch are of one generation: a new one starts a new epoch.
      await this.#sinks?.write(taken, taken[0]!.output.source.generation);
    } catch (error) {
      await this.#abort(error);
      return;
    }
    this.#failures = 0;
    this.#account(taken);
    // A reset in between has set the held bytes to zero already.
    if (epoch === this.#epoch) for (const { output } of taken) this.#held -= output.bytes;
    for (const { output } of taken)
      for (const { slice } of output.outputs) freeMemory(slice.buffer);
    this.#changed.raise();
  }

  /** Nothing more will come before this is written. */
  #mustFlush(): boolean {
    const full = this.#held >= this.#options.inFlightBytes;
    return full || this.#draining || this.#replacement !== null;
  }

  #account(taken: readonly ReadySlice[]): void {
    const { tally, event } = this.#options;
    if (this.#sinks === null) for (const { output } of taken) tally.looked(output);
    else tally.committed(taken, Date.now());
    for (const { output } of taken) for (const told of output.events) event(told);
  }

  /** @throws the error itself when another instance took over, or when it came again and again and trying won't mend it */
  async #abort(error: unknown): Promise<void> {
    const { code, retriable } = serializeError(error);
    this.#failures++;
    if (code === 'SINK_FENCED' || (!retriable && this.#failures >= mostFailures)) throw error;
    this.#options.tally.aborted();
    this.#abortedBy(error);
    await this.#sinks?.abort(error);
    await sleep(Math.min(longestBackoff, (firstBackoff / 2) * 2 ** Math.min(this.#failures, 10)));
  }

  #abortedBy(error: unknown): void {
    const { code, message } = serializeError(error);
    const { shard } = this.#options;
    this.#options.event({ event: 'transaction.aborted', shard, code, message });
    this.#wantReset();
  }

  // --- reset ------------------------------------------------------------------------------------------------------------------

  #wantReset(): void {
    this.#resetWanted = true;
    this.#drop();
    this.#changed.raise();
  }

  #drop(): void {
    this.#epoch++;
    this.#ready.drop();
    this.#held = 0;
    this.#gate.drop();
  }

  /** Back to what is committed. Whatever is told meanwhile (a rebalance, say) starts a new epoch and so another reset. */
  async #reset(): Promise<void> {
    // What an older request brings must be dropped before the source is moved, or it would pass for what follows.
    await this.#fetching?.catch(() => undefined);
    await this.#patiently(async () => await this.#sinks?.open());
    const generation = this.#generation;
    this.#drop();
    const epoch = this.#epoch;
    if (generation === null) {
      this.#resetWanted = false;
      return;
    }
    try {
      await this.#source.seekToCommitted(generation);
    } catch (error) {
      if (epoch !== this.#epoch) return;
      this.#abortedBy(error);
      await sleep(firstBackoff * 4);
      return;
    }
    if (epoch !== this.#epoch) return;
    // Halted partitions try again: what stands before the record that halted them may not have been committed.
    this.#source.resume(this.#gate.reopen());
    this.#resetWanted = false;
    this.#changed.raise();
  }

  #swap(transformer: RecordTransformer): void {
    this.#transformer.close();
    this.#transformer = transformer;
    this.#replacement = null;
    this.#replaced.resolve(undefined);
    this.#replaced = Promise.withResolvers<undefined>();
    this.#wantReset();
  }

  /** Tries until it works, as long as the error says that it may: clusters restart, and a shard that dies of it helps nobody. */
  async #patiently(work: () => Promise<void>): Promise<void> {
    for (let backoff = firstBackoff; ; backoff = Math.min(longestBackoff, backoff * 2)) {
      try {
        await work();
        return;
      } catch (error) {
        const { code, message, retriable } = serializeError(error);
        if (!retriable || this.#draining || this.#failure !== null) throw error;
        const { shard } = this.#options;
        this.#options.event({ event: 'transaction.aborted', shard, code, message });
        await this.#changed.wait(backoff);
      }
    }
  }
}
