/**
 * Answers by key: each is asked for once at a time (single flight), kept for ever when found (ids are immutable), believed for a while
 * when missing, never kept when the question failed. The oldest used entries go first once the bound is reached.
 */
export class IdCache<Key, Value> {
  readonly #entries = new Map<Key, { readonly value: Value | null; readonly until: number }>();
  readonly #flights = new Map<Key, Promise<Value | null>>();
  readonly #bound: number;
  readonly #negativeTtl: number;
  readonly #now: () => number;

  /** `negativeTtl` in milliseconds; `now` is a monotonic clock in milliseconds. */
  constructor(bound: number, negativeTtl: number, now: () => number) {
    this.#bound = bound;
    this.#negativeTtl = negativeTtl;
    this.#now = now;
  }

  /** The cached value, or what `read` answers; `null` means that there is none. */
  get(key: Key, read: () => Promise<Value | null>): Promise<Value | null> {
    const known = this.#entries.get(key);
    if (known !== undefined && known.until > this.#now()) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return Promise.resolve(known.value);
    }
    const flying = this.#flights.get(key);
    if (flying !== undefined) return flying;
    const flight = read()
      .then((value) => this.#keep(key, value))
      .finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }

  clear(): void {
    this.#entries.clear();
  }

  get size(): number {
    return this.#entries.size;
  }

  #keep(key: Key, value: Value | null): Value | null {
    const until = value === null ? this.#now() + this.#negativeTtl : Infinity;
    this.#entries.delete(key);
    this.#entries.set(key, { value, until });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#bound) break;
      this.#entries.delete(oldest);
    }
    return value;
  }
}
