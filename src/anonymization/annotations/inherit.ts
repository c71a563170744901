/**
 * From marks to what holds at a place: inherited along the tree per dialect, the nearest mark wins within its dialect, and at a
 * leaf all dialects are joined.
 */
import {
  isEmpty,
  noMark,
  type Dialect,
  type DialectName,
  type Mark,
  type MarkProblem,
  type Place,
} from './mark.ts';

/** A mark and the place that it was written at. */
export interface PlacedMark {
  readonly mark: Mark;
  readonly at: string;
}

/** The marks in force, at most one a dialect. */
export type Inherited = ReadonlyMap<DialectName, PlacedMark>;

export const nothingInherited: Inherited = new Map();

/** The marks in force at a place, and those that a map there has for its keys and values. */
export interface MarksAtPlace {
  readonly effective: Inherited;
  readonly keys: Mark;
  readonly values: Mark;
}

/**
 * Enters a place. `fromMap` is what the map above says about its keys or values: it counts as written here.
 */
export function enterPlace(
  above: Inherited,
  place: Place,
  fromMap: Mark,
  dialects: readonly Dialect[],
  report: (problem: MarkProblem) => void,
): MarksAtPlace {
  const effective = new Map(above);
  let keys = noMark;
  let values = noMark;
  const own = dialects.map((dialect) => {
    const read = dialect.read(place, report);
    if (dialect.name !== 'lethe') return { dialect, mark: read.here };
    ({ keys, values } = read);
    if (isEmpty(fromMap)) return { dialect, mark: read.here };
    if (!isEmpty(read.here) && !sameMark(read.here, fromMap))
      report({
        code: 'MARK_CONFLICT',
        path: place.path,
        message: 'mark the place once: the map and the type of its values disagree',
      });
    return { dialect, mark: fromMap };
  });
  for (const { mark } of own)
    if (opens(mark) && !mark.override) refusePublicBelowTags(above, place, report);
  if (own.some(({ mark }) => mark.override)) effective.clear();
  for (const { dialect, mark } of own)
    if (!isEmpty(mark)) effective.set(dialect.name, { mark, at: place.path });
  return { effective, keys, values };
}

/** Whether a mark lets the value pass: `public`, or the technique `keep`. */
function opens({ public: open, technique }: Mark): boolean {
  if (open) return true;
  return (
    typeof technique === 'object' &&
    technique !== null &&
    'technique' in technique &&
    technique.technique === 'keep'
  );
}

function refusePublicBelowTags(
  above: Inherited,
  place: Place,
  report: (problem: MarkProblem) => void,
): void {
  for (const [dialect, { mark, at }] of above)
    if (!opens(mark))
      report({
        code: 'MARK_CONFLICT',
        path: place.path,
        message: `write "override": true beside it to make a part public of what ${dialect} marks at ${at}`,
      });
}

function sameMark(one: Mark, other: Mark): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What all dialects together say about one leaf. */
export interface LeafMarks {
  readonly tags: readonly string[];
  /** Where the leaf was called public; `null` if it was not. */
  readonly public: string | null;
  /** The owner's own technique, not yet judged; `undefined` for none. */
  readonly technique: unknown;
  /** Tags of the mark that names the technique, which stands in for their rules. */
  readonly techniqueTags: readonly string[];
  /** As `EMAIL (confluent:tags at customer.email)`. */
  readonly sources: readonly string[];
}

/** Joins the dialects at a leaf: tags unite; public from one and tags from another is a conflict. */
export function joinDialects(
  effective: Inherited,
  path: string,
  report: (problem: MarkProblem) => void,
): LeafMarks {
  const tags = new Set<string>();
  const sources: string[] = [];
  let open: string | null = null;
  let technique: unknown;
  let techniqueTags: readonly string[] = [];
  for (const [dialect, { mark, at }] of effective) {
    for (const tag of mark.tags) {
      tags.add(tag);
      sources.push(`${tag} (${dialect} at ${at})`);
    }
    if (mark.public) {
      open = `public (${dialect} at ${at})`;
      sources.push(open);
    }
    if (mark.technique !== undefined) {
      technique = mark.technique;
      techniqueTags = mark.tags;
      sources.push(`technique (${dialect} at ${at})`);
    }
  }
  if (open !== null && tags.size > 0)
    report({
      code: 'MARK_CONFLICT',
      path,
      message: `decide whether the leaf is public or tagged: the sources are ${sources.join(', ')}`,
    });
  return { tags: [...tags], public: open, technique, techniqueTags, sources };
}

/** Text that is equal where the same marks are in force, wherever they were written. */
export function inheritedKey(inherited: Inherited): string {
  return [...inherited]
    .map(([dialect, { mark }]) =>
      JSON.stringify([dialect, [...mark.tags].sort(), mark.public, mark.technique ?? null]),
    )
    .sort()
    .join('');
}
