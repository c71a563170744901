import {
  noMark,
  type Dialect,
  type Mark,
  type MarkProblem,
  type Place,
  type PlaceMarks,
} from '../../../src/anonymization/annotations/mark.ts';
import type { Attributes } from '../../../src/anonymization/schema/tree.ts';

/** A place with what is written on it. */
export function place(
  attributes: readonly Attributes[],
  options: Partial<Omit<Place, 'attributes'>> = {},
): Place {
  return { path: 'a.b', names: [], isMap: false, attributes, ...options };
}

/** Reads a place, with the problems. */
export function readWith(
  dialect: Dialect,
  where: Place,
): PlaceMarks & { readonly problems: readonly MarkProblem[] } {
  const problems: MarkProblem[] = [];
  const marks = dialect.read(where, (problem) => problems.push(problem));
  return { ...marks, problems };
}

/** A mark that says only what is given. */
export function mark(words: Partial<Mark>): Mark {
  return { ...noMark, ...words };
}
