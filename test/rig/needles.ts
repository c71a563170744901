/** Length of the window that is rolled over the hay; shorter needles can't be told from chance and are refused. */
const WINDOW = 8;
const BLOOM_BITS = 24;

/**
 * Looks for many secrets in many bytes at once: a window of eight bytes is rolled over the hay, a bit table answers "no" for almost every place,
 * and only where it says "perhaps" the needles that begin so are compared whole.
 */
export class Needles {
  readonly #starts = new Map<string, Buffer[]>();
  readonly #bits = new Uint8Array(2 ** (BLOOM_BITS - 3));
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @throws RangeError for a needle shorter than eight bytes. */
  add(needle: string | Uint8Array): void {
    const bytes = Buffer.from(needle);
    if (bytes.length < WINDOW) throw new RangeError('A needle needs eight bytes or more');
    const start = bytes.toString('latin1', 0, WINDOW);
    const others = this.#starts.get(start);
    if (others?.some((other) => other.equals(bytes)) === true) return;
    if (others === undefined) this.#starts.set(start, [bytes]);
    else others.push(bytes);
    const bit = hash(bytes, 0);
    this.#bits[bit >>> 3]! |= 1 << (bit & 7);
    this.#size++;
  }

  /** @returns the first needle found in the hay, or null. */
  find(hay: Uint8Array): Buffer | null {
    const bytes = Buffer.from(hay.buffer, hay.byteOffset, hay.byteLength);
    const bits = this.#bits;
    for (let at = 0; at + WINDOW <= bytes.length; at++) {
      const bit = hash(bytes, at);
      if ((bits[bit >>> 3]! & (1 << (bit & 7))) === 0) continue;
      const candidates = this.#starts.get(bytes.toString('latin1', at, at + WINDOW));
      const found = candidates?.find(
        (needle) =>
          at + needle.length <= bytes.length &&
          bytes.compare(needle, 0, needle.length, at, at + needle.length) === 0,
      );
      if (found !== undefined) return found;
    }
    return null;
  }
}

/** Mixes the eight bytes at `at` into a bit number. */
function hash(bytes: Buffer, at: number): number {
  const mixed =
    Math.imul(bytes.readInt32LE(at), 0x9e3779b1) ^ Math.imul(bytes.readInt32LE(at + 4), 0x85ebca77);
  return (mixed ^ (mixed >>> 15)) >>> (32 - BLOOM_BITS);
}
