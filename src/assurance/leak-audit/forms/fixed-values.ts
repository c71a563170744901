/** Techniques that write the same for all: constants and empty values. */
import type { LeafType } from '../../../anonymization/schema/tree.ts';
import type { LeafValue } from '../leaf.ts';
import { scaled, scaleOf, unscaledOf } from './decimal.ts';
import { bytesForm, form, textForm, type Expectation } from './form.ts';

const nilUuid = '00000000-0000-0000-0000-000000000000';

/** Nothing but the constant of the rule. */
export function constantForm(given: string | number | boolean, leaf: LeafType): Expectation {
  const scale = scaleOf(leaf);
  if (scale !== null && typeof given === 'number')
    return bytesForm((bytes) => unscaledOf(bytes) === scaled(given, scale));
  if (leaf.kind === 'bytes' || leaf.kind === 'fixed') {
    const wanted = Buffer.from(String(given));
    return bytesForm((bytes) => wanted.equals(bytes));
  }
  const wanted = leaf.kind === 'float' ? Math.fround(Number(given)) : given;
  return form((value) => plain(value) === wanted);
}

/** The empty value of the type. An enum has one symbol left, so what is written says nothing. */
export function emptyForm(leaf: LeafType): Expectation {
  switch (leaf.kind) {
    case 'null':
      return { kind: 'absent' };
    case 'boolean':
      return form((value) => value === false);
    case 'int':
    case 'long':
    case 'float':
    case 'double':
      return form((value) => plain(value) === 0);
    case 'string':
      return textForm((text) => text === (leaf.logical?.name === 'uuid' ? nilUuid : ''));
    case 'bytes': {
      const size = leaf.logical?.name === 'decimal' ? 1 : 0;
      return bytesForm((bytes) => bytes.length === size && bytes.every((byte) => byte === 0));
    }
    case 'fixed':
      return bytesForm((bytes) => bytes.every((byte) => byte === 0));
    case 'enum':
      return textForm((symbol) => symbol === leaf.symbols[0]);
  }
}

function plain(value: LeafValue): LeafValue {
  return typeof value === 'bigint' ? Number(value) : value;
}
