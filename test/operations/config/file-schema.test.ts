import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { configJsonSchema } from '../../../src/operations/config/file-schema.ts';

test('the JSON Schema in schemas/ is the one of the source', () => {
  const file = new URL('../../../schemas/lethe.schema.json', import.meta.url);
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), configJsonSchema());
});

test('the JSON Schema refuses unknown keys and describes every section', () => {
  const schema = configJsonSchema();
  assert.equal(schema['additionalProperties'], false);
  assert.deepEqual(schema['required'], ['kafka', 'registry', 'keys', 'rules', 'routes']);
  const sections = schema['properties'];
  assert.ok(typeof sections === 'object' && sections !== null);
  for (const [name, section] of Object.entries(sections))
    assert.ok(
      typeof section === 'object' && section !== null && 'description' in section,
      `${name} has no description`,
    );
});
