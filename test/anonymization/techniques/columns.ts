import { outcomeCodes } from '../../../src/anonymization/outcomes.ts';
import { shapeOf } from '../../../src/anonymization/schema/tree.ts';
import type { LeafType } from '../../../src/anonymization/schema/tree.ts';
import {
  Column,
  rowDropsRecord,
  rowFailed,
  rowKept,
  rowNull,
} from '../../../src/anonymization/techniques/column.ts';
import type { Replacements } from '../../../src/anonymization/techniques/column.ts';
import type { ReferenceResult, ReferenceValue } from './reference.ts';

/** A column as a format would gather it: values apart from each other, surrounded by other bytes. `records` defaults to one a row. */
export function columnOf(
  leaf: LeafType,
  values: readonly ReferenceValue[],
  records: readonly number[] = values.map((_, i) => i),
): Column {
  const column = new Column(shapeOf(leaf), Math.max(1, values.length));
  column.count = values.length;
  column.records.set(records);
  const parts: Buffer[] = [];
  let at = 0;
  const add = (part: Buffer): void => {
    parts.push(part);
    at += part.length;
  };
  for (const [row, value] of values.entries()) {
    if (typeof value === 'number') column.reals[row] = value;
    else if (column.shape === 'span') {
      add(Buffer.alloc(row % 5, 0xee));
      column.starts[row] = at;
      add(Buffer.from(value as string | Uint8Array));
      column.ends[row] = at;
    } else {
      const integer =
        leaf.kind === 'enum'
          ? BigInt(leaf.symbols.indexOf(value as string))
          : BigInt(value as bigint | boolean);
      column.low[row] = Number(BigInt.asIntN(32, integer));
      column.high[row] = Number(BigInt.asIntN(32, integer >> 32n));
    }
  }
  // What follows the last span is readable and must not matter.
  add(Buffer.alloc(16, 0xdd));
  column.bytes = Buffer.concat(parts);
  return column;
}

/** What the engine would write, row by row, in the reference's words. */
export function resultsOf(
  out: Replacements,
  leaf: LeafType,
  count: number,
): readonly ReferenceResult[] {
  return Array.from({ length: count }, (_, row) => {
    const status = out.status[row]!;
    if (status === rowNull) return { status: 'null' };
    if (status === rowKept) return { status: 'kept' };
    if (status === rowDropsRecord) return { status: 'dropped' };
    if (status >= rowFailed) {
      return { status: outcomeCodes[status - rowFailed] as 'VALUE_OUTSIDE_DOMAIN' };
    }
    return { status: 'replaced', value: valueOf(out, leaf, row) };
  });
}

function valueOf(out: Replacements, leaf: LeafType, row: number): ReferenceValue {
  if (out.shape === 'real') return out.reals[row]!;
  if (out.shape === 'span') {
    const bytes = Buffer.from(out.arena.subarray(out.starts[row], out.ends[row]));
    return leaf.kind === 'string' ? bytes.toString('utf8') : bytes;
  }
  const integer = (BigInt(out.high[row]!) << 32n) | BigInt(out.low[row]! >>> 0);
  if (leaf.kind === 'enum') return leaf.symbols[Number(integer)]!;
  return leaf.kind === 'boolean' ? integer === 1n : integer;
}
