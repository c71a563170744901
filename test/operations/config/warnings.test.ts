import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../src/operations/config/parse.ts';
import { context, smallText } from './example.ts';

const warned = (text: string): readonly string[] =>
  parseConfig(text, context).warnings.map(({ path }) => path);

test('a usual file gives no warning', () => {
  assert.deepEqual(warned(smallText), []);
});

for (const [what, from, to, path] of [
  ['raw record keys', 'technique: pseudonymize, domain: id', 'technique: keep', 'routes[0].key'],
  [
    'delivery to another cluster, which is at least once',
    'to: { topic',
    'to: { cluster: open, topic',
    'routes[0].to.cluster',
  ],
  [
    'a server that is not authenticated',
    "['localhost:9092']",
    "['localhost:9092'], tls: { rejectUnauthorized: false }",
    'kafka.main.tls.rejectUnauthorized',
  ],
] as const)
  test(`${what} gives a warning`, () => {
    const two = smallText.replace('registry:', "  open: { bootstrapServers: ['b:1'] }\nregistry:");
    assert.deepEqual(warned(two.replace(from, to)), [path]);
  });
