/** The time of one stream: gaps, entries out of order, clocks that are wrong. */

export interface ClockLimits {
  /** Milliseconds without an entry that are a gap. */
  readonly silence: number;
  /** Milliseconds by which an entry may be from the future. */
  readonly ahead: number;
  /** Milliseconds by which an entry may be older than the newest before it; more is counted, and judged all the same. */
  readonly behind: number;
}

export const defaultClockLimits: ClockLimits = {
  silence: 600_000,
  ahead: 300_000,
  behind: 60_000,
};

/** What an entry's time says. */
export type TimeRemark =
  | { readonly kind: 'gap'; readonly from: number; readonly to: number }
  | { readonly kind: 'future' | 'late' };

/** Follows the newest time of a stream. A time from the future does not count, so that one wrong clock doesn't make all others late. */
export class StreamClock {
  readonly #limits: ClockLimits;
  readonly #now: () => number;
  #newest: number | null = null;
  /** When the last entry came, by our own clock. */
  #heard: number;
  #silent = false;

  constructor(limits: ClockLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
    this.#heard = now();
  }

  get newest(): number | null {
    return this.#newest;
  }

  /** Takes the time of an entry. */
  see(at: number | null): TimeRemark | null {
    if (at === null) return null;
    const before = this.#newest;
    if (before !== null && at <= before)
      return before - at > this.#limits.behind ? { kind: 'late' } : null;
    // Asked only when time moves on, which is seldom enough.
    if (at > this.#now() + this.#limits.ahead) return { kind: 'future' };
    this.#newest = at;
    return before !== null && at - before > this.#limits.silence
      ? { kind: 'gap', from: before, to: at }
      : null;
  }

  /** An entry came, whatever its time. */
  hear(): void {
    this.#heard = this.#now();
    this.#silent = false;
  }

  /** Milliseconds of a silence that is going on, once for each; null while there is none. */
  silence(): number | null {
    const quiet = this.#now() - this.#heard;
    if (this.#silent || quiet <= this.#limits.silence) return null;
    this.#silent = true;
    return quiet;
  }
}
