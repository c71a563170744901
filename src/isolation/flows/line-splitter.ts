/** Bytes to lines, whatever pieces the bytes come in. */

/** Bytes that one line may have; entries of flow logs have a few thousand at most. */
export const longestLine = 256 * 1024;

const newline = 0x0a;
const carriageReturn = 0x0d;

/** Splits a stream into lines and holds at most one line of it. A line that is too long is given as null, and not kept. */
export class LineSplitter {
  readonly #most: number;
  #rest: Buffer[] = [];
  #size = 0;
  #overlong = false;

  constructor(most = longestLine) {
    this.#most = most;
  }

  /** The lines that end in this piece, without their ends. */
  push(chunk: Uint8Array): (string | null)[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: (string | null)[] = [];
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(newline, start);
      if (end === -1) break;
      lines.push(this.#line(bytes.subarray(start, end)));
      start = end + 1;
    }
    if (start < bytes.length) this.#keep(bytes.subarray(start));
    return lines;
  }

  /** What stands behind the last line end; undefined where nothing does. */
  end(): string | null | undefined {
    return this.#size === 0 && !this.#overlong ? undefined : this.#line(Buffer.alloc(0));
  }

  #keep(part: Buffer): void {
    if (this.#overlong || this.#size + part.length > this.#most) {
      this.#rest = [];
      this.#size = 0;
      this.#overlong = true;
      return;
    }
    // A copy: the reader may use the memory of the piece again.
    this.#rest.push(Buffer.from(part));
    this.#size += part.length;
  }

  #line(last: Buffer): string | null {
    const overlong = this.#overlong || this.#size + last.length > this.#most;
    const whole = this.#size === 0 || overlong ? last : Buffer.concat([...this.#rest, last]);
    this.#rest = [];
    this.#size = 0;
    this.#overlong = false;
    if (overlong) return null;
    const end = whole.at(-1) === carriageReturn ? whole.length - 1 : whole.length;
    return whole.toString('utf8', 0, end);
  }
}
