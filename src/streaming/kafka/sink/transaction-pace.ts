/**
 * When to begin the next transaction. EndTxn is answered before the markers of the transaction are written. A Produce that comes in that
 * moment is held by the broker for `add.partitions.to.txn.retry.backoff.ms` (20 by default, transaction version 2), far longer than the
 * markers take. So the sink waits as briefly as keeps it out of that: a little longer after each first Produce that was held, a little
 * shorter after each that was not.
 */
const shortest = 0.5;
const longest = 12;
/** A first Produce that takes this long was held. */
const held = 15;

export class TransactionPace {
  #gap = 2;
  #endedAt = -Infinity;

  /** Milliseconds to wait before the first Produce of a transaction. */
  pause(now: number): number {
    return Math.max(0, this.#endedAt + this.#gap - now);
  }

  /** The broker answered EndTxn at `now`. */
  ended(now: number): void {
    this.#endedAt = now;
  }

  /** The first Produce of a transaction, begun at `begun`, took `duration` milliseconds. */
  produced(begun: number, duration: number): void {
    // One that began long after the end met no marker, and says nothing.
    if (begun - this.#endedAt > longest * 2) return;
    if (duration > held) this.#gap = Math.min(longest, this.#gap + 1);
    else this.#gap = Math.max(shortest, this.#gap - 0.05);
  }
}
