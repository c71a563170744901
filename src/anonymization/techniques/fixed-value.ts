import type { Replacements, Transform } from './column.ts';

/** One value that stands in all rows, in the shape of its column. */
export type FixedValue =
  | { readonly shape: 'span'; readonly bytes: Uint8Array }
  | { readonly shape: 'integer'; readonly value: bigint }
  | { readonly shape: 'real'; readonly value: number };

/** A transform that writes the same value into every row: stored once, every span points to it. */
export function writeFixed(value: FixedValue): Transform {
  return (column, out) => fill(value, column.count, out);
}

function fill(value: FixedValue, count: number, out: Replacements): void {
  switch (value.shape) {
    case 'span':
      out.reserve(value.bytes.length).set(value.bytes);
      out.starts.fill(0, 0, count);
      out.ends.fill(value.bytes.length, 0, count);
      return;
    case 'integer':
      out.low.fill(Number(BigInt.asIntN(32, value.value)), 0, count);
      out.high.fill(Number(BigInt.asIntN(32, value.value >> 32n)), 0, count);
      return;
    case 'real':
      out.reals.fill(value.value, 0, count);
      return;
  }
}
