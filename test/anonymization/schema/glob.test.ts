import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { advance, matches, startStates, stateKey } from '../../../src/anonymization/schema/glob.ts';
import { parsePath, renderPath, type Segment } from '../../../src/anonymization/schema/path.ts';

function patternsOf(texts: readonly string[]): Parameters<typeof startStates>[0] {
  return {
    patterns: texts.map((text) => {
      const parsed = parsePath(text);
      assert.ok(parsed.ok, text);
      return parsed.segments;
    }),
  };
}

function matched(texts: readonly string[], path: string): readonly string[] {
  const set = patternsOf(texts);
  const parsed = parsePath(path);
  assert.ok(parsed.ok);
  let states = startStates(set);
  for (const segment of parsed.segments) states = advance(set, states, segment as Segment);
  return matches(set, states).map((index) => texts[index]!);
}

test('a star is one field name, two stars are any segments, everything else is literal', () => {
  const all = ['a.b', 'a.*', '*.b', '**', '**.b', 'a.**', 'a.**.b', 'a.**.**.b', '*', 'a.b[]'];
  assert.deepEqual(matched(all, 'a.b'), [
    'a.b',
    'a.*',
    '*.b',
    '**',
    '**.b',
    'a.**',
    'a.**.b',
    'a.**.**.b',
  ]);
  assert.deepEqual(matched(all, 'a'), ['**', 'a.**', '*']);
  assert.deepEqual(matched(all, 'a.b[]'), ['**', 'a.**', 'a.b[]']);
  assert.deepEqual(matched(all, 'a[].x{}.b'), ['**', '**.b', 'a.**', 'a.**.b', 'a.**.**.b']);
  assert.deepEqual(matched(['a.bc', 'ab.b'], 'a.b'), [], 'no string prefixes');
  assert.deepEqual(matched(['a{}', 'a{key}', 'a[]'], 'a{key}'), ['a{key}']);
});

test('a branch is matched by its short and its full name', () => {
  const set = patternsOf(['p<Refund>.x', 'p<acme.Refund>.x', 'p<other.Refund>.x']);
  const path: Segment[] = [
    { kind: 'field', name: 'p' },
    { kind: 'branch', name: 'Refund', fullName: 'acme.Refund' },
    { kind: 'field', name: 'x' },
  ];
  const states = path.reduce((now, segment) => advance(set, now, segment), startStates(set));
  assert.deepEqual(matches(set, states), [0, 1]);
});

test('the automaton agrees with a regular expression over segments', () => {
  const name = fc.constantFrom('a', 'b');
  const pattern = fc.array(fc.constantFrom('a', 'b', '*', '**'), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(pattern, fc.array(name, { minLength: 1, maxLength: 6 }), (parts, path) => {
      const source = parts
        .map((part) => (part === '**' ? '(?:/[ab])*' : part === '*' ? '/[ab]' : `/${part}`))
        .join('');
      const expected = new RegExp(`^${source}$`).test(`/${path.join('/')}`);
      const text = renderPath(path.map((one) => ({ kind: 'field', name: one })));
      assert.equal(matched([parts.join('.')], text).length === 1, expected);
    }),
    { numRuns: 500 },
  );
});

test('there are finitely many states, however deep the path', () => {
  const set = patternsOf(['**.a.**.b', 'a.*.a', '**']);
  const seen = new Set<string>();
  let states = startStates(set);
  for (let depth = 0; depth < 1000; depth++) {
    seen.add(stateKey(states));
    states = advance(set, states, { kind: 'field', name: depth % 3 === 0 ? 'a' : 'b' });
  }
  assert.ok(seen.size < 20);
});
