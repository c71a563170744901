/** The chart's life at a real API server: installed, upgraded, rolled back and uninstalled, and the rights that it gives. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, chartFolder, features, listAt, runHelm } from '../helm/chart.ts';
import { until } from '../rig/ports.ts';
import { startControlPlane, type ControlPlane } from '../rig/control-plane.ts';

/** Kinds of other projects: whatever they hold is taken. */
const foreign = (
  [
    ['monitoring.coreos.com', 'v1', 'PodMonitor', 'podmonitors'],
    ['monitoring.coreos.com', 'v1', 'PrometheusRule', 'prometheusrules'],
    ['keda.sh', 'v1alpha1', 'ScaledObject', 'scaledobjects'],
  ] as const
).map(([group, version, kind, plural]) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind, plural, singular: kind.toLowerCase() },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    ],
  },
}));

/** Every kind that the chart may make. */
const kinds = [
  ...['configmap', 'service', 'serviceaccount', 'statefulset', 'deployment', 'networkpolicy'],
  ...['poddisruptionbudget', 'horizontalpodautoscaler', 'podmonitor', 'prometheusrule'],
  ...['scaledobject', 'role', 'rolebinding', 'clusterrole', 'clusterrolebinding'],
  ...['validatingadmissionpolicy', 'validatingadmissionpolicybinding'],
].join();

