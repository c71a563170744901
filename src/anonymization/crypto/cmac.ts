import { bytesOf, swap } from './aes-ecb.ts';
import type { BlockCipher } from './aes-ecb.ts';

/**
 * Byte strings in one buffer: row `i` is `bytes[starts[i]..ends[i])`. At least 16 readable bytes follow the last row, since
 * rows are read in whole blocks and masked.
 */
export interface Spans {
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Rows per cipher call: the working set (source words, work, result) stays in the L2 cache. */
const chunk = 4096;
/** Shared by all instances: one thread, no call re-enters. Always passed on as an argument, which V8 optimizes best. */
const work = new Int32Array(chunk * 4);
const workBytes = bytesOf(work);
const active = new Int32Array(chunk);

/** For a last block of `n` bytes (0..16), the four masks that clear what lies behind it. */
const masks = (() => {
  const table = new Int32Array(17 * 4);
  const bytes = bytesOf(table);
  for (let n = 0; n <= 16; n++) bytes.fill(0xff, n * 16, n * 16 + n);
  return table;
})();

/**
 * AES-CMAC (RFC 4493, SP 800-38B), computed for a whole column of messages at once: round `r` encrypts block `r` of all messages that
 * still have one, in one cipher call.
 */
export class Cmac {
  readonly #cipher: BlockCipher;
  /** For a last block of `n` bytes, padding ⊕ subkey: what makes it final. */
  readonly #finals: Int32Array;

  constructor(cipher: BlockCipher) {
    this.#cipher = cipher;
    this.#finals = finals(cipher);
  }

  /**
   * Writes the 128-bit tag of each row to `out`, four words a row in byte order.
   *
   * @param high - when given, rows holding a byte above 0x7f are set to 1 (others are left): the scan for non-ASCII text costs
   * nothing here, where the words are at hand.
   */
  tags(spans: Spans, out: Int32Array, high: Uint8Array | null = null): void {
    const { bytes, starts, ends } = spans;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let base = 0; base < spans.count; base += chunk) {
      let rows = Math.min(chunk, spans.count - base);
      first(view, starts, ends, base, rows, this.#finals, masks, work, active, high);
      for (let offset = 16; rows > 0; offset += 16) {
        const state = this.#cipher.encrypt(workBytes.subarray(0, rows * 16));
        rows = next(
          view,
          starts,
          ends,
          offset,
          rows,
          state,
          this.#finals,
          masks,
          work,
          active,
          out,
          high,
        );
      }
    }
  }

  /** Makes the handle useless and overwrites its subkeys. */
  wipe(): void {
    this.#cipher.wipe();
    this.#finals.fill(0);
  }

  /** The tag of one message of any length. */
  tag(message: Uint8Array): Buffer {
    const bytes = new Uint8Array(message.length + 16);
    bytes.set(message);
    const out = new Int32Array(4);
    const ends = Int32Array.of(message.length);
    this.tags({ count: 1, bytes, starts: new Int32Array(1), ends }, out);
    return bytesOf(out);
  }
}

/** Doubles in GF(2^128) in place, as RFC 4493 §2.3 and RFC 5297 §2.3: four words at `at`. */
export function double(words: Int32Array, at = 0): void {
  const a = swap(words[at]!);
  const b = swap(words[at + 1]!);
  const c = swap(words[at + 2]!);
  const d = swap(words[at + 3]!);
  words[at] = swap((a << 1) | (b >>> 31));
  words[at + 1] = swap((b << 1) | (c >>> 31));
  words[at + 2] = swap((c << 1) | (d >>> 31));
  words[at + 3] = swap((d << 1) ^ ((a >> 31) & 0x87));
}

function finals(cipher: BlockCipher): Int32Array {
  const k1 = cipher.encrypt(new Uint8Array(16));
  double(k1);
  const k2 = Int32Array.from(k1);
  double(k2);
  const table = new Int32Array(17 * 4);
  for (let n = 0; n < 16; n++) {
    table.set(k2, n * 4);
    bytesOf(table)[n * 16 + n]! ^= 0x80;
  }
  table.set(k1, 16 * 4);
  return table;
}

/** Fills `work` with the first block of each row. Hot: typed arrays as arguments, whole words, no branch on the bytes of a value. */
function first(
  view: DataView,
  starts: Int32Array,
  ends: Int32Array,
  base: number,
  rows: number,
  finals: Int32Array,
  masks: Int32Array,
  work: Int32Array,
  active: Int32Array,
  high: Uint8Array | null,
): void {
  for (let a = 0; a < rows; a++) {
    const row = base + a;
    const s = starts[row]!;
    const w = a << 2;
    const left = ends[row]! - s;
    active[a] = row;
    let v0 = view.getInt32(s, true);
    let v1 = view.getInt32(s + 4, true);
    let v2 = view.getInt32(s + 8, true);
    let v3 = view.getInt32(s + 12, true);
    if (left <= 16) {
      const f = left << 2;
      v0 &= masks[f]!;
      v1 &= masks[f + 1]!;
      v2 &= masks[f + 2]!;
      v3 &= masks[f + 3]!;
      work[w] = v0 ^ finals[f]!;
      work[w + 1] = v1 ^ finals[f + 1]!;
      work[w + 2] = v2 ^ finals[f + 2]!;
      work[w + 3] = v3 ^ finals[f + 3]!;
    } else {
      work[w] = v0;
      work[w + 1] = v1;
      work[w + 2] = v2;
      work[w + 3] = v3;
    }
    if (high !== null && ((v0 | v1 | v2 | v3) & 0x80808080) !== 0) high[row] = 1;
  }
}

/** Stores the tags of rows that are done and packs the next block of the others to the front of `work`; returns how many. */
function next(
  view: DataView,
  starts: Int32Array,
  ends: Int32Array,
  offset: number,
  rows: number,
  state: Int32Array,
  finals: Int32Array,
  masks: Int32Array,
  work: Int32Array,
  active: Int32Array,
  out: Int32Array,
  high: Uint8Array | null,
): number {
  let kept = 0;
  for (let a = 0; a < rows; a++) {
    const row = active[a]!;
    const p = a << 2;
    const s = starts[row]! + offset;
    const left = ends[row]! - s;
    if (left <= 0) {
      const q = row << 2;
      out[q] = state[p]!;
      out[q + 1] = state[p + 1]!;
      out[q + 2] = state[p + 2]!;
      out[q + 3] = state[p + 3]!;
      continue;
    }
    const w = kept << 2;
    active[kept++] = row;
    let v0 = view.getInt32(s, true);
    let v1 = view.getInt32(s + 4, true);
    let v2 = view.getInt32(s + 8, true);
    let v3 = view.getInt32(s + 12, true);
    if (left <= 16) {
      const f = left << 2;
      v0 &= masks[f]!;
      v1 &= masks[f + 1]!;
      v2 &= masks[f + 2]!;
      v3 &= masks[f + 3]!;
      work[w] = v0 ^ finals[f]! ^ state[p]!;
      work[w + 1] = v1 ^ finals[f + 1]! ^ state[p + 1]!;
      work[w + 2] = v2 ^ finals[f + 2]! ^ state[p + 2]!;
      work[w + 3] = v3 ^ finals[f + 3]! ^ state[p + 3]!;
    } else {
      work[w] = v0 ^ state[p]!;
      work[w + 1] = v1 ^ state[p + 1]!;
      work[w + 2] = v2 ^ state[p + 2]!;
      work[w + 3] = v3 ^ state[p + 3]!;
    }
    if (high !== null && ((v0 | v1 | v2 | v3) & 0x80808080) !== 0) high[row] = 1;
  }
  return kept;
}
