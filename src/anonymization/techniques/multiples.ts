import type { Problem } from '../../foundation/errors.ts';
import type { LeafType } from '../schema/tree.ts';
import type { TechniqueName } from '../rules/technique-spec.ts';
import type { Column, Replacements, Transform } from './column.ts';
import { invalidParameter, logicalOf, notApplicable } from './applicability.ts';
import { decimalOf, readDecimal, unscaled, writeDecimal } from './decimal.ts';
import type { Decimal } from './decimal.ts';
import { mapIntegers, outsideDomain } from './integer-values.ts';

/** A generalization of numbers, written once per number form: doubles that hold integers exactly, bigints, and reals. */
export interface NumberFunction {
  /** The parameters as numbers of the leaf. Integer forms get them scaled to whole numbers. */
  readonly parameters: readonly number[];
  readonly small: (value: number, parameters: readonly number[]) => number;
  readonly large: (value: bigint, parameters: readonly bigint[]) => bigint | null;
  readonly real: (value: number, parameters: readonly number[]) => number;
}

/** Why the technique can't be put on this leaf: it needs a number, not a date, and parameters that the leaf's type can hold. */
export function checkNumber(
  technique: TechniqueName,
  leaf: LeafType,
  parameters: readonly number[],
): readonly Problem[] | null {
  switch (leaf.kind) {
    case 'float':
    case 'double':
      return null;
    case 'int':
    case 'long': {
      const logical = logicalOf(leaf);
      // Rounding up could leave the day; the lower bound of an interval can't.
      if (logical !== null && !(technique === 'bucket' && logical.startsWith('time-'))) {
        return notApplicable(technique, leaf, 'use truncate-date or shift-date');
      }
      return parameters.every((parameter) => Number.isSafeInteger(parameter))
        ? null
        : invalidParameter(`give "${technique}" whole numbers on ${leaf.kind}`);
    }
    case 'bytes':
    case 'fixed': {
      const decimal = decimalOf(leaf);
      if (decimal === null) break;
      return parameters.every((parameter) => unscaled(parameter, decimal.scale) !== null)
        ? null
        : invalidParameter(`give "${technique}" numbers with at most ${decimal.scale} decimals`);
    }
    case 'null':
    case 'boolean':
    case 'enum':
    case 'string':
      break;
  }
  return notApplicable(technique, leaf, 'use suppress, constant or encrypt, or mask on text');
}

/** Links a number function for a leaf that {@link checkNumber} accepted. */
export function mapNumbers(leaf: LeafType, by: NumberFunction): Transform {
  const { parameters } = by;
  const decimal = decimalOf(leaf);
  if (decimal !== null) {
    const scaled = parameters.map((parameter) => unscaled(parameter, decimal.scale)!);
    return (column, out) => mapDecimals(column, out, decimal, (value) => by.large(value, scaled));
  }
  if (leaf.kind === 'float' || leaf.kind === 'double') {
    return (column, out) => {
      for (let row = 0; row < column.count; row++) {
        const result = by.real(column.reals[row]!, parameters);
        out.reals[row] = result;
        if (!Number.isFinite(result)) out.status[row] = outsideDomain;
      }
    };
  }
  const whole = parameters.map(BigInt);
  const small = (value: number): number => by.small(value, parameters);
  const large = (value: bigint): bigint | null => by.large(value, whole);
  return (column, out) => mapIntegers(column, out, leaf, { small, large });
}

function mapDecimals(
  column: Column,
  out: Replacements,
  decimal: Decimal,
  by: (value: bigint) => bigint | null,
): void {
  const { starts, ends, count, bytes } = column;
  // log2(10) < 3.33 bits a digit, and a sign. Writers may pad with sign bytes, within reason.
  const longest = decimal.size ?? Math.ceil((decimal.precision * 3.33 + 1) / 8) + 1;
  const accepted = longest + 1024;
  const arena = out.reserve(count * longest);
  for (let row = 0, o = 0; row < count; row++) {
    const start = starts[row]!;
    const end = ends[row]!;
    out.starts[row] = o;
    const result = end - start > accepted ? null : by(readDecimal(bytes, start, end));
    const written = result === null ? null : writeDecimal(result, decimal);
    if (written === null) out.status[row] = outsideDomain;
    else {
      arena.set(written, o);
      o += written.length;
    }
    out.ends[row] = o;
  }
}
