import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folder, lethe } from './lethe.ts';
import { configHead } from './network-scene.ts';

test('a configuration that is none is bad input', async (t) => {
  const cwd = folder(t, { 'lethe.yaml': `${configHead()}audit: { sample: 0 }\n` });
  const { code, err } = await lethe(['audit', '--config', 'lethe.yaml', '--once'], { cwd });
  assert.equal(code, 2);
  assert.match(err, /audit\.sample/);
});

test('a format that is not known is refused, and help shows how', async () => {
  const { code } = await lethe(['audit', '--config', 'lethe.yaml', '--format', 'prose']);
  assert.equal(code, 2);
  const { out } = await lethe(['audit', '--help']);
  assert.match(out, /lethe audit --config lethe\.yaml --once/);
});
