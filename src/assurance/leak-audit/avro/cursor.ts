/**
 * Reads Avro's binary encoding (Avro 1.12, Binary Encoding) value by value. Plain and slow on purpose: it shares nothing with the engine
 * whose output it reads.
 */

/** Why the bytes are no value of their schema; never shown with the bytes. */
export class Unreadable extends Error {}

/** What one record may hold, so that hostile bytes end. */
export interface CursorLimits {
  readonly depth: number;
  /** Items of all arrays and maps. */
  readonly items: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class Cursor {
  readonly #bytes: Buffer;
  readonly #limits: CursorLimits;
  #at = 0;
  #items = 0;
  #depth = 0;

  constructor(bytes: Buffer, limits: CursorLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Zigzag, base 128, least significant group first; at most 64 bits. */
  long(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#take(1)[0]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) {
        if (value >= 1n << 64n) break;
        return (value >> 1n) ^ -(value & 1n);
      }
    }
    throw new Unreadable('a number is longer than 64 bits');
  }

  int(): number {
    const value = this.long();
    if (BigInt.asIntN(32, value) !== value) throw new Unreadable('an int has more than 32 bits');
    return Number(value);
  }

  /** A number of bytes, or the index of a branch or symbol. */
  count(): number {
    const value = this.long();
    if (value < 0n || value > 0x7fffffffn) throw new Unreadable('a length is out of bounds');
    return Number(value);
  }

  boolean(): boolean {
    const byte = this.#take(1)[0]!;
    if (byte > 1) throw new Unreadable('a boolean is neither 0 nor 1');
    return byte === 1;
  }

  float(): number {
    return this.#take(4).readFloatLE();
  }

  double(): number {
    return this.#take(8).readDoubleLE();
  }

  bytes(): Buffer {
    return this.#take(this.count());
  }

  fixed(size: number): Buffer {
    return this.#take(size);
  }

  text(): string {
    return textOf(this.bytes());
  }

  /** The blocks of an array or a map, one call of `item` for each; a negative count is followed by the block's size. */
  items(item: () => void): void {
    for (;;) {
      const said = this.long();
      if (said === 0n) return;
      if (said < 0n) this.long();
      const count = said < 0n ? -said : said;
      this.#items += Number(count);
      if (this.#items > this.#limits.items) throw new Unreadable('too many items');
      for (let left = count; left > 0n; left--) item();
    }
  }

  /** Reads what is one level deeper. */
  inside(read: () => void): void {
    if (++this.#depth > this.#limits.depth) throw new Unreadable('nested too deep');
    read();
    this.#depth--;
  }

  #take(size: number): Buffer {
    const end = this.#at + size;
    if (end > this.#bytes.length) throw new Unreadable('the value ends too early');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

/** @throws Unreadable for bytes that are not UTF-8 */
export function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new Unreadable('a text is not UTF-8', { cause });
  }
}
