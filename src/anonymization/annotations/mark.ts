/**
 * What the owner of the data says, in one shape for every dialect. A *place* is everything that shares one path: a field object and
 * the object of its type, together with the branch of a nullable union, are one place.
 */
import type { Problem } from '../../foundation/errors.ts';
import type { Attributes } from '../schema/tree.ts';

export type DialectName = 'confluent:tags' | 'metadata.tags' | 'lethe';

export type MarkProblem = Problem<'MARK_INVALID' | 'MARK_CONFLICT' | 'MARK_UNMATCHED'>;

/** What one dialect says at one place. */
export interface Mark {
  readonly tags: readonly string[];
  readonly public: boolean;
  /** Beats whatever any dialect says above. */
  readonly override: boolean;
  /** A technique that the owner names, not yet judged; `undefined` for none. */
  readonly technique: unknown;
}

export const noMark: Mark = { tags: [], public: false, override: false, technique: undefined };

/** What is written at one place, read by one dialect. `keys` and `values` are for what is below a map. */
export interface PlaceMarks {
  readonly here: Mark;
  readonly keys: Mark;
  readonly values: Mark;
}

/** A place as dialects see it. */
export interface Place {
  /** Path for messages and sources. */
  readonly path: string;
  /** Attributes of the field, of the type, of wrappers: all that shares the path. */
  readonly attributes: readonly Attributes[];
  /** Names under which external annotations know the place: `acme.Customer.email`, and the full name of a named type. */
  readonly names: readonly string[];
  readonly isMap: boolean;
}

/** One dialect: reads a place, reporting what it can't understand. */
export interface Dialect {
  readonly name: DialectName;
  read(place: Place, report: (problem: MarkProblem) => void): PlaceMarks;
}

export function isEmpty(mark: Mark): boolean {
  return mark.tags.length === 0 && !mark.public && mark.technique === undefined;
}

/** Reads an array of tags: strings that are not empty. */
export function readTags(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const tags = value.filter(
    (one): one is string => typeof one === 'string' && one.trim() !== '' && one.length <= 256,
  );
  return tags.length === value.length ? [...new Set(tags)] : undefined;
}
