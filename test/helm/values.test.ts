import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { chartReadme } from '../../scripts/chart/chart-readme.ts';
import { chartJsonSchema } from '../../scripts/chart/chart-schema.ts';
import { describedValues } from '../../scripts/chart/described-values.ts';
import { chartSchema } from '../../scripts/chart/values-schema.ts';
import { at, chartFile } from './chart.ts';

const text = chartFile('values.yaml');
const values = describedValues(text);

test('every value has a sentence', () => {
  assert.ok(values.length > 80);
  for (const { path, description } of values)
    assert.match(description, /^[A-Z].{5,}[.)]$/, path.join('.'));
});

test('defaults are what the schema allows', () => {
  const own = parse(text) as Record<string, unknown>;
  // These have the service's schema.
  assert.deepEqual(
    [own['config'], at(own, 'warden', 'config'), at(own, 'auditor', 'config')],
    [{}, {}, {}],
  );
  delete own['config'];
  for (const name of ['warden', 'auditor']) delete (own[name] as Record<string, unknown>)['config'];
  const parsed = chartSchema.safeParse(own);
  assert.deepEqual(parsed.error?.issues ?? [], []);
});

test('every key of the schema has a default in values.yaml', () => {
  const listed = new Set(values.map(({ path }) => path.join('.')));
  const walk = (node: unknown, path: readonly string[]): void => {
    for (const [key, child] of Object.entries(at(node, 'properties') ?? {})) {
      const full = [...path, key];
      if (['config', 'warden.config', 'auditor.config'].includes(full.join('.'))) continue;
      assert.ok(full[0] === 'global' || listed.has(full.join('.')), full.join('.'));
      walk(child, full);
    }
  };
  walk(chartJsonSchema(values), []);
});

test('the schema is closed at every level that the chart knows', () => {
  const schema = chartJsonSchema(values);
  const walk = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    if (at(node, 'properties') !== undefined && !path.includes('extraEnv'))
      assert.equal(at(node, 'additionalProperties'), false, path);
    for (const [key, child] of Object.entries(node)) walk(child, `${path}/${key}`);
  };
  walk({ ...schema, definitions: undefined }, '');
});

test('schema and README are those of the sources', () => {
  const generated = `${JSON.stringify(chartJsonSchema(values), null, 2)}\n`;
  // Not equal(): the difference of two such texts is no help.
  assert.ok(chartFile('values.schema.json') === generated, 'run "npm run generate"');
  assert.ok(chartFile('README.md') === chartReadme(values), 'run "npm run generate"');
});

test('a value without a sentence is refused', () => {
  assert.throws(() => describedValues('# A group.\na:\n  b: 1\n'), /above "a.b"/);
});
