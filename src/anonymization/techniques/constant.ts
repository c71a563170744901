import type { Problem } from '../../foundation/errors.ts';
import type { LeafType } from '../schema/tree.ts';
import type { Technique } from './technique.ts';
import { effect, invalidParameter, logicalOf, notApplicable } from './applicability.ts';
import { decimalOf, unscaled, writeDecimal } from './decimal.ts';
import { writeFixed } from './fixed-value.ts';
import type { FixedValue } from './fixed-value.ts';

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Writes the same value for all. The value must fit the leaf: text for string (a UUID where it is one), symbol for enum, number for
 * int, long, float, double and decimal, boolean; for bytes and fixed the UTF-8 form of a text.
 */
export const constant: Technique<'constant'> = {
  name: 'constant',
  group: 'masking',
  check(spec, leaf) {
    const value = fit(spec.value, leaf);
    return 'shape' in value ? effect(leaf) : value;
  },
  link(spec, { input }) {
    const value = fit(spec.value, input);
    if ('shape' in value) return writeFixed(value);
    // Unreachable through a compiled plan, whose `check` refused this value.
    throw new TypeError('constant does not fit the leaf it is linked for');
  },
};

function fit(value: string | number | boolean, leaf: LeafType): FixedValue | readonly Problem[] {
  switch (leaf.kind) {
    case 'null':
      return notApplicable('constant', leaf, 'use `keep`');
    case 'boolean':
      if (typeof value !== 'boolean') return invalidParameter('give `value` as true or false');
      return { shape: 'integer', value: value ? 1n : 0n };
    case 'int':
    case 'long':
      return integer(value, leaf.kind);
    case 'float':
    case 'double':
      if (typeof value !== 'number') return invalidParameter('give `value` as a number');
      if (leaf.kind === 'float' && !Number.isFinite(Math.fround(value))) {
        return invalidParameter('give `value` as a number that a float can hold');
      }
      return { shape: 'real', value };
    case 'enum': {
      const index = typeof value === 'string' ? leaf.symbols.indexOf(value) : -1;
      if (index < 0) {
        return invalidParameter(`give \`value\` as one of the symbols of enum "${leaf.name}"`);
      }
      return { shape: 'integer', value: BigInt(index) };
    }
    case 'string':
      if (typeof value !== 'string') return invalidParameter('give `value` as text');
      if (logicalOf(leaf) === 'uuid' && !uuidPattern.test(value)) {
        return invalidParameter('give `value` as a UUID');
      }
      return { shape: 'span', bytes: Buffer.from(value, 'utf8') };
    case 'bytes':
    case 'fixed':
      return binary(value, leaf);
  }
}

function integer(
  value: string | number | boolean,
  kind: 'int' | 'long',
): FixedValue | readonly Problem[] {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    return invalidParameter('give `value` as a whole number');
  }
  if (kind === 'int' && value !== (value | 0)) {
    return invalidParameter('give `value` as a number of 32 bits');
  }
  return { shape: 'integer', value: BigInt(value) };
}

function binary(
  value: string | number | boolean,
  leaf: Extract<LeafType, { kind: 'bytes' | 'fixed' }>,
): FixedValue | readonly Problem[] {
  const decimal = decimalOf(leaf);
  if (decimal !== null) {
    const integer = typeof value === 'number' ? unscaled(value, decimal.scale) : null;
    const bytes = integer === null ? null : writeDecimal(integer, decimal);
    if (bytes === null) {
      return invalidParameter(
        `give \`value\` as a number of ${decimal.precision} digits, ${decimal.scale} after the point`,
      );
    }
    return { shape: 'span', bytes };
  }
  if (typeof value !== 'string') return invalidParameter('give `value` as text');
  const bytes = Buffer.from(value, 'utf8');
  if (leaf.kind === 'fixed' && bytes.length !== leaf.size) {
    return invalidParameter(`give \`value\` as text of ${leaf.size} UTF-8 bytes`);
  }
  return { shape: 'span', bytes };
}
