import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folder, lethe } from './lethe.ts';
import { configHead } from './network-scene.ts';

test('without a section isolation there is nothing to keep', async (t) => {
  const cwd = folder(t, { 'lethe.yaml': configHead() });
  const { code, err } = await lethe(['warden', '--config', 'lethe.yaml'], { cwd });
  assert.equal(code, 2);
  assert.match(err, /CLI_OPTION_INVALID.*Add the section "isolation"/s);
});

test('a kubeconfig that is none is bad input', async (t) => {
  const cwd = folder(t, { 'lethe.yaml': `${configHead()}isolation: { mode: brokers }\n` });
  const { code, err } = await lethe(
    ['warden', '--config', 'lethe.yaml', '--kubeconfig', 'absent.yaml'],
    { cwd },
  );
  assert.notEqual(code, 0);
  assert.match(err, /KUBECONFIG_INVALID/);
});

test('a mode that is not known is refused, and help shows how', async (t) => {
  const cwd = folder(t, { 'lethe.yaml': configHead() });
  const { code } = await lethe(['warden', '--config', 'lethe.yaml', '--mode', 'fix'], { cwd });
  assert.equal(code, 2);
  const { out } = await lethe(['warden', '--help']);
  assert.match(out, /lethe warden --config lethe\.yaml --mode observe/);
});
