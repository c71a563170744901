import type { TransformedSlice } from './record-transformer.ts';

/** A transformed slice that waits for its transaction. */
export interface ReadySlice {
  readonly output: TransformedSlice;
  /** Milliseconds since the epoch. */
  readonly fetchedAt: number;
}

export interface FlushLimits {
  /** Milliseconds that a slice may wait for others while the shard is behind. */
  readonly maxAge: number;
  /** Encoded bytes that make a transaction. */
  readonly maxBytes: number;
}

/**
 * Slices on their way to the next transaction, and when that is due: at once where the shard has caught up with every partition, since
 * waiting would only add latency; else once they are many or old, since larger transactions cost less per record.
 */
export class ReadySlices {
  readonly #limits: FlushLimits;
  readonly #now: () => number;
  #slices: ReadySlice[] = [];
  #bytes = 0;
  #since = 0;
  /** Partitions whose last slice did not reach the end of the log. */
  readonly #behind = new Set<string>();

  /** `now`: a monotonic clock in milliseconds. */
  constructor(limits: FlushLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  get empty(): boolean {
    return this.#slices.length === 0;
  }

  add(ready: ReadySlice): void {
    const { source, halt } = ready.output;
    const key = `${source.topic}/${source.partition}`;
    // What a halted partition still holds will not come.
    if (halt === null && source.next < source.end) this.#behind.add(key);
    else this.#behind.delete(key);
    if (this.empty) this.#since = this.#now();
    this.#slices.push(ready);
    this.#bytes += ready.output.bytes;
  }

  /** Milliseconds until a transaction is due. */
  untilDue(): number {
    if (this.#bytes >= this.#limits.maxBytes || this.#behind.size === 0) return 0;
    return Math.max(0, this.#limits.maxAge - (this.#now() - this.#since));
  }

  take(): readonly ReadySlice[] {
    const taken = this.#slices;
    this.#slices = [];
    this.#bytes = 0;
    return taken;
  }

  /** The partition brings nothing for now: nobody waits for it. */
  forget({ topic, partition }: { readonly topic: string; readonly partition: number }): void {
    this.#behind.delete(`${topic}/${partition}`);
  }

  drop(): void {
    this.take();
    this.#behind.clear();
  }
}
