import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MarkProblem } from '../../../src/anonymization/annotations/mark.ts';
import { globMatches, metadataTags } from '../../../src/anonymization/annotations/metadata-tags.ts';
import { mark, place, readWith } from './marks.ts';

function problemsOf(metadata: unknown, names: readonly string[] = []): readonly string[] {
  const problems: MarkProblem[] = [];
  const report = (problem: MarkProblem): number => problems.push(problem);
  const dialect = metadataTags(metadata, report);
  dialect.read(place([], { names }), report);
  dialect.reportUnmatched(report);
  return problems.map(({ code, path }) => `${code} ${path}`);
}

test('a question mark is one character, a star stays in its segment, two stars cross dots', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['acme.Customer.email', 'acme.Customer.email', true],
    ['acme.Customer.emai?', 'acme.Customer.email', true],
    ['acme?Customer.email', 'acme.Customer.email', false],
    ['acme.*.email', 'acme.Customer.email', true],
    ['*.email', 'acme.Customer.email', false],
    ['**.email', 'acme.Customer.email', true],
    ['acme.**', 'acme.Customer.email', true],
    ['**', 'acme.Customer.email', true],
    ['acme.Cust*', 'acme.Customer', true],
    ['acme.Cust*', 'acme.Customer.email', false],
    ['acme.user', 'acme.userProfile', false],
    ['acme.user.*', 'acme.userProfile.email', false],
    ['', '', true],
    ['*', '', true],
    ['?', '', false],
  ];
  for (const [glob, name, expected] of cases)
    assert.equal(globMatches(glob, name), expected, `${glob} ${name}`);
});

test('a hostile pattern costs no more than pattern times name', () => {
  const started = performance.now();
  assert.equal(globMatches('**a'.repeat(200), 'a'.repeat(199)), false);
  assert.ok(performance.now() - started < 2000);
});

test('all patterns that match a place give their tags', () => {
  const tags = { 'acme.Customer.*': ['PII'], '**.email': ['EMAIL', 'PII'], 'acme.Order.*': ['X'] };
  const dialect = metadataTags({ tags, properties: {} }, () => assert.fail());
  const { here } = readWith(dialect, place([], { names: ['acme.Customer.email'] }));
  assert.deepEqual(here, mark({ tags: ['PII', 'EMAIL'] }));
});

test('a path without wildcards that names nothing is refused, a glob may match nothing', () => {
  const metadata = { tags: { 'acme.Customer.emial': ['PII'], '**.nothing': ['PII'] } };
  assert.deepEqual(problemsOf(metadata, ['acme.Customer.email']), [
    'MARK_UNMATCHED acme.Customer.emial',
  ]);
});

test('absent metadata says nothing, malformed metadata is refused', () => {
  for (const absent of [undefined, null, {}, { tags: null }, { tags: {} }, { properties: {} }])
    assert.deepEqual(problemsOf(absent), []);
  assert.deepEqual(problemsOf('PII'), ['MARK_INVALID metadata']);
  assert.deepEqual(problemsOf({ tags: ['PII'] }), ['MARK_INVALID metadata.tags']);
  assert.deepEqual(problemsOf({ tags: { 'a.*': 'PII' } }), ['MARK_INVALID metadata.tags.a.*']);
  assert.deepEqual(problemsOf({ tags: { '': ['PII'] } }), ['MARK_INVALID metadata.tags.']);
});
