/** A map that holds the entries used last, however many there are: memory has a bound, and what was forgotten is counted. */
export class BoundedMap<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #most: number;
  /** Kept from eviction to eviction: a new iterator would walk over everything that was deleted before. */
  readonly #oldest = this.#entries.keys();
  #evicted = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Entries that had to make room. */
  get evicted(): number {
    return this.#evicted;
  }

  /** The value, which is then the last to be forgotten. */
  get(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#most) return;
    const oldest = this.#oldest.next();
    if (oldest.done === true) return;
    this.#entries.delete(oldest.value);
    this.#evicted += 1;
  }

  values(): IterableIterator<Value> {
    return this.#entries.values();
  }
}
