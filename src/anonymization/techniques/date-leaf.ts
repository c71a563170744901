import type { Problem } from '../../foundation/errors.ts';
import type { LeafType } from '../schema/tree.ts';
import type { TechniqueName } from '../rules/technique-spec.ts';
import { logicalOf, notApplicable } from './applicability.ts';

/**
 * How a leaf holds dates: an integer with so many ticks a day, or ISO 8601 text. Null for leaves that hold none.
 */
export type DateForm =
  { readonly form: 'ticks'; readonly perDay: number } | { readonly form: 'text' };

/** The date form of a leaf: `date`, `timestamp-*` and `local-timestamp-*`, and plain strings. */
export function dateFormOf(leaf: LeafType): DateForm | null {
  const logical = logicalOf(leaf);
  if (leaf.kind === 'string' && logical === null) return { form: 'text' };
  switch (logical) {
    case 'date':
      return { form: 'ticks', perDay: 1 };
    case 'timestamp-millis':
    case 'local-timestamp-millis':
      return { form: 'ticks', perDay: 86_400_000 };
    case 'timestamp-micros':
    case 'local-timestamp-micros':
      return { form: 'ticks', perDay: 86_400_000_000 };
    case 'timestamp-nanos':
    case 'local-timestamp-nanos':
      return { form: 'ticks', perDay: 86_400_000_000_000 };
    case null:
    default:
      return null;
  }
}

/** The refusal of a date technique on a leaf that holds no date. */
export function noDate(technique: TechniqueName, leaf: LeafType): readonly Problem[] {
  return notApplicable(
    technique,
    leaf,
    'give the field logicalType date or timestamp-*, make it a string, or use bucket, suppress or encrypt',
  );
}
