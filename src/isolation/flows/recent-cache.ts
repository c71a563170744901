/**
 * A cache of what can be made again: bounded, and cheap where entries are asked for again and again. Two generations: when the young one is full it
 * becomes the old one, and what nobody asked for since then is forgotten with the next change. Unlike {@link BoundedMap} a hit moves nothing.
 */
export class RecentCache<Key, Value> {
  readonly #most: number;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();

  /** @param most entries of both generations */
  constructor(most: number) {
    this.#most = Math.ceil(most / 2);
  }

  get(key: Key): Value | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const older = this.#old.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: Key, value: Value): void {
    if (this.#young.size >= this.#most) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
