import type { PackedValues } from './rewriter.ts';

/** Bytes that must be readable behind the last value. */
const slack = 16;

/** Packs values for a rewriter, reusing its buffers from batch to batch. */
export class Packer {
  #bytes = new Uint8Array(4096);
  #starts = new Int32Array(256);
  #ends = new Int32Array(256);
  #count = 0;
  #length = 0;

  get count(): number {
    return this.#count;
  }

  /** Bytes packed so far. */
  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#count = 0;
    this.#length = 0;
  }

  add(value: Uint8Array | null): void {
    if (this.#count === this.#starts.length) this.#growRows();
    if (value === null) {
      this.#starts[this.#count] = -1;
      this.#ends[this.#count++] = -1;
      return;
    }
    const start = this.#length;
    const end = start + value.length;
    if (end + slack > this.#bytes.length) this.#growBytes(end + slack);
    this.#bytes.set(value, start);
    this.#starts[this.#count] = start;
    this.#ends[this.#count++] = end;
    this.#length = end;
  }

  /** What was added since `clear`; valid until the next `add`. */
  packed(): PackedValues {
    return {
      count: this.#count,
      bytes: this.#bytes,
      starts: this.#starts,
      ends: this.#ends,
    };
  }

  #growRows(): void {
    const starts = new Int32Array(this.#starts.length * 2);
    const ends = new Int32Array(this.#ends.length * 2);
    starts.set(this.#starts);
    ends.set(this.#ends);
    this.#starts = starts;
    this.#ends = ends;
  }

  #growBytes(needed: number): void {
    const bytes = new Uint8Array(needed * 2);
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
  }
}
