import type { PatternSegment, Segment } from './path.ts';

/**
 * Path patterns as one small automaton over segments: `*` is one field name, `**` any number of segments of any kind. Its state
 * set is carried down the schema tree, so that a recursive schema is matched in finitely many steps.
 */
export interface PatternSet {
  readonly patterns: readonly (readonly PatternSegment[])[];
}

/** For each pattern the positions it may be in, as sorted `pattern:position` pairs. Equal sets have equal {@link stateKey}s. */
export type PatternStates = readonly (readonly [pattern: number, position: number])[];

/** The states at the root. */
export function startStates(set: PatternSet): PatternStates {
  return close(
    set,
    set.patterns.map((_, index) => [index, 0] as const),
  );
}

/** The states after one more segment. */
export function advance(set: PatternSet, states: PatternStates, segment: Segment): PatternStates {
  const next: (readonly [number, number])[] = [];
  for (const [pattern, position] of states) {
    const expected = set.patterns[pattern]?.[position];
    if (expected === undefined) continue;
    if (expected.kind === 'any-number') next.push([pattern, position]);
    else if (accepts(expected, segment)) next.push([pattern, position + 1]);
  }
  return close(set, next);
}

/** The patterns that end here, ascending. */
export function matches(set: PatternSet, states: PatternStates): readonly number[] {
  return [
    ...new Set(
      states
        .filter(([pattern, position]) => position === set.patterns[pattern]?.length)
        .map(([pattern]) => pattern),
    ),
  ].sort((one, other) => one - other);
}

/** Text that is equal for equal state sets. */
export function stateKey(states: PatternStates): string {
  return states.map(([pattern, position]) => `${pattern}:${position}`).join(',');
}

/** Adds what `**` reaches by standing for nothing. */
function close(set: PatternSet, states: PatternStates): PatternStates {
  const found = new Map<string, readonly [number, number]>();
  const pending = [...states];
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    const [pattern, position] = state;
    const key = `${pattern}:${position}`;
    if (found.has(key)) continue;
    found.set(key, state);
    if (set.patterns[pattern]?.[position]?.kind === 'any-number')
      pending.push([pattern, position + 1]);
  }
  return [...found.values()].sort(
    ([pattern, position], [other, where]) => pattern - other || position - where,
  );
}

function accepts(expected: PatternSegment, segment: Segment): boolean {
  switch (expected.kind) {
    case 'field':
      return segment.kind === 'field' && segment.name === expected.name;
    case 'branch':
      return (
        segment.kind === 'branch' &&
        (segment.name === expected.name || segment.fullName === expected.name)
      );
    case 'any-field':
      return segment.kind === 'field';
    case 'items':
    case 'values':
    case 'keys':
      return segment.kind === expected.kind;
    case 'any-number':
      return true;
  }
}
