import { bytesOf, swap } from './aes-ecb.ts';
import type { BlockCipher } from './aes-ecb.ts';
import { firstBlock, halvesOf } from './ff1-layout.ts';
import type { Ff1 } from './ff1.ts';

const chunk = 2048;
/** Up to here a half is at most 10^10, which {@link remainder} needs. */
const longestFast = 20;
const work = new Int32Array(chunk * 4);
const workBytes = bytesOf(work);
const left = new Float64Array(chunk);
const right = new Float64Array(chunk);
const lengths = new Uint8Array(chunk);
const rowOf = new Int32Array(chunk);
const noTweak = new Uint8Array(0);
const powers = Float64Array.from({ length: 11 }, (_, i) => 10 ** i);
const shapes = Array.from({ length: longestFast + 1 }, (_, n) => halvesOf(10, Math.max(n, 2)));
/** P for every length of the fast path. */
const firstBlocks = Buffer.concat(shapes.map(({ u }, n) => firstBlock(10, n, u, 0)));

/**
 * FF1 with radix 10 and no tweak over digit strings of mixed lengths, batched: row `i` is `digits[starts[i]..ends[i])`, one digit
 * `0..9` a byte, and is replaced in place. Up to 20 digits run in doubles, one cipher call per round for all rows; longer ones run
 * one by one in exact integers.
 */
export function permuteDigits(
  cipher: BlockCipher,
  exact: Ff1,
  digits: Uint8Array,
  starts: Int32Array,
  ends: Int32Array,
  count: number,
): void {
  const prefixes = cipher.encrypt(firstBlocks);
  let rows = 0;
  for (let row = 0; row < count; row++) {
    const length = ends[row]! - starts[row]!;
    if (length > longestFast) {
      const numerals = Array.from(digits.subarray(starts[row], ends[row]));
      digits.set(exact.encrypt(10, noTweak, numerals), starts[row]);
    } else if (length >= 2) {
      lengths[rows] = length;
      rowOf[rows] = row;
      if (++rows === chunk) {
        permute(cipher, prefixes, digits, starts, rows);
        rows = 0;
      }
    }
  }
  if (rows > 0) permute(cipher, prefixes, digits, starts, rows);
}

function permute(
  cipher: BlockCipher,
  prefixes: Int32Array,
  digits: Uint8Array,
  starts: Int32Array,
  rows: number,
): void {
  for (let i = 0; i < rows; i++) {
    const start = starts[rowOf[i]!]!;
    const n = lengths[i]!;
    left[i] = number(digits, start, start + (n >> 1));
    right[i] = number(digits, start + (n >> 1), start + n);
  }
  let a = left;
  let b = right;
  for (let round = 0; round < 10; round++) {
    fill(work, prefixes, lengths, b, rows, round);
    add(a, cipher.encrypt(workBytes.subarray(0, rows * 16)), lengths, rows, round);
    const swapped = a;
    a = b;
    b = swapped;
  }
  for (let i = 0; i < rows; i++) {
    const start = starts[rowOf[i]!]!;
    const n = lengths[i]!;
    write(digits, start, start + (n >> 1), a[i]!);
    write(digits, start + (n >> 1), start + n, b[i]!);
  }
}

/** Q ⊕ E(P): the round before the b bytes of NUM(B), which end the block. */
function fill(
  work: Int32Array,
  prefixes: Int32Array,
  lengths: Uint8Array,
  half: Float64Array,
  rows: number,
  round: number,
): void {
  for (let i = 0; i < rows; i++) {
    const n = lengths[i]!;
    const w = i << 2;
    const p = n << 2;
    const upper = Math.floor(half[i]! / 0x100000000);
    const at = 15 - shapes[n]!.b;
    work[w] = prefixes[p]!;
    work[w + 1] = prefixes[p + 1]!;
    work[w + 2] = prefixes[p + 2]! ^ swap(upper);
    work[w + 3] = prefixes[p + 3]! ^ swap(half[i]! | 0);
    work[w + (at >> 2)]! ^= round << ((at & 3) << 3);
  }
}

/** A = (A + y) mod 10^m, y being the first d bytes of the block, taken in 16-bit limbs. */
function add(
  a: Float64Array,
  blocks: Int32Array,
  lengths: Uint8Array,
  rows: number,
  round: number,
): void {
  for (let i = 0; i < rows; i++) {
    const n = lengths[i]!;
    const u = n >> 1;
    const m = powers[(round & 1) === 0 ? u : n - u]!;
    const inverse = 1 / m;
    const words = shapes[n]!.d >> 2;
    let y = 0;
    for (let w = i << 2, end = w + words; w < end; w++) {
      const word = swap(blocks[w]!);
      y = remainder(y * 65536 + (word >>> 16), m, inverse);
      y = remainder(y * 65536 + (word & 0xffff), m, inverse);
    }
    const sum = a[i]! + y;
    a[i] = sum >= m ? sum - m : sum;
  }
}

/**
 * `x mod m` for m a power of ten up to 10^10 and x below 65536 m, given 1 / m: several times faster than `%` on doubles. The product errs
 * by less than 65536 · 2^-52 < 1 / m, so its floor is never too great; and 1 / m is rounded up, or down by less than half a unit
 * in the last place of any quotient, so it is never too small.
 */
export function remainder(x: number, m: number, inverse: number): number {
  return x - Math.floor(x * inverse) * m;
}

function number(digits: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * 10 + digits[i]!;
  return value;
}

function write(digits: Uint8Array, start: number, end: number, value: number): void {
  for (let i = end - 1; i >= start; i--) {
    const rest = Math.floor(value / 10);
    digits[i] = value - rest * 10;
    value = rest;
  }
}
