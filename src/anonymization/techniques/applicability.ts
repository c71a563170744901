import type { Problem } from '../../foundation/errors.ts';
import type { LeafType } from '../schema/tree.ts';
import type { TechniqueName } from '../rules/technique-spec.ts';
import type { Effect } from './technique.ts';

/** Why a technique can't be put on a leaf. */
export type TechniqueProblemCode = 'TECHNIQUE_NOT_APPLICABLE' | 'TECHNIQUE_PARAMETER_INVALID';

/** An effect that keeps the leaf type and promises nothing; say only what differs. */
export function effect(output: LeafType, promises: Partial<Effect> = {}): Effect {
  return {
    output,
    deterministic: true,
    reversible: false,
    injective: false,
    nullable: false,
    removes: false,
    ...promises,
  };
}

/** The refusal of a technique on a leaf, with what to do instead. */
export function notApplicable(
  technique: TechniqueName,
  leaf: LeafType,
  remedy: string,
): readonly Problem<TechniqueProblemCode>[] {
  return [
    {
      code: 'TECHNIQUE_NOT_APPLICABLE',
      path: '',
      message: `${remedy}: "${technique}" does not fit ${describe(leaf)}`,
    },
  ];
}

/** The refusal of a parameter that makes no sense, alone or on this leaf. */
export function invalidParameter(message: string): readonly Problem<TechniqueProblemCode>[] {
  return [{ code: 'TECHNIQUE_PARAMETER_INVALID', path: '', message }];
}

/** The logical type's name, or null where the leaf is what its base type says. */
export function logicalOf(leaf: LeafType): string | null {
  return 'logical' in leaf ? leaf.logical.name : null;
}

/** A leaf type in words: `fixed(8)`, `int (date)`. */
export function describe(leaf: LeafType): string {
  const base = leaf.kind === 'fixed' ? `fixed(${leaf.size})` : leaf.kind;
  const logical = logicalOf(leaf);
  return logical === null ? base : `${base} (${logical})`;
}
