import { bytesOf } from './aes-ecb.ts';
import type { BlockCipher } from './aes-ecb.ts';
import { permuteDigits } from './ff1-digits.ts';
import { permuteIntegers } from './ff1-integers.ts';
import { firstBlock, halvesOf } from './ff1-layout.ts';
import type { Halves } from './ff1-layout.ts';

/** NIST SP 800-38G r1 (second draft, 2025): a domain below a million values is not allowed. */
export const smallestDomain = 1_000_000;

/**
 * Format-preserving encryption FF1 (NIST SP 800-38G): any radix from 2 to 65,536, any length, any tweak, one value at a time in
 * exact integers; and batched for the two shapes that streams are full of, integers and decimal digits.
 *
 * The caller keeps domains at {@link smallestDomain} values or more.
 */
export class Ff1 {
  readonly #cipher: BlockCipher;

  constructor(cipher: BlockCipher) {
    this.#cipher = cipher;
  }

  /** Encrypts numerals (each `0..radix-1`) to as many numerals. */
  encrypt(radix: number, tweak: Uint8Array, numerals: readonly number[]): number[] {
    const h = halvesOf(radix, numerals.length);
    let a = join(radix, numerals.slice(0, h.u));
    let b = join(radix, numerals.slice(h.u));
    const p = firstBlock(radix, numerals.length, h.u, tweak.length);
    for (let i = 0; i < 10; i++) {
      const c = (a + this.#round(p, tweak, i, b, h)) % modulus(radix, i, h);
      a = b;
      b = c;
    }
    return [...split(radix, a, h.u), ...split(radix, b, h.v)];
  }

  /** The inverse of {@link encrypt}. */
  decrypt(radix: number, tweak: Uint8Array, numerals: readonly number[]): number[] {
    const h = halvesOf(radix, numerals.length);
    let a = join(radix, numerals.slice(0, h.u));
    let b = join(radix, numerals.slice(h.u));
    const p = firstBlock(radix, numerals.length, h.u, tweak.length);
    for (let i = 9; i >= 0; i--) {
      const m = modulus(radix, i, h);
      const c = (((b - this.#round(p, tweak, i, a, h)) % m) + m) % m;
      b = a;
      a = c;
    }
    return [...split(radix, a, h.u), ...split(radix, b, h.v)];
  }

  /** Permutes 32- or 64-bit integers over their magnitude bits; see {@link permuteIntegers}. */
  integers(
    low: Int32Array,
    high: Int32Array,
    count: number,
    width: 32 | 64,
    outLow: Int32Array,
    outHigh: Int32Array,
  ): void {
    permuteIntegers(this.#cipher, low, high, count, width, outLow, outHigh);
  }

  /** Permutes decimal digit strings in place; see {@link permuteDigits}. */
  digits(digits: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): void {
    permuteDigits(this.#cipher, this, digits, starts, ends, count);
  }

  /** NUM(S) of one round: PRF over P ‖ Q, stretched to d bytes (steps 6 i-iv). */
  #round(p: Buffer, tweak: Uint8Array, i: number, half: bigint, h: Halves): bigint {
    const padding = (((-tweak.length - h.b - 1) % 16) + 16) % 16;
    const message = Buffer.alloc(16 + tweak.length + padding + 1 + h.b);
    p.copy(message);
    message.set(tweak, 16);
    message[16 + tweak.length + padding] = i;
    message.write(half.toString(16).padStart(h.b * 2, '0'), message.length - h.b, 'hex');
    const r = Buffer.alloc(16);
    for (let at = 0; at < message.length; at += 16) {
      for (let j = 0; j < 16; j++) r[j]! ^= message[at + j]!;
      bytesOf(this.#cipher.encrypt(r)).copy(r);
    }
    const parts: Buffer[] = [r];
    for (let j = 1; j * 16 < h.d; j++) {
      const block = Buffer.from(r);
      block.writeUInt32BE((block.readUInt32BE(12) ^ j) >>> 0, 12);
      parts.push(bytesOf(this.#cipher.encrypt(block)));
    }
    return BigInt(`0x${Buffer.concat(parts).subarray(0, h.d).toString('hex')}`);
  }
}

function modulus(radix: number, i: number, h: Halves): bigint {
  return BigInt(radix) ** BigInt(i % 2 === 0 ? h.u : h.v);
}

function join(radix: number, numerals: readonly number[]): bigint {
  const base = BigInt(radix);
  return numerals.reduce((sum, numeral) => sum * base + BigInt(numeral), 0n);
}

function split(radix: number, value: bigint, length: number): number[] {
  const base = BigInt(radix);
  const out = new Array<number>(length);
  for (let i = length - 1; i >= 0; i--) {
    out[i] = Number(value % base);
    value /= base;
  }
  return out;
}
