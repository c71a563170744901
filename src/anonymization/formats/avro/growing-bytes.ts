import { writeVarint } from './varint.ts';

/** A byte string that is written front to back. */
export class GrowingBytes {
  #bytes = Buffer.allocUnsafeSlow(1024);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  /** What was written since `clear`; valid until the next write. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  long(value: bigint): void {
    this.#reserve(10);
    const low = Number(BigInt.asIntN(32, value));
    this.#length = writeVarint(
      this.#bytes,
      this.#length,
      low,
      Number(BigInt.asIntN(64, value) >> 32n),
    );
  }

  float(value: number): void {
    this.#reserve(4);
    this.#length = this.#bytes.writeFloatLE(value, this.#length);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow((this.#length + more) * 2);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
