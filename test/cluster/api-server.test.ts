import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readCluster } from '../../src/isolation/cluster/read-cluster.ts';
import { generate, type GeneratedFile } from '../../src/isolation/policies/generate.ts';
import { flowMap } from '../../src/isolation/topology/flow-map.ts';
import { lethe } from '../cli/lethe.ts';
import { client, declare, snapshotOf } from '../isolation/topology/cluster-fixture.ts';
import { startControlPlane, type ControlPlane } from '../rig/control-plane.ts';
import { execute } from '../rig/execute.ts';
import { kubeconform } from '../rig/go-tools.ts';
import { kubernetesDefinitions } from '../rig/kubernetes-definitions.ts';
import { until } from '../rig/ports.ts';
import { scratch } from '../rig/scratch.ts';

const files = scratch('api-server');
let plane: ControlPlane;

before(async () => {
  plane = await startControlPlane({ customResources: true });
});
after(async () => {
  await plane.stop();
  files.remove();
});

/** Everything that a map may hold: clients of both kinds, an operator, a cache of the name service, a registry in the cluster. */
const declared = declare({
  clients: [
    client('crm', { produces: ['raw.orders'], principal: 'User:crm' }),
    client('lake', { consumes: ['public.orders'], groups: ['lake'], principal: 'User:lake' }),
  ],
  operators: [
    {
      name: 'prometheus',
      workload: { namespace: 'monitoring', podSelector: { app: 'prometheus' } },
      scrapes: ['lethe', 'brokers'],
      administers: [],
      manages: [],
    },
  ],
  dns: {
    namespace: 'kube-system',
    podSelector: { 'k8s-app': 'kube-dns' },
    port: 53,
    nodeLocal: '169.254.20.10',
  },
  registry: { namespace: 'kafka', podSelector: { app: 'registry' }, port: 8081 },
});
const map = flowMap(declared, snapshotOf());
const FLAVOURS = ['networkpolicy', 'clusternetworkpolicy', 'cilium'] as const;
type Served = (typeof FLAVOURS)[number];

function generated(flavour: Served | 'calico'): readonly GeneratedFile[] {
  const { refused, files: all, findings } = generate(map, { flavour });
  assert.equal(refused, false, JSON.stringify(findings));
  const manifests = all.filter(({ path }) => path !== 'kustomization.yaml');
  assert.ok(manifests.length >= 2);
  return manifests;
}

const textOf = (manifests: readonly GeneratedFile[]): string =>
  manifests.map(({ text }) => text).join('---\n');

/** The same with one field of a policy misspelt. */
function misspelt(flavour: Served): string {
  const text = textOf(generated(flavour));
  const field = flavour === 'cilium' ? 'endpointSelector' : 'podSelector';
  const wrong = text.replace(`${field}:`, `${field}r:`);
  assert.notEqual(wrong, text);
  return wrong;
}

