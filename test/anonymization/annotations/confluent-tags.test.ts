import assert from 'node:assert/strict';
import { test } from 'node:test';
import { confluentTags } from '../../../src/anonymization/annotations/confluent-tags.ts';
import { mark, place, readWith } from './marks.ts';

test('tags of the field and of its type object unite', () => {
  const { here, problems } = readWith(
    confluentTags,
    place([
      { 'confluent:tags': ['PII', 'EMAIL'] },
      { other: 1 },
      { 'confluent:tags': ['PII', 'X'] },
    ]),
  );
  assert.deepEqual(here, mark({ tags: ['PII', 'EMAIL', 'X'] }));
  assert.deepEqual(problems, []);
});

test('no tags and an empty list say nothing', () => {
  assert.deepEqual(readWith(confluentTags, place([{}])).here, mark({}));
  assert.deepEqual(readWith(confluentTags, place([{ 'confluent:tags': [] }])).here, mark({}));
});

test('anything but an array of tag names is refused with the path', () => {
  for (const wrong of [
    'PII',
    null,
    { PII: true },
    [1],
    [''],
    [' '],
    [['PII']],
    ['x'.repeat(257)],
  ]) {
    const { problems } = readWith(confluentTags, place([{ 'confluent:tags': wrong }]));
    assert.deepEqual(
      problems.map(({ code, path }) => [code, path]),
      [['MARK_INVALID', 'a.b']],
    );
  }
});
