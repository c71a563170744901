import type { LeafType } from '../schema/tree.ts';

/** Avro's decimal: an unscaled integer, two's complement, big-endian, in bytes or fixed (Avro 1.12, Logical Types, Decimal). */
export interface Decimal {
  readonly precision: number;
  readonly scale: number;
  /** Bytes of a fixed; null for bytes of any length. */
  readonly size: number | null;
}

/** The decimal that a leaf holds, or null. */
export function decimalOf(leaf: LeafType): Decimal | null {
  if (leaf.kind !== 'bytes' && leaf.kind !== 'fixed') return null;
  if (leaf.logical?.name !== 'decimal') return null;
  const { precision, scale } = leaf.logical;
  return { precision, scale, size: leaf.kind === 'fixed' ? leaf.size : null };
}

/** The unscaled integer of a number written in a rule, exact in its shortest decimal form; null where the scale can't hold it. */
export function unscaled(value: number, scale: number): bigint | null {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value));
  if (match === null) return null;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const shift = scale - fraction.length + Number(exponent);
  // A number's shortest form ends in a digit other than zero, so what lies behind the scale is never nothing.
  if (shift < 0) return null;
  const magnitude = BigInt(whole + fraction) * 10n ** BigInt(shift);
  return sign === '-' ? -magnitude : magnitude;
}

/** Reads two's complement; no bytes are zero. */
export function readDecimal(bytes: Uint8Array, start: number, end: number): bigint {
  if (start === end) return 0n;
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('hex');
  return BigInt.asIntN((end - start) * 8, BigInt(`0x${hex}`));
}

/** Writes the shortest two's complement, or the full size of a fixed; null where the value exceeds precision or size. */
export function writeDecimal(value: bigint, decimal: Decimal): Buffer | null {
  const magnitude = value < 0n ? -value : value;
  if (magnitude >= 10n ** BigInt(decimal.precision)) return null;
  let shortest = 1;
  while (BigInt.asIntN(shortest * 8, value) !== value) shortest++;
  const size = decimal.size ?? shortest;
  if (size < shortest) return null;
  const hex = BigInt.asUintN(size * 8, value).toString(16);
  return Buffer.from(hex.padStart(size * 2, '0'), 'hex');
}
