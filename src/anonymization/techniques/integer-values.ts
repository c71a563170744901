import { outcome } from '../outcomes.ts';
import type { LeafType } from '../schema/tree.ts';
import type { Column, Replacements } from './column.ts';
import { rowFailed } from './column.ts';

/** The status of a row whose value the technique can't take. */
export const outsideDomain = rowFailed + outcome.VALUE_OUTSIDE_DOMAIN;

/**
 * One function on integers in two forms: on doubles for what is exact there, on bigints for the rest. `row` is the row it is asked for.
 * NaN and null mean: outside the domain.
 */
export interface IntegerFunction {
  readonly small: (value: number, row: number) => number;
  readonly large: (value: bigint, row: number) => bigint | null;
}

/** Applies a function to every row of an integer column; a result that does not fit the leaf fails its row. */
export function mapIntegers(
  column: Column,
  out: Replacements,
  leaf: LeafType,
  by: IntegerFunction,
): void {
  const bits = leaf.kind === 'int' ? 32 : 64;
  const { low, high, count } = column;
  for (let row = 0; row < count; row++) {
    const h = high[row]!;
    const l = low[row]!;
    if (h >= -0x200000 && h < 0x200000) {
      const result = by.small(h * 0x100000000 + (l >>> 0), row);
      if (Number.isSafeInteger(result)) {
        const resultHigh = Math.floor(result / 0x100000000);
        out.low[row] = result | 0;
        out.high[row] = resultHigh;
        if (bits === 32 && result !== (result | 0)) out.status[row] = outsideDomain;
        continue;
      }
    }
    const result = by.large((BigInt(h) << 32n) | BigInt(l >>> 0), row);
    if (result === null || BigInt.asIntN(bits, result) !== result) {
      out.status[row] = outsideDomain;
      continue;
    }
    out.low[row] = Number(BigInt.asIntN(32, result));
    out.high[row] = Number(BigInt.asIntN(32, result >> 32n));
  }
}