describe('the chart at an API server', () => {
  let plane: ControlPlane;

  before(async () => {
    plane = await startControlPlane({ controllers: false });
    for (const namespace of ['lethe', 'kafka', 'crm'])
      await plane.kubectl(['create', 'namespace', namespace]);
    const items = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: foreign });
    await plane.kubectl(['create', '-f', '-'], items);
    // In the very first moment there is no list of conditions, which kubectl takes for an error.
    const established = ['wait', '--for=condition=Established', '--timeout=5s', '-f', '-'];
    await until(
      'the kinds to be served',
      async () => (await plane.tryKubectl(established, items)).code === 0,
    );
  });
  after(() => plane.stop());

  async function helm(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await runHelm([
      ...args,
      ...['--namespace', 'lethe', '--kubeconfig', plane.kubeconfig],
    ]);
    assert.equal(code, 0, `helm ${args[0] ?? ''}: ${err}`);
    return out;
  }
  const values = (file: string) => ['--values', join(chartFolder, 'ci', file)];
  const settings = () =>
    plane.kubectl(['get', 'configmap', 'lethe-anonymizer', '-n', 'lethe', '-o', 'yaml']);

  for (const file of features)
    test(`${file} is installed, upgraded, rolled back and leaves nothing`, async () => {
      const notes = await helm('install', 'lethe', chartFolder, ...values(file));
      assert.match(notes, /Lethe 0\.1\.0 as lethe-anonymizer in namespace lethe, 1 route\./);
      const before = await settings();
      const change = 'config.rules.unclassified=suppress';
      await helm('upgrade', 'lethe', chartFolder, ...values(file), '--set', change);
      assert.match(await settings(), /unclassified: suppress/);
      await helm('rollback', 'lethe', '1');
      assert.doesNotMatch(await settings(), /unclassified: suppress/);
      assert.match(before, /raw\.customers/);
      await helm('uninstall', 'lethe', '--wait', '--timeout', '1m');
      const left = await plane.kubectl([
        ...['get', kinds, '--all-namespaces', '-o', 'name'],
        ...['-l', 'app.kubernetes.io/instance=lethe'],
      ]);
      assert.equal(left, '');
    });

  /** What RBAC lets an account of the release do in a namespace, as `group/resource name: verbs`; what everybody may do is left out. */
  async function rights(account: string, namespace: string): Promise<readonly string[]> {
    const answer = await plane.kubectl(
      [
        ...[
          'create',
          '--validate=false',
          '-o',
          'json',
          '-f',
          '-',
          `--as=system:serviceaccount:lethe:${account}`,
        ],
        ...['system:serviceaccounts', 'system:serviceaccounts:lethe', 'system:authenticated'].map(
          (group) => `--as-group=${group}`,
        ),
      ],
      JSON.stringify({
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectRulesReview',
        spec: { namespace },
      }),
    );
    const rules = listAt(JSON.parse(answer) as unknown, 'status', 'resourceRules');
    return rules
      .flatMap((rule) =>
        listAt(rule, 'apiGroups').flatMap((group) =>
          listAt(rule, 'resources').map((resource) => {
            const names = listAt(rule, 'resourceNames').join();
            const what = `${String(group)}/${String(resource)}${names === '' ? '' : ` ${names}`}`;
            return `${what}: ${listAt(rule, 'verbs').map(String).sort().join()}`;
          }),
        ),
      )
      .filter((right) => !/\/self(subject\w+)?s?: create$|\/selfsubject\w+: create$/.test(right))
      .sort();
  }

  test('the anonymizer may do nothing at all', async () => {
    await helm('install', 'lethe', chartFolder, ...values('warden-enforce-values.yaml'));
    for (const namespace of ['lethe', 'kafka', 'crm'])
      assert.deepEqual(await rights('lethe-anonymizer', namespace), []);
  });

  test('the warden may read what decides about connections, and write in its namespaces alone', async () => {
    const writes = (all: readonly string[]) => all.filter((right) => !right.endsWith('list,watch'));
    const scope = [
      'events.k8s.io/events: create,patch',
      'networking.k8s.io/networkpolicies: create,delete,patch',
    ];
    assert.deepEqual(writes(await rights('lethe-warden', 'crm')), []);
    assert.deepEqual(writes(await rights('lethe-warden', 'kafka')), scope);
    assert.deepEqual(writes(await rights('lethe-warden', 'lethe')), [
      'coordination.k8s.io/leases lethe-warden: get,update',
      'coordination.k8s.io/leases: create',
      ...scope,
    ]);
    const reads = await rights('lethe-warden', 'crm');
    for (const resource of ['/pods', '/namespaces', 'networking.k8s.io/networkpolicies'])
      assert.ok(reads.includes(`${resource}: list,watch`), resource);
    assert.doesNotMatch(reads.join('\n'), /secrets|configmaps|nodes|\*/);
  });

  /** Whether an account of the release may do it: asked by doing it, and nothing is stored. */
  async function attempt(account: string, namespace: string, ...args: readonly string[]) {
    const { code, err } = await plane.tryKubectl(
      [...args, ...['-n', namespace, `--as=system:serviceaccount:lethe:${account}`]],
      JSON.stringify({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'any' },
        spec: { podSelector: {} },
      }),
    );
    if (code === 0) return 'done';
    return /forbidden/i.test(err) ? 'forbidden' : err;
  }

  test('what is not on the list of an account is forbidden when it is tried', async () => {
    const tries = [
      ['get', 'secrets'],
      ['get', 'configmaps'],
      ['get', 'nodes'],
      ['delete', '--dry-run=server', 'pod', 'any'],
      ['create', 'token', 'lethe-anonymizer'],
      ['create', '--dry-run=server', 'rolebinding', 'x', '--clusterrole=admin', '--user=x'],
      ['get', 'networkpolicies'],
      ['create', '--dry-run=server', '-f', '-'],
    ];
    for (const namespace of ['lethe', 'kafka', 'crm']) {
      const of = (account: string) =>
        Promise.all(tries.map((args) => attempt(account, namespace, ...args)));
      const no = tries.map(() => 'forbidden');
      assert.deepEqual(await of('lethe-anonymizer'), no, namespace);
      const writes = namespace === 'crm' ? 'forbidden' : 'done';
      assert.deepEqual(await of('lethe-warden'), [...no.slice(0, -2), 'done', writes], namespace);
    }
  });

  test('the hook for Argo CD in the documents is taken, and nothing in it offends the restricted profile', async () => {
    const page = readFileSync(join(chartFolder, '..', '..', 'docs', 'kubernetes.md'), 'utf8');
    const [, job = ''] = /^Argo CD.*?^```yaml\n(.*?)^```$/ms.exec(page) ?? [];
    assert.match(job, /argocd\.argoproj\.io\/hook/);
    await plane.apply(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: {
          name: 'lethe-checks',
          labels: {
            'pod-security.kubernetes.io/enforce': 'restricted',
            'pod-security.kubernetes.io/warn': 'restricted',
          },
        },
      }),
    );
    const create = ['create', '--dry-run=server', '--validate=strict', '-f', '-'];
    const { code, out, err } = await plane.tryKubectl(create, job);
    assert.equal(code, 0, err);
    assert.match(out, /^job\.batch\/lethe-verify-\w+ created \(server dry run\)$/m);
    assert.equal(err, '');
  });

  test('the auditor may do nothing at all', async () => {
    await helm('upgrade', 'lethe', chartFolder, ...values('auditor-values.yaml'));
    await plane.kubectl(['get', 'serviceaccount', 'lethe-auditor', '-n', 'lethe']);
    for (const namespace of ['lethe', 'kafka', 'crm']) {
      assert.deepEqual(await rights('lethe-auditor', namespace), []);
      assert.equal(await attempt('lethe-auditor', namespace, 'get', 'secrets'), 'forbidden');
    }
  });

  test('the account of a warden that only reports writes no policy', async () => {
    await helm('upgrade', 'lethe', chartFolder, ...values('warden-observe-values.yaml'));
    for (const namespace of ['lethe', 'kafka', 'crm'])
      assert.doesNotMatch(
        (await rights('lethe-warden', namespace)).join('\n'),
        /policies.*(create|patch|delete)/,
      );
    const policies = at(
      JSON.parse(
        await plane.kubectl(['get', 'networkpolicy', '-n', 'lethe', '-o', 'json']),
      ) as unknown,
      'items',
    );
    assert.equal((policies as readonly unknown[]).length, 3);
  });
});
