import type { LeafType } from '../../../anonymization/schema/tree.ts';

/** Digits behind the point of a decimal leaf (Avro 1.12, Decimal), or `null` for other leaves. */
export function scaleOf(leaf: LeafType): number | null {
  if (leaf.kind !== 'bytes' && leaf.kind !== 'fixed') return null;
  return leaf.logical?.name === 'decimal' ? leaf.logical.scale : null;
}

/** Two's complement, big-endian. */
export function unscaledOf(bytes: Buffer): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
}

/** A number of a rule as an unscaled integer; rules with more digits than the scale were refused. */
export function scaled(value: number, scale: number): bigint {
  return BigInt(value.toFixed(scale).replace('.', ''));
}
