import type { RawSlice, TopicPartition } from '../kafka/port.ts';

/** A slice that waits, with the time (milliseconds since the epoch) at which it came. */
export interface HeldSlice {
  readonly slice: RawSlice;
  readonly fetchedAt: number;
}

interface Halted extends TopicPartition {
  readonly code: string;
}

/**
 * Which partitions may not go on: those that wait for a plan, with the slices that queue behind (in order), and those that a route
 * halted. Slices of a halted partition are dropped, since its offset was not moved.
 */
export class PartitionGate {
  readonly #held = new Map<string, HeldSlice[]>();
  readonly #halted = new Map<string, Halted>();
  /** Partitions whose slices were dropped while they waited: still paused at the source. */
  readonly #dropped = new Map<string, TopicPartition>();

  /** True when the slice must not be transformed now, because others of its partition wait: it was queued behind them. */
  waits(slice: RawSlice, fetchedAt: number): boolean {
    const queue = this.#held.get(keyOf(slice));
    if (queue === undefined) return false;
    queue.push({ slice, fetchedAt });
    return true;
  }

  /** The slice waits for a plan, and whatever follows it. */
  hold(slice: RawSlice, fetchedAt: number): void {
    this.#held.set(keyOf(slice), [{ slice, fetchedAt }]);
  }

  /** The slices that waited, in order; the partition is open again. */
  release(partition: TopicPartition): readonly HeldSlice[] {
    const key = keyOf(partition);
    const queue = this.#held.get(key) ?? [];
    this.#held.delete(key);
    return queue;
  }

  /** Closes the partition; answers the slices that waited, which are dropped. */
  halt({ topic, partition }: TopicPartition, code: string): readonly HeldSlice[] {
    this.#halted.set(keyOf({ topic, partition }), { topic, partition, code });
    return this.release({ topic, partition });
  }

  isHalted(partition: TopicPartition): boolean {
    return this.#halted.has(keyOf(partition));
  }

  isClosed(partition: TopicPartition): boolean {
    return this.isHalted(partition) || this.#held.has(keyOf(partition));
  }

  halted(): readonly Halted[] {
    return [...this.#halted.values()];
  }

  /** Forgets the slices that wait; the partitions stay in {@link reopen}'s answer. */
  drop(): void {
    for (const [key, queue] of this.#held) {
      const first = queue[0];
      if (first !== undefined) this.#dropped.set(key, first.slice);
    }
    this.#held.clear();
  }

  /** Opens everything; answers the partitions that were closed, to be resumed. */
  reopen(): readonly TopicPartition[] {
    const open = [...this.#dropped.values(), ...this.#halted.values()];
    this.#dropped.clear();
    this.#halted.clear();
    return open;
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
