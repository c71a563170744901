import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder, lethe } from './lethe.ts';

test('keys are created, rotated and listed, and never shown', async (t) => {
  const cwd = folder(t, {});
  const version = (name: string) => ['--directory', 'keys', '--key-version', name];
  const created = await lethe(['keys', 'create', ...version('v1')], { cwd });
  assert.equal(created.code, 0, created.err);
  assert.match(created.out, /keys\.current: "v1"/);
  const rotated = await lethe(['keys', 'rotate', ...version('v2')], { cwd });
  assert.equal(rotated.code, 0, rotated.err);
  const listed = await lethe(['keys', 'list', '--directory', 'keys'], { cwd });
  assert.deepEqual(
    listed.out
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]),
    ['VERSION', 'v1', 'v2'],
  );
  const json: unknown = JSON.parse(
    (await lethe(['keys', 'list', '--directory', 'keys', '--json'], { cwd })).out,
  );
  assert.equal(Array.isArray(json) && json.length, 2);
  const said = [created, rotated, listed].map(({ stdout }) => stdout);
  for (const name of readdirSync(join(cwd, 'keys'))) {
    const key = readFileSync(join(cwd, 'keys', name));
    assert.equal(key.length, 32);
    for (const text of said) {
      assert.ok(!text.includes(key));
      assert.ok(!text.includes(key.toString('hex')));
    }
  }
});

test('a key is never overwritten, and a rotation needs something to rotate', async (t) => {
  const cwd = folder(t, {});
  const args = ['--directory', 'keys', '--key-version', 'v1'];
  const early = await lethe(['keys', 'rotate', ...args], { cwd });
  assert.equal(early.code, 2);
  await lethe(['keys', 'create', ...args], { cwd });
  const again = await lethe(['keys', 'create', ...args], { cwd });
  assert.equal(again.code, 2);
  assert.match(again.err, /KEY_VERSION_EXISTS/);
});
