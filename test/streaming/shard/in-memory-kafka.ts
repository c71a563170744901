/** A source and a sink in memory that keep the promises of the port, with failures on request: the loop's own logic without a broker. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LetheError } from '../../../src/foundation/errors.ts';
import type {
  EncodedSlice,
  Generation,
  OffsetToCommit,
  RawSlice,
  Sink,
  Source,
  SourceListener,
  SourcePosition,
  TopicPartition,
} from '../../../src/streaming/kafka/port.ts';

type SinkStep = 'open' | 'produce' | 'offsets' | 'commit' | 'abort';

export class Failure extends LetheError {
  constructor(code: string, retriable = true) {
    super(code, `failed with ${code}`, { retriable });
  }
}

/** One partition 0 of topic `raw`, whose log is a list of slices. */
export class Log {
  slices: RawSlice[] = [];
  committed = 0n;
  readonly output: EncodedSlice[] = [];
  generation: Generation = { id: 1, memberId: 'm', groupInstanceId: null };
}

export class MemorySource implements Source {
  readonly #log: Log;
  #listener: SourceListener | null = null;
  #position = 0n;
  #seeking = true;
  readonly paused = new Set<number>();
  seeks = 0;
  closed: boolean | null = null;

  constructor(log: Log) {
    this.#log = log;
  }

  start(listener: SourceListener): Promise<void> {
    this.#listener = listener;
    this.assign(1);
    return Promise.resolve();
  }

  assign(id: number): void {
    this.#log.generation = { id, memberId: 'm', groupInstanceId: null };
    this.#seeking = true;
    this.paused.clear();
    this.#listener?.assigned(this.#log.generation, [{ topic: 'raw', partition: 0 }]);
  }

  lose(): void {
    this.#listener?.lost(this.#log.generation);
  }

  fail(error: Error): void {
    this.#listener?.failed(error);
  }

  seekToCommitted(): Promise<void> {
    this.seeks++;
    this.#position = this.#log.committed;
    this.#seeking = false;
    return Promise.resolve();
  }

  async fetch(maxWait: number): Promise<readonly RawSlice[]> {
    const found = this.#next();
    if (found !== null) {
      this.#position = found.next;
      return [found];
    }
    await sleep(Math.min(maxWait, 5));
    return [];
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const { partition } of partitions) this.paused.add(partition);
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const { partition } of partitions) this.paused.delete(partition);
  }

  positions(): readonly SourcePosition[] {
    const end = this.#log.slices.at(-1)?.next ?? 0n;
    return [{ topic: 'raw', partition: 0, position: this.#position, end }];
  }

  retain(): void {
    // The loop never asks.
  }

  subscribe(): Promise<void> {
    return Promise.resolve();
  }

  close({ leave }: { readonly leave: boolean }): Promise<void> {
    this.closed = leave;
    return Promise.resolve();
  }

  #next(): RawSlice | null {
    if (this.#seeking || this.paused.has(0)) return null;
    const found = this.#log.slices.find(({ from }) => from === this.#position);
    if (found === undefined) return null;
    const end = this.#log.slices.at(-1)!.next;
    return { ...found, generation: this.#log.generation, end };
  }
}

export class MemorySink implements Sink {
  readonly #log: Log;
  #pending: EncodedSlice[] = [];
  #offset: bigint | null = null;
  #state: 'closed' | 'ready' | 'open' | 'failed' = 'closed';
  /** Errors to throw, by step; each is thrown once. */
  readonly failures: { readonly step: SinkStep; readonly error: Error }[] = [];
  readonly steps: SinkStep[] = [];
  /** Slices of each transaction that was committed. */
  readonly transactions: number[] = [];
  /** Milliseconds that each commit takes. */
  commitTime = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  async open(): Promise<void> {
    await this.#step('open');
    this.#pending = [];
    this.#offset = null;
    this.#state = 'ready';
  }

  begin(): void {
    if (this.#state !== 'ready') throw new Failure('MISUSE', false);
    this.#state = 'open';
  }

  async produce(slices: readonly EncodedSlice[]): Promise<void> {
    await this.#step('produce');
    this.#pending.push(...slices);
  }

  async commitOffsets(offsets: readonly OffsetToCommit[], generation: Generation): Promise<void> {
    await this.#step('offsets');
    if (generation.id !== this.#log.generation.id) throw new Failure('GENERATION_STALE');
    this.#offset = offsets[0]?.next ?? null;
  }

  async end(commit: boolean): Promise<void> {
    await sleep(commit ? this.commitTime : 0);
    await this.#step(commit ? 'commit' : 'abort');
    if (commit) {
      this.#log.output.push(...this.#pending);
      this.transactions.push(this.#pending.length);
      if (this.#offset !== null) this.#log.committed = this.#offset;
    }
    this.#pending = [];
    this.#offset = null;
    this.#state = 'ready';
  }

  close(): Promise<void> {
    this.#state = 'closed';
    return Promise.resolve();
  }

  #step(step: SinkStep): Promise<void> {
    this.steps.push(step);
    const at = this.failures.findIndex((failure) => failure.step === step);
    if (at < 0) return Promise.resolve();
    this.#state = 'failed';
    return Promise.reject(this.failures.splice(at, 1)[0]!.error);
  }
}