describe('generated policies', { timeout: 240_000 }, () => {
  before(async () => {
    for (const name of ['kafka', 'lethe']) await plane.kubectl(['create', 'namespace', name]);
  });

  for (const flavour of FLAVOURS) {
    it(`are taken by the API server to the last field: ${flavour}`, async () => {
      const manifests = textOf(generated(flavour));
      const out = await plane.apply(manifests, ['--dry-run=server']);
      const objects = manifests.match(/^kind: /gm)?.length;
      assert.equal(out.match(/serverside-applied \(server dry run\)/g)?.length, objects);
    });

    it(`are refused by the API server when a field is misspelt: ${flavour}`, async () => {
      const { code, err } = await plane.tryKubectl(
        ['apply', '--server-side', '--validate=strict', '--dry-run=server', '-f', '-'],
        misspelt(flavour),
      );
      assert.notEqual(code, 0);
      assert.match(err, /podSelectorr|endpointSelectorr/);
    });

    it(`hold to the published schema, which refuses a misspelt field: ${flavour}`, async () => {
      const right = await conform(textOf(generated(flavour)));
      assert.equal(right.code, 0, right.out + right.err);
      assert.match(right.out, /Invalid: 0, Errors: 0, Skipped: 0/);
      const wrong = await conform(misspelt(flavour));
      assert.notEqual(wrong.code, 0);
      assert.match(wrong.out, /podSelectorr|endpointSelectorr/);
    });

    it(`are what the API server gives back: ${flavour}`, async () => {
      const folder = join(files.path, flavour);
      mkdirSync(folder);
      for (const { path, text } of generate(map, { flavour }).files)
        writeFileSync(join(folder, path), text);
      await plane.kubectl(['apply', '--server-side', '--validate=strict', '-k', folder]);
      // What is compared with the files is the server's own normal form.
      const { code, out, err } = await plane.tryKubectl([
        ...['diff', '--server-side', '-k', folder],
      ]);
      assert.equal(code, 0, out + err);
      const { manifests } = await readCluster({ kubeconfig: plane.kubeconfig });
      assert.deepEqual(
        manifests.complaints.filter(({ severity }) => severity === 'error'),
        [],
      );
      assert.equal(
        manifests.policies.length,
        textOf(generated(flavour)).match(/^kind: /gm)?.length,
      );
      await plane.kubectl(['delete', '-k', folder, '--wait']);
    });
  }

  it('of a flavour that is not installed are refused, not dropped: calico', async () => {
    const { code, err } = await plane.tryKubectl(
      ['apply', '--server-side', '--dry-run=server', '-f', '-'],
      textOf(generated('calico')),
    );
    assert.notEqual(code, 0);
    assert.match(err, /no matches for kind/);
  });

  async function conform(manifests: string) {
    const { schemaLocation } = await kubernetesDefinitions();
    return execute(
      [await kubeconform(), '-strict', '-summary', '-schema-location', schemaLocation, '-'],
      { input: manifests },
    );
  }
});

describe('a live cluster', { timeout: 240_000 }, () => {
  const shop = ['apply', '--server-side', '-f', '-'];
  before(async () => {
    await plane.kubectl(['create', 'namespace', 'shop']);
    await plane.kubectl(
      shop,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [
          workload('Deployment', 'web', 2),
          workload('StatefulSet', 'db', 1),
          workload('Deployment', 'idle', 0),
          {
            apiVersion: 'networking.k8s.io/v1',
            kind: 'NetworkPolicy',
            metadata: { name: 'db', namespace: 'shop' },
            spec: {
              podSelector: { matchLabels: { app: 'db' } },
              ingress: [
                {
                  from: [{ podSelector: { matchLabels: { app: 'web' } } }],
                  ports: [{ port: 5432 }],
                },
              ],
            },
          },
        ],
      }),
    );
    await until('the pods of all workloads', async () => {
      const out = await plane.kubectl(['get', 'pods', '-n', 'shop', '-o', 'name']);
      return out.trim().split('\n').length === 3;
    });
  });

  it('is read as its manifests would be: pods under the workload that a human would name', async () => {
    const { manifests, server, absent } = await readCluster({ kubeconfig: plane.kubeconfig });
    assert.equal(server, plane.url);
    assert.deepEqual(absent, ['projectcalico.org']);
    const seen = manifests.workloads
      .filter(({ namespace }) => namespace === 'shop')
      .map(({ kind, name }) => `${name}[${kind}]`);
    assert.deepEqual(seen.toSorted(), ['db[StatefulSet]', 'idle[Deployment]', 'web[Deployment]']);
    const [policy, ...others] = manifests.policies.filter(
      (one) => 'namespace' in one && one.namespace === 'shop',
    );
    assert.deepEqual(others, []);
    // The rule has its peer: one that lost it would let everybody in.
    assert.match(JSON.stringify(policy), /"web"/);
    assert.deepEqual(
      manifests.complaints.filter(({ severity }) => severity === 'error'),
      [],
    );
  });

  it('is read to the end where a list has more than one page', async () => {
    const names = Array.from({ length: 1100 }, (_, at) => `many-${String(at).padStart(4, '0')}`);
    await plane.kubectl(['create', 'namespace', 'many']);
    const items = names.map((name) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name, namespace: 'many' },
      spec: { podSelector: {} },
    }));
    const file = join(files.path, 'many.json');
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    await plane.kubectl(['create', '-f', file]);
    const { manifests } = await readCluster({ kubeconfig: plane.kubeconfig });
    const found = manifests.policies.filter(
      (one) => 'namespace' in one && one.namespace === 'many',
    );
    assert.equal(found.length, names.length);
    await plane.kubectl(['delete', 'namespace', 'many', '--wait=false']);
  });

  it('that shows only a part is complained about, list by list', async () => {
    const kubeconfig = await accountMay('partial', ['namespaces', 'pods']);
    const { manifests } = await readCluster({ kubeconfig });
    const refused = manifests.complaints
      .filter(({ severity }) => severity === 'error')
      .map(({ message }) => /"([^"]+)" in all namespaces/.exec(message)?.[1]);
    assert.ok(refused.includes('networkpolicies.networking.k8s.io'), refused.join());
    assert.ok(refused.includes('clusternetworkpolicies.policy.networking.k8s.io'), refused.join());
    assert.ok(!refused.includes('pods'));
    assert.ok(manifests.workloads.some(({ namespace }) => namespace === 'shop'));
  });

  it('that shows nothing is no empty cluster', async () => {
    const kubeconfig = await accountMay('nobody', []);
    const { manifests } = await readCluster({ kubeconfig });
    const errors = manifests.complaints.filter(({ severity }) => severity === 'error');
    assert.ok(errors.length >= 10);
    const { code, out } = await lethe(['network', 'connections', '--cluster'], {});
    assert.notEqual(code, 0, out);
  });

  it('is not verified with a token that has expired', async () => {
    // The shortest life that the API server gives is ten minutes, so these are signed in its stead.
    const now = Math.floor(Date.now() / 1000);
    const fresh = plane.kubeconfigFor('fresh', await signedToken('clock', now + 600));
    assert.ok((await readCluster({ kubeconfig: fresh })).manifests.complaints.length > 0);
    const kubeconfig = plane.kubeconfigFor('expired', await signedToken('clock', now - 600));
    await assert.rejects(readCluster({ kubeconfig }), { code: 'KUBERNETES_UNAUTHORIZED' });
  });
});

