import { FormatError } from '../errors.ts';
import { readVarint } from './varint.ts';

/** Reads numbers and byte strings from a stream of chunks; holds no more than what was asked for and one chunk. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array, unknown>;
  readonly #register = new Int32Array(2);
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #taken = 0;
  #ended = false;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Bytes consumed so far. */
  get taken(): number {
    return this.#taken;
  }

  async atEnd(): Promise<boolean> {
    return !(await this.#fill(1));
  }

  /** Whether nothing follows but a line end, which editors and shells leave behind a file; no block is that short. */
  async onlyLineEndLeft(): Promise<boolean> {
    if (await this.#fill(3)) return false;
    return ['\n', '\r\n'].includes(Buffer.from(this.#bytes.subarray(this.#at)).toString('latin1'));
  }

  /**
   * The next `length` bytes, valid until the next call.
   *
   * @throws FormatError `CONTAINER_BLOCK_TRUNCATED`
   */
  async take(length: number): Promise<Uint8Array> {
    if (!(await this.#fill(length))) throw truncated();
    const start = this.#at;
    this.#at += length;
    this.#taken += length;
    return this.#bytes.subarray(start, start + length);
  }

  /**
   * An Avro `long` that is safe as a number.
   *
   * @throws FormatError `CONTAINER_BLOCK_TRUNCATED`, `CONTAINER_BLOCK_INVALID`
   */
  async takeLong(): Promise<number> {
    await this.#fill(10);
    const after = readVarint(this.#bytes, this.#at, this.#bytes.length, this.#register);
    if (after < 0) {
      if (this.#bytes.length - this.#at < 10) throw truncated();
      throw new FormatError(
        'CONTAINER_BLOCK_INVALID',
        'Read the file: a number has more than ten bytes',
      );
    }
    this.#taken += after - this.#at;
    this.#at = after;
    const value = this.#register[1]! * 2 ** 32 + (this.#register[0]! >>> 0);
    if (!Number.isSafeInteger(value)) {
      throw new FormatError('CONTAINER_BLOCK_INVALID', 'Read the file: a length is out of range');
    }
    return value;
  }

  /** Makes `length` bytes available; false when the stream ends before. */
  async #fill(length: number): Promise<boolean> {
    const parts: Uint8Array[] = [];
    let available = this.#bytes.length - this.#at;
    while (available < length && !this.#ended) {
      const next = await this.#chunks.next();
      if (next.done === true) this.#ended = true;
      else {
        parts.push(next.value);
        available += next.value.length;
      }
    }
    if (parts.length > 0) {
      this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), ...parts]);
      this.#at = 0;
    }
    return available >= length;
  }
}

function truncated(): FormatError {
  return new FormatError(
    'CONTAINER_BLOCK_TRUNCATED',
    'Read the file to its end: it stops in the middle; copy it again',
  );
}
