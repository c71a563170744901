import { crc32c } from '@node-rs/crc32';

/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), computed natively. */
export { crc32c };

/** The reversed Castagnoli polynomial. */
const polynomial = 0x82f63b78;

/** Product of two polynomials modulo the Castagnoli polynomial, bits reversed. */
function multiply(a: number, b: number): number {
  let product = 0;
  let factor = b;
  for (let bit = 0x80000000; ; bit >>>= 1) {
    if ((a & bit) !== 0) {
      product ^= factor;
      if ((a & (bit - 1)) === 0) return product >>> 0;
    }
    factor = (factor & 1) === 1 ? (factor >>> 1) ^ polynomial : factor >>> 1;
  }
}

/** x^(2^n) for n = 0..31. */
const powers = new Uint32Array(32);
powers[0] = 0x40000000;
for (let n = 1; n < 32; n++) powers[n] = multiply(powers[n - 1]!, powers[n - 1]!);

/**
 * CRC-32C of A followed by B, from the CRC-32C of each and the length of B in bytes (as zlib's `crc32_combine`): lets a batch header
 * be stamped without a second pass over the records.
 */
export function combineCrc32c(first: number, second: number, secondBytes: number): number {
  let shift = 0x80000000;
  let bytes = secondBytes;
  // A byte is 8 = 2^3 bits, so that the n-th bit of the length stands for x^(2^(n+3)).
  for (let n = 3; bytes > 0; n++) {
    if (bytes % 2 === 1) shift = multiply(powers[n & 31]!, shift);
    bytes = Math.floor(bytes / 2);
  }
  return (multiply(shift, first) ^ second) >>> 0;
}