/** A token of a service account that ends at a time of our choice, in seconds since 1970. */
async function signedToken(name: string, end: number): Promise<string> {
  await plane.tryKubectl(['create', 'serviceaccount', name]);
  const uid = await plane.kubectl([
    'get',
    'serviceaccount',
    name,
    '-o',
    'jsonpath={.metadata.uid}',
  ]);
  const issuer = 'https://kubernetes.default.svc';
  const claims = {
    iss: issuer,
    aud: [issuer],
    sub: `system:serviceaccount:default:${name}`,
    iat: end - 1200,
    nbf: end - 1200,
    exp: end,
    'kubernetes.io': { namespace: 'default', serviceaccount: { name, uid } },
  };
  const signed = [{ alg: 'ES256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const key = { key: plane.accountKey, dsaEncoding: 'ieee-p1363' } as const;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

/** A service account that may list these things only. @returns its kubeconfig. */
async function accountMay(name: string, resources: readonly string[]): Promise<string> {
  await plane.kubectl(['create', 'serviceaccount', name]);
  if (resources.length > 0) {
    const role = ['--verb=list', `--resource=${resources.join()}`];
    await plane.kubectl(['create', 'clusterrole', name, ...role]);
    const binding = [`--clusterrole=${name}`, `--serviceaccount=default:${name}`];
    await plane.kubectl(['create', 'clusterrolebinding', name, ...binding]);
  }
  return plane.kubeconfigFor(name, (await plane.kubectl(['create', 'token', name])).trim());
}

function workload(kind: 'Deployment' | 'StatefulSet', name: string, replicas: number): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: 'shop' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'main', image: 'none.invalid/none' }] },
      },
    },
  };
}

describe('an API server', () => {
  it('that went away is unreachable, and not a cluster without policies', async () => {
    await plane.kill();
    await assert.rejects(
      readCluster({ kubeconfig: plane.kubeconfig, requests: { attempts: 2, pause: 10 } }),
      { code: 'KUBERNETES_UNREACHABLE' },
    );
  });
});
