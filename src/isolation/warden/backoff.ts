/** Longer and longer waits, spread out so that many who failed together don't come back together. */
export class Backoff {
  readonly #first: number;
  readonly #longest: number;
  readonly #random: () => number;
  #next: number;

  /** Milliseconds. `random` gives numbers from 0 up to 1. */
  constructor({
    first,
    longest,
    random = Math.random,
  }: {
    readonly first: number;
    readonly longest: number;
    readonly random?: () => number;
  }) {
    this.#first = first;
    this.#longest = longest;
    this.#random = random;
    this.#next = first;
  }

  /** The next wait: between half of it and all of it. */
  next(): number {
    const wait = this.#next * (0.5 + this.#random() / 2);
    this.#next = Math.min(this.#next * 2, this.#longest);
    return wait;
  }

  reset(): void {
    this.#next = this.#first;
  }
}
