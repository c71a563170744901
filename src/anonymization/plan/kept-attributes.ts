import { isFullName } from '../schema/avro-names.ts';
import type { Attributes } from '../schema/tree.ts';

/** Attributes that say what a type is; they are written anew. A logical type that the specification does not know stays. */
export const structure = [
  'type',
  'name',
  'namespace',
  'fields',
  'items',
  'values',
  'symbols',
  'size',
];

/** Annotations of the owner, which a sanitized schema does not repeat. */
const marks = ['lethe', 'confluent:tags'];

/** The attributes of an object that stays as it is: without the owner's marks, and without `others`. */
export function withoutMarks(attributes: Attributes, others: readonly string[]): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).filter(
      ([key, value]) => !marks.includes(key) && !others.includes(key) && isSound(key, value),
    ),
  );
}

/** Words of the specification that mean nothing to us, but that strict readers refuse when they are malformed. */
function isSound(key: string, value: unknown): boolean {
  switch (key) {
    case 'aliases':
      return (
        Array.isArray(value) && value.every((name) => typeof name === 'string' && isFullName(name))
      );
    case 'order':
      return value === 'ascending' || value === 'descending' || value === 'ignore';
    default:
      return true;
  }
}
