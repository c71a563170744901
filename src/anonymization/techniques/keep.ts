import type { Technique } from './technique.ts';
import { rowKept } from './column.ts';
import { effect } from './applicability.ts';

/** Passes the value on as it is: the way to say *deliberately public* in rules. */
export const keep: Technique<'keep'> = {
  name: 'keep',
  group: 'none',
  check: (_spec, leaf) => effect(leaf, { reversible: true, injective: true }),
  link: () => (column, out) => {
    out.status.fill(rowKept, 0, column.count);
  },
};
