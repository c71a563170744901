import type { PackedValues } from '../../anonymization/formats/rewriter.ts';

/** Values up to this length are copied by words: below it a native copy costs more than what it copies. */
const wordCopyBelow = 192;
const slack = 16;

/**
 * Sanitized values of one batch, each behind the frame that names its output schema, in one buffer that is reused from batch to batch.
 */
export class FramedValues implements PackedValues {
  count = 0;
  bytes = Buffer.allocUnsafeSlow(1 << 16);
  starts = new Int32Array(0);
  ends = new Int32Array(0);
  #view = new DataView(this.bytes.buffer);
  #used = 0;

  /** All `count` values are null until they are added. */
  begin(count: number): void {
    if (this.starts.length < count) {
      this.starts = new Int32Array(count * 2);
      this.ends = new Int32Array(count * 2);
    }
    this.starts.fill(-1, 0, count);
    this.ends.fill(-1, 0, count);
    this.count = count;
    this.#used = 0;
  }

  /**
   * Adds the values of one group. Value `i` of `values` belongs to record `rows[i]` (to record `i` where `rows` is null); null
   * values and those with an outcome other than 0 are left out. `frame` may be empty.
   */
  add(values: PackedValues, outcomes: Uint8Array, rows: Int32Array | null, frame: Buffer): void {
    const { bytes: source, starts: from, ends: to, count } = values;
    let size = 0;
    for (let i = 0; i < count; i++) size += to[i]! - from[i]! + frame.length;
    this.#reserve(size);
    const { bytes, starts, ends } = this;
    const target = this.#view;
    const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
    const native = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
    const frameBytes = frame.length;
    const frameWord = frameBytes === 0 ? 0 : frame.readInt32LE(1);
    let at = this.#used;
    for (let i = 0; i < count; i++) {
      const start = from[i]!;
      if (start < 0 || outcomes[i] !== 0) continue;
      const row = rows === null ? i : rows[i]!;
      const length = to[i]! - start;
      starts[row] = at;
      if (frameBytes !== 0) {
        bytes[at] = 0;
        target.setInt32(at + 1, frameWord, true);
        at += frameBytes;
      }
      if (length < wordCopyBelow) {
        // Reads and writes up to three bytes past the end: both buffers have slack there.
        for (let j = 0; j < length; j += 4)
          target.setInt32(at + j, view.getInt32(start + j, true), true);
      } else native.copy(bytes, at, start, start + length);
      at += length;
      ends[row] = at;
    }
    this.#used = at;
  }

  #reserve(size: number): void {
    const wanted = this.#used + size + slack;
    if (this.bytes.length >= wanted) return;
    const grown = Buffer.allocUnsafeSlow(wanted * 2);
    this.bytes.copy(grown, 0, 0, this.#used);
    this.bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
