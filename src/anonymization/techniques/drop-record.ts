import type { Technique } from './technique.ts';
import { rowDropsRecord } from './column.ts';
import { effect } from './applicability.ts';

/**
 * Drops the whole record. With `when: present` only records in which the field holds a value other than null: a column holds no
 * nulls, so every row it has drops its record. With `when: always` the linked plan also drops records without a row.
 */
export const dropRecord: Technique<'drop-record'> = {
  name: 'drop-record',
  group: 'suppression',
  check: (_spec, leaf) => effect(leaf),
  link: () => (column, out) => {
    out.status.fill(rowDropsRecord, 0, column.count);
  },
};
