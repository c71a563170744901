import type { LeafType } from '../schema/tree.ts';
import type { TechniqueSpec } from '../rules/technique-spec.ts';
import type { Technique } from './technique.ts';
import { rowKept, rowNull } from './column.ts';
import { effect, logicalOf, notApplicable } from './applicability.ts';
import { writeFixed } from './fixed-value.ts';
import type { FixedValue } from './fixed-value.ts';

type Spec = Extract<TechniqueSpec, { technique: 'suppress' }>;

/** What a suppression leaves when the rule does not say: null where the schema allows it, else the empty value. */
export function resolveSuppress(spec: Spec, nullable: boolean): Spec {
  return spec.as === undefined ? { ...spec, as: nullable ? 'null' : 'empty' } : spec;
}

/**
 * Takes the value away. `null` needs a union with null; `empty` and `default` write the type's empty value (`''`, no bytes, 0, false, zero
 * bytes; the nil UUID; decimal 0), `default` on an enum its first symbol; `remove` takes the field out of schema and bytes. An enum has
 * no empty value, so there the rule must choose.
 */
export const suppress: Technique<'suppress'> = {
  name: 'suppress',
  group: 'suppression',
  check(spec, leaf, nullable) {
    if (leaf.kind === 'null') return effect(leaf);
    const { as } = resolveSuppress(spec, nullable);
    switch (as) {
      case 'null':
        if (!nullable) {
          return notApplicable('suppress', leaf, 'use `as: empty`, or put null into the union');
        }
        return effect(leaf, { nullable: true });
      case 'remove':
        return effect(leaf, { removes: true });
      case 'empty':
      case 'default':
      case undefined:
        if (leaf.kind === 'enum' && as !== 'default') {
          return notApplicable(
            'suppress',
            leaf,
            'an enum has no empty value: use `as: default` (its first symbol), `as: remove` or `constant`',
          );
        }
        return effect(leaf);
    }
  },
  link(spec, { input }) {
    if (input.kind !== 'null' && spec.as !== 'null') return writeFixed(emptyValue(input));
    const status = input.kind === 'null' ? rowKept : rowNull;
    return (column, out) => {
      out.status.fill(status, 0, column.count);
    };
  },
};

/** The empty value of a type that stays valid under its logical type. */
function emptyValue(leaf: Exclude<LeafType, { kind: 'null' }>): FixedValue {
  switch (leaf.kind) {
    case 'boolean':
    case 'int':
    case 'long':
    case 'enum':
      return { shape: 'integer', value: 0n };
    case 'float':
    case 'double':
      return { shape: 'real', value: 0 };
    case 'string':
      return {
        shape: 'span',
        bytes: Buffer.from(
          logicalOf(leaf) === 'uuid' ? '00000000-0000-0000-0000-000000000000' : '',
          'latin1',
        ),
      };
    case 'bytes':
      // A decimal of no bytes is not a number for other readers; one zero byte is 0.
      return { shape: 'span', bytes: new Uint8Array(logicalOf(leaf) === 'decimal' ? 1 : 0) };
    case 'fixed':
      return { shape: 'span', bytes: new Uint8Array(leaf.size) };
  }
}
