import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lethe } from '../../../src/anonymization/annotations/lethe.ts';
import { noMark } from '../../../src/anonymization/annotations/mark.ts';
import { mark, place, readWith } from './marks.ts';

const read = (...marks: unknown[]): ReturnType<typeof readWith> =>
  readWith(lethe, place(marks.map((one) => ({ lethe: one }))));

test('a text is a tag, except public', () => {
  assert.deepEqual(read('EMAIL').here, mark({ tags: ['EMAIL'] }));
  assert.deepEqual(read('public').here, mark({ public: true }));
});

test('an object gives tags, a technique, public and override', () => {
  assert.deepEqual(
    read({ tags: ['A', 'B'], technique: { technique: 'suppress' } }).here,
    mark({ tags: ['A', 'B'], technique: { technique: 'suppress' } }),
  );
  assert.deepEqual(
    read({ public: true, override: true }).here,
    mark({ public: true, override: true }),
  );
  assert.deepEqual(
    read({ tags: ['A'], override: true }).here,
    mark({ tags: ['A'], override: true }),
  );
  assert.deepEqual(read({}).here, noMark);
});

test('keys and values are marked apart, on maps only', () => {
  const marks = [{ lethe: { keys: 'USER', values: { public: true }, tags: ['PII'] } }];
  const onMap = readWith(lethe, place(marks, { isMap: true }));
  assert.deepEqual(onMap.problems, []);
  assert.deepEqual(
    [onMap.here, onMap.keys, onMap.values],
    [mark({ tags: ['PII'] }), mark({ tags: ['USER'] }), mark({ public: true })],
  );
  assert.equal(readWith(lethe, place(marks)).problems[0]?.code, 'MARK_INVALID');
});

test('a field may mark a map whose type marks its keys', () => {
  const marks = [{ lethe: 'public' }, { lethe: { keys: 'USER' } }];
  const onMap = readWith(lethe, place(marks, { isMap: true }));
  assert.deepEqual(onMap.problems, []);
  assert.deepEqual([onMap.here, onMap.keys], [mark({ public: true }), mark({ tags: ['USER'] })]);
});

test('a field and its type say it together, and may not disagree', () => {
  assert.deepEqual(read('A', { tags: ['A', 'B'] }).here, mark({ tags: ['A', 'B'] }));
  assert.deepEqual(read('A', { technique: { technique: 'mask' }, override: true }).here, {
    tags: ['A'],
    public: false,
    override: true,
    technique: { technique: 'mask' },
  });
  assert.deepEqual(read('public', 'public').here, mark({ public: true }));
  assert.equal(read('A', 'public').problems[0]?.code, 'MARK_CONFLICT');
  const technique = (name: string): unknown => ({ technique: { technique: name } });
  assert.deepEqual(read(technique('keep'), technique('keep')).problems, []);
  assert.equal(read(technique('keep'), technique('mask')).problems[0]?.code, 'MARK_CONFLICT');
});

test('provenance of an earlier plan is no mark, but tags beside it are not let go', () => {
  assert.deepEqual(read({ technique: 'mask', domain: 'd', plan: 'abc' }).here, noMark);
  assert.deepEqual(read({ technique: 'mask', domain: 'd', plan: 'abc' }).problems, []);
  assert.equal(read({ tags: ['PII'], plan: 'abc' }).problems[0]?.code, 'MARK_INVALID');
});

test('malformed marks are refused with the path', () => {
  const wrong: readonly unknown[] = [
    '',
    ' ',
    7,
    null,
    true,
    ['EMAIL'],
    { tag: 'EMAIL' },
    { tags: 'EMAIL' },
    { tags: [1] },
    { public: 'yes' },
    { override: 1, tags: ['A'] },
    { override: true },
    { public: true, tags: ['A'] },
    { public: true, technique: { technique: 'keep' } },
    { technique: 'suppress' },
    { technique: null },
    { keys: 7 },
    { keys: { values: 'A' } },
  ];
  for (const one of wrong)
    assert.deepEqual(
      read(one).problems.map(({ code, path }) => [code, path]),
      [['MARK_INVALID', 'a.b']],
      JSON.stringify(one),
    );
});
