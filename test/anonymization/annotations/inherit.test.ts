import assert from 'node:assert/strict';
import { test } from 'node:test';
import { confluentTags } from '../../../src/anonymization/annotations/confluent-tags.ts';
import {
  enterPlace,
  inheritedKey,
  joinDialects,
  nothingInherited,
  type Inherited,
  type LeafMarks,
} from '../../../src/anonymization/annotations/inherit.ts';
import { lethe } from '../../../src/anonymization/annotations/lethe.ts';
import { noMark, type MarkProblem } from '../../../src/anonymization/annotations/mark.ts';
import { mark, place } from './marks.ts';

/** Goes down a path of places, each with its attributes, and joins at the end. */
function descend(
  ...places: readonly object[]
): LeafMarks & { codes: readonly string[]; key: string } {
  const problems: MarkProblem[] = [];
  const report = (problem: MarkProblem): number => problems.push(problem);
  let above: Inherited = nothingInherited;
  for (const [depth, attributes] of places.entries())
    above = enterPlace(
      above,
      place([attributes as Record<string, unknown>], { path: `p${depth}` }),
      noMark,
      [confluentTags, lethe],
      report,
    ).effective;
  const joined = joinDialects(above, 'leaf', report);
  return { ...joined, codes: problems.map(({ code }) => code), key: inheritedKey(above) };
}

const confluent = (...tags: string[]): object => ({ 'confluent:tags': tags });

test('a mark is inherited by everything below', () => {
  const { tags, sources } = descend(confluent('PII'), {}, {});
  assert.deepEqual(tags, ['PII']);
  assert.deepEqual(sources, ['PII (confluent:tags at p0)']);
});

test('the nearest mark of a dialect wins, and dialects unite', () => {
  assert.deepEqual(descend(confluent('A'), confluent('B')).tags, ['B']);
  assert.deepEqual(descend(confluent('A'), { lethe: 'B' }).tags, ['A', 'B']);
});

test('public from one dialect and tags from another is a conflict', () => {
  assert.deepEqual(descend({ lethe: 'public', ...confluent('A') }).codes, ['MARK_CONFLICT']);
  assert.deepEqual(descend({ lethe: 'public' }, confluent('A')).codes, ['MARK_CONFLICT']);
});

test('public below a tagged container is a conflict unless it overrides', () => {
  assert.deepEqual(descend({ lethe: 'A' }, { lethe: 'public' }).codes, ['MARK_CONFLICT']);
  assert.ok(descend(confluent('A'), { lethe: 'public' }).codes.includes('MARK_CONFLICT'));
  const open = { lethe: { public: true, override: true } };
  const opened = descend({ lethe: 'A', ...confluent('B') }, open);
  assert.deepEqual([opened.codes, opened.tags], [[], []]);
  assert.equal(opened.public, 'public (lethe at p1)');
});

test('the technique keep opens like public does: below a tag it needs override', () => {
  const keep = { technique: { technique: 'keep' } };
  assert.deepEqual(descend({ lethe: 'A' }, { lethe: keep }).codes, ['MARK_CONFLICT']);
  assert.deepEqual(descend({ lethe: 'A' }, { lethe: { ...keep, override: true } }).codes, []);
  assert.deepEqual(descend({ lethe: 'public' }, { lethe: keep }).codes, []);
  const mask = { technique: { technique: 'mask' } };
  assert.deepEqual(descend({ lethe: 'A' }, { lethe: mask }).codes, []);
});

test('override beats what is above, not what stands at the same place', () => {
  const open = { lethe: { public: true, override: true }, ...confluent('B') };
  assert.deepEqual(descend(confluent('A'), open).codes, ['MARK_CONFLICT']);
});

test('tags below public are nearer, so they win in their dialect', () => {
  const { tags, public: open, codes } = descend({ lethe: 'public' }, { lethe: 'A' });
  assert.deepEqual([tags, open, codes], [['A'], null, []]);
});

test('what the map says about its values counts at the values, and may not disagree with them', () => {
  const problems: MarkProblem[] = [];
  const enter = (attributes: Record<string, unknown>): readonly string[] =>
    joinDialects(
      enterPlace(nothingInherited, place([attributes]), mark({ tags: ['A'] }), [lethe], (problem) =>
        problems.push(problem),
      ).effective,
      'leaf',
      (problem) => problems.push(problem),
    ).tags;
  assert.deepEqual(enter({}), ['A']);
  assert.deepEqual(enter({ lethe: 'A' }), ['A']);
  assert.deepEqual(problems, []);
  enter({ lethe: 'B' });
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['MARK_CONFLICT'],
  );
});

test('equal marks have equal keys, wherever and in whatever order they were written', () => {
  assert.equal(descend(confluent('A', 'B')).key, descend({}, confluent('B', 'A')).key);
  assert.notEqual(descend(confluent('A')).key, descend({ lethe: 'A' }).key);
  assert.notEqual(descend({ lethe: 'public' }).key, descend({}).key);
});
