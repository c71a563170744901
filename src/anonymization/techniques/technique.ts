import type { KeyRing } from '../crypto/key-ring.ts';
import type { LeafType } from '../schema/tree.ts';
import type { Problem } from '../../foundation/errors.ts';
import type { TechniqueSpec } from '../rules/technique-spec.ts';
import type { Transform } from './column.ts';

/** The groups of ISO/IEC 20889 that techniques belong to. */
export type TechniqueGroup =
  | 'suppression'
  | 'masking'
  | 'pseudonymization'
  | 'cryptographic'
  | 'generalization'
  | 'randomization'
  | 'none';

/** What a technique promises for a leaf, checked while a plan is compiled. */
export interface Effect {
  /** The leaf type of what is written. The source type where the technique keeps it. */
  readonly output: LeafType;
  /** Equal values give equal replacements, whatever the record coordinates. */
  readonly deterministic: boolean;
  /** The original can be computed from the replacement and the key. */
  readonly reversible: boolean;
  /** Different values give different replacements (up to the collision bound of the token). */
  readonly injective: boolean;
  /** The technique may answer `rowNull`; the compiler then asks for a union with null around the leaf. */
  readonly nullable: boolean;
  /** The field is taken out of the output schema and out of the bytes; `link` is then never called. */
  readonly removes: boolean;
}

/** What a technique is given when a plan is linked for a thread. */
export interface LinkContext {
  readonly keys: KeyRing;
  /** Path of the step, bound into nonces and associated data. */
  readonly path: string;
  /** The leaf type of the column. */
  readonly input: LeafType;
  readonly output: LeafType;
}

/**
 * One technique: what it may be put on, and how it turns a column into replacements.
 *
 * Replay law: `link(...)` returns a function of (value, key, record coordinates) only: never of time, process state, neighbours in the
 * batch, or a fresh random number.
 */
export interface Technique<Name extends TechniqueSpec['technique'] = TechniqueSpec['technique']> {
  readonly name: Name;
  readonly group: TechniqueGroup;
  /** Returns the effect, or every reason why the technique can't be put on this leaf (paths are filled by the caller). */
  check(
    spec: Extract<TechniqueSpec, { technique: Name }>,
    leaf: LeafType,
    nullable: boolean,
  ): Effect | readonly Problem[];
  link(spec: Extract<TechniqueSpec, { technique: Name }>, context: LinkContext): Transform;
}
