import type { Problem } from '../../foundation/errors.ts';
import type { LeafType } from '../schema/tree.ts';
import type { TechniqueName, TechniqueSpec } from '../rules/technique-spec.ts';
import type { Transform } from './column.ts';
import type { Effect, LinkContext, Technique } from './technique.ts';
import { bucket } from './bucket.ts';
import { constant } from './constant.ts';
import { dropRecord } from './drop-record.ts';
import { encryptDeterministic } from './encrypt-deterministic.ts';
import { encrypt } from './encrypt.ts';
import { keep } from './keep.ts';
import { mask } from './mask.ts';
import { pseudonymize } from './pseudonymize.ts';
import { round } from './round.ts';
import { shiftDate } from './shift-date.ts';
import { suppress } from './suppress.ts';
import { truncateDate } from './truncate-date.ts';
import { truncateIp } from './truncate-ip.ts';

/** Every technique by its name in rules. Total: a name without a technique does not compile. */
export const catalogue: { readonly [Name in TechniqueName]: Technique<Name> } = {
  keep,
  suppress,
  'drop-record': dropRecord,
  constant,
  mask,
  pseudonymize,
  encrypt,
  'encrypt-deterministic': encryptDeterministic,
  bucket,
  round,
  'truncate-date': truncateDate,
  'shift-date': shiftDate,
  'truncate-ip': truncateIp,
};

/** The technique of a name, for its group and promises. */
export function techniqueOf<Name extends TechniqueName>(name: Name): Technique<Name> {
  return catalogue[name];
}

/** Any technique, asked with its own spec: which is what the catalogue's index guarantees. */
type Door = Pick<Technique, 'name'> & {
  check(spec: TechniqueSpec, leaf: LeafType, nullable: boolean): Effect | readonly Problem[];
  link(spec: TechniqueSpec, context: LinkContext): Transform;
};

/** The effect of a rule on a leaf, or every reason why it can't be put there (paths are filled by the caller). */
export function check(
  spec: TechniqueSpec,
  leaf: LeafType,
  nullable: boolean,
): Effect | readonly Problem[] {
  const technique: Door = catalogue[spec.technique];
  return technique.check(spec, leaf, nullable);
}

/**
 * Binds a checked and resolved rule to keys. `spec.domain` is the resolved domain.
 *
 * @throws KeyError `KEY_WIPED` when the key ring is no longer in use
 */
export function link(spec: TechniqueSpec, context: LinkContext): Transform {
  const technique: Door = catalogue[spec.technique];
  return technique.link(spec, context);
}
