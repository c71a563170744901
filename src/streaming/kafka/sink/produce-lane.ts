/** A batch with its sequence number, on its way to a partition. */
export interface StampedBatch {
  readonly bytes: Buffer;
  readonly sequence: number;
  /** Told once, when the batch is acknowledged. */
  readonly acknowledged: () => void;
}

/** Batches of one partition in the order of their sequence numbers, and how far they are. */
export class ProduceLane {
  readonly topic: string;
  readonly partition: number;
  /** Waiting to be sent, lowest sequence first. */
  readonly #waiting: StampedBatch[] = [];
  #sent = 0;
  #primed = false;
  #stalled = false;
  #failures = 0;
  #notBefore = 0;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get sent(): number {
    return this.#sent;
  }

  get failures(): number {
    return this.#failures;
  }

  /** True while batches of this lane are being repeated. */
  get stalled(): boolean {
    return this.#stalled;
  }

  /** Milliseconds until the next batch may go. */
  pause(now: number): number {
    return Math.max(0, this.#notBefore - now);
  }

  add(batch: StampedBatch): void {
    this.#waiting.push(batch);
  }

  /**
   * The next batch, or `null` while it must wait. Until the first batch was acknowledged nothing follows it: a broker that has no
   * state for this producer would take the second one as the first. The same holds while batches are repeated.
   */
  take(now: number, depth: number): StampedBatch | null {
    const limit = this.#primed && !this.#stalled ? depth : 1;
    if (this.#sent >= limit || this.#notBefore > now) return null;
    const batch = this.#waiting.shift();
    if (batch === undefined) return null;
    this.#sent++;
    return batch;
  }

  acknowledge(batch: StampedBatch): void {
    this.#sent--;
    this.#primed = true;
    this.#failures = 0;
    if (this.#sent === 0) this.#stalled = false;
    batch.acknowledged();
  }

  /** Puts a batch back in its place; it and those after it are repeated in order, one at a time, after `pause` ms. */
  repeat(batch: StampedBatch, now: number, pause: number): void {
    this.#sent--;
    this.#stalled = true;
    this.#failures++;
    this.#notBefore = now + pause;
    const place = this.#waiting.findIndex((other) => other.sequence > batch.sequence);
    this.#waiting.splice(place < 0 ? this.#waiting.length : place, 0, batch);
  }
}

/** Sequence number of the batch after one with `count` records (KIP-98: wraps to 0 after 2^31 − 1). */
export function nextSequence(sequence: number, count: number): number {
  return (sequence + count) % 2 ** 31;
}
