import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { KubernetesError } from '../../../src/isolation/cluster/errors.ts';
import { loadKubeConfig } from '../../../src/isolation/cluster/kube-config.ts';
import { kubeconfigFor } from './fake-api-server.ts';

function file(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'lethe-kubeconfig-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'config'), text);
  return join(folder, 'config');
}

const refused = (load: () => unknown, text: RegExp): void =>
  assert.throws(load, (error) => {
    assert.ok(error instanceof KubernetesError);
    assert.equal(error.code, 'KUBECONFIG_INVALID');
    assert.match(error.message, text);
    return true;
  });

it('a context is the current one unless another is chosen', (t) => {
  const kubeconfig = file(t, kubeconfigFor('https://one.example'));
  assert.equal(loadKubeConfig({ kubeconfig, context: null }).currentContext, 'one');
  const other = loadKubeConfig({ kubeconfig, context: 'two' });
  assert.equal(other.getCurrentUser()?.name, 'v');
});

it('a context that is not there, or names what is not there, is refused', (t) => {
  const kubeconfig = file(t, kubeconfigFor('https://one.example'));
  refused(
    () => loadKubeConfig({ kubeconfig, context: 'three' }),
    /"three" is none of "one", "two"/,
  );
  refused(() => loadKubeConfig({ kubeconfig, context: 'broken' }), /names no cluster or no user/);
});

it('a file that is none, or nonsense, is refused', (t) => {
  refused(() => loadKubeConfig({ kubeconfig: '/nowhere', context: null }), /"\/nowhere" is none/);
  const kubeconfig = file(t, 'a: [');
  refused(() => loadKubeConfig({ kubeconfig, context: null }), /is none/);
});

it('no file at all is refused, where the client would ask its own machine', (t) => {
  const { HOME, KUBECONFIG } = process.env;
  t.after(() => {
    if (HOME !== undefined) process.env['HOME'] = HOME;
    if (KUBECONFIG !== undefined) process.env['KUBECONFIG'] = KUBECONFIG;
  });
  delete process.env['KUBECONFIG'];
  process.env['HOME'] = '/nowhere';
  refused(() => loadKubeConfig({ kubeconfig: null, context: null }), /none was found/);
});
