/** The lengths of one Feistel round, SP 800-38G Algorithm 7 steps 1-4. */
export interface Halves {
  readonly u: number;
  readonly v: number;
  /** Bytes of NUM(B). */
  readonly b: number;
  /** Bytes of the round value y. */
  readonly d: number;
}

/** Splits `length` numerals of a radix; b is exact, not rounded through a floating-point logarithm. */
export function halvesOf(radix: number, length: number): Halves {
  const u = length >> 1;
  const v = length - u;
  const bits = (BigInt(radix) ** BigInt(v) - 1n).toString(2).length;
  const b = Math.ceil(bits / 8);
  return { u, v, b, d: 4 * Math.ceil(b / 4) + 4 };
}

/** The block P of Algorithm 7 step 5. */
export function firstBlock(radix: number, length: number, u: number, tweak: number): Buffer {
  const p = Buffer.alloc(16);
  p[0] = 1;
  p[1] = 2;
  p[2] = 1;
  p.writeUIntBE(radix, 3, 3);
  p[6] = 10;
  p[7] = u & 0xff;
  p.writeUInt32BE(length, 8);
  p.writeUInt32BE(tweak, 12);
  return p;
}
