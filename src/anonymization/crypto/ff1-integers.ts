import { bytesOf, swap } from './aes-ecb.ts';
import type { BlockCipher } from './aes-ecb.ts';
import { firstBlock, halvesOf } from './ff1-layout.ts';

const chunk = 4096;
const work = new Int32Array(chunk * 4);
const workBytes = bytesOf(work);
const left = new Int32Array(chunk);
const right = new Int32Array(chunk);

/**
 * FF1 with radix 2 over the magnitude bits of integers, batched: 31 numerals for width 32, 63 for width 64. The sign bit is kept (a
 * negative `x` is its magnitude `-1 - x`) and is the one-byte tweak, so that `x` and `-1 - x` are permuted independently. A bijection
 * on the non-negative and on the negative numbers of the width.
 *
 * One cipher call per round for all rows: with radix 2 the modulus is a power of two, so that `y` is needed in its low 32 bits only.
 */
export function permuteIntegers(
  cipher: BlockCipher,
  low: Int32Array,
  high: Int32Array,
  count: number,
  width: 32 | 64,
  outLow: Int32Array,
  outHigh: Int32Array,
): void {
  const { u, v, b } = halvesOf(2, width - 1);
  // T, padding, round and NUM(B) fill exactly one block, so Q ⊕ E(P) is one block too.
  const prefix = cipher.encrypt(firstBlock(2, width - 1, u, 1));
  const maskU = 2 ** u - 1;
  const maskV = v === 32 ? -1 : 2 ** v - 1;
  for (let base = 0; base < count; base += chunk) {
    const rows = Math.min(chunk, count - base);
    split(low, high, base, rows, width, left, right);
    let a = left;
    let c = right;
    for (let round = 0; round < 10; round++) {
      fill(work, prefix, high, base, rows, c, round, b);
      const r = cipher.encrypt(workBytes.subarray(0, rows * 16));
      add(a, r, rows, round % 2 === 0 ? maskU : maskV);
      const swapped = a;
      a = c;
      c = swapped;
    }
    join(a, c, high, base, rows, width, outLow, outHigh);
  }
}

/** Halves of the magnitude: for 63 bits the upper 31 and the lower 32, for 31 bits the upper 15 and the lower 16. */
function split(
  low: Int32Array,
  high: Int32Array,
  base: number,
  rows: number,
  width: 32 | 64,
  left: Int32Array,
  right: Int32Array,
): void {
  for (let i = 0; i < rows; i++) {
    const sign = high[base + i]! >> 31;
    const l = low[base + i]! ^ sign;
    left[i] = width === 64 ? high[base + i]! ^ sign : l >>> 16;
    right[i] = width === 64 ? l : l & 0xffff;
  }
}

/** Q ⊕ E(P): tweak in byte 0, the round before the b bytes of NUM(B) at the end. */
function fill(
  work: Int32Array,
  prefix: Int32Array,
  high: Int32Array,
  base: number,
  rows: number,
  half: Int32Array,
  round: number,
  b: number,
): void {
  const p0 = prefix[0]!;
  const p1 = prefix[1]!;
  const p2 = b === 4 ? prefix[2]! ^ (round << 24) : prefix[2]!;
  const p3 = b === 2 ? prefix[3]! ^ (round << 8) : prefix[3]!;
  for (let i = 0; i < rows; i++) {
    const w = i << 2;
    work[w] = p0 ^ (high[base + i]! >>> 31);
    work[w + 1] = p1;
    work[w + 2] = p2;
    work[w + 3] = p3 ^ swap(half[i]!);
  }
}

/** A = (A + y) mod 2^m. y is the first d = 8 bytes of the block; its low 32 bits are the second word. */
function add(a: Int32Array, r: Int32Array, rows: number, mask: number): void {
  for (let i = 0; i < rows; i++) a[i] = (a[i]! + swap(r[(i << 2) + 1]!)) & mask;
}

function join(
  a: Int32Array,
  b: Int32Array,
  high: Int32Array,
  base: number,
  rows: number,
  width: 32 | 64,
  outLow: Int32Array,
  outHigh: Int32Array,
): void {
  for (let i = 0; i < rows; i++) {
    const sign = high[base + i]! >> 31;
    outLow[base + i] = (width === 64 ? b[i]! : (a[i]! << 16) | b[i]!) ^ sign;
    outHigh[base + i] = width === 64 ? a[i]! ^ sign : sign;
  }
}
