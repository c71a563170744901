/** How often a source is denied within a window of the log's own time. */
import { BoundedMap } from './bounded-map.ts';

/** When denials are a burst. */
export interface BurstLimit {
  readonly count: number;
  /** Milliseconds. */
  readonly window: number;
}

export const defaultBurst: BurstLimit = { count: 20, window: 60_000 };

/** Parts of a window that are counted apart: the rate is right up to a tenth of the window. */
const parts = 10;

/** Sources that are counted at once. */
const mostSources = 10_000;

interface Counter {
  readonly counts: number[];
  /** Number of the part that was written last. */
  newest: number;
  /** Whether the burst that is going on was reported. */
  told: boolean;
}

/** Counts denials by source in a ring of parts: memory does not grow with the number of denials. */
export class DenialRate {
  readonly #limit: BurstLimit;
  readonly #sources = new BoundedMap<string, Counter>(mostSources);

  constructor(limit: BurstLimit) {
    this.#limit = limit;
  }

  get evicted(): number {
    return this.#sources.evicted;
  }

  /**
   * Adds denials. Entries that are older than the window before the newest one of their source are left out.
   *
   * @returns the denials within the window when they become a burst, else null
   */
  add(source: string, at: number, count: number): number | null {
    const part = Math.floor(at / (this.#limit.window / parts));
    let counter = this.#sources.get(source);
    if (counter === undefined) {
      counter = { counts: Array<number>(parts).fill(0), newest: part, told: false };
      this.#sources.set(source, counter);
    }
    if (part <= counter.newest - parts) return null;
    for (let old = Math.max(counter.newest + 1, part - parts + 1); old <= part; old += 1)
      counter.counts[old % parts] = 0;
    counter.newest = Math.max(counter.newest, part);
    counter.counts[part % parts] = (counter.counts[part % parts] ?? 0) + count;
    const sum = counter.counts.reduce((total, one) => total + one, 0);
    if (sum < this.#limit.count) {
      counter.told = false;
      return null;
    }
    if (counter.told) return null;
    counter.told = true;
    return sum;
  }
}
