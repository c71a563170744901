import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, at, features, listAt, only, render, type Rendered } from './chart.ts';

/** Rules as `group/resource: verbs`. */
const rulesOf = ({ object }: Rendered): readonly string[] =>
  listAt(object, 'rules').flatMap((rule) =>
    listAt(rule, 'apiGroups').flatMap((group) =>
      listAt(rule, 'resources').map(
        (resource) =>
          `${String(group)}/${String(resource)}${at(rule, 'resourceNames') === undefined ? '' : ` ${listAt(rule, 'resourceNames').join()}`}: ${listAt(rule, 'verbs').join()}`,
      ),
    ),
  );

test('without the warden nobody is given any right', async () => {
  for (const file of features.filter((one) => !one.startsWith('warden')))
    for (const { kind } of await render({ values: [file] })) assert.doesNotMatch(kind, /Role/);
});

test('rights belong to the warden alone', async () => {
  for (const file of features)
    for (const { kind, object } of await render({ values: [file] }))
      if (kind.endsWith('Binding') && kind.includes('Role'))
        assert.deepEqual(at(object, 'subjects'), [
          { kind: 'ServiceAccount', name: 'lethe-warden', namespace: 'lethe' },
        ]);
});

test('no right is a wildcard, and none is about Secrets, logs, exec or tokens', async () => {
  for (const file of features)
    for (const one of await render({ values: [file] })) {
      if (one.kind !== 'Role' && one.kind !== 'ClusterRole') continue;
      for (const rule of rulesOf(one)) {
        assert.doesNotMatch(rule, /\*/, one.name);
        assert.doesNotMatch(rule, /secrets|configmaps|\/log|exec|token|impersonate|escalate|bind/);
      }
    }
});

test('the warden reads the whole cluster, and writes in its scope only', async () => {
  const objects = await render({ values: ['warden-enforce-values.yaml'] });
  for (const role of all(objects, 'ClusterRole'))
    for (const rule of rulesOf(role)) assert.match(rule, /: list,watch$/);
  const writing = all(objects, 'Role').map(
    (role) => [`${role.namespace}/${role.name}`, rulesOf(role)] as const,
  );
  const scope = [
    'events.k8s.io/events: create,patch',
    'networking.k8s.io/networkpolicies: create,delete,patch',
  ];
  assert.deepEqual(Object.fromEntries(writing), {
    'lethe/lethe-warden-leader': [
      'coordination.k8s.io/leases: create',
      'coordination.k8s.io/leases lethe-warden: get,update',
    ],
    'kafka/lethe-lethe-warden': scope,
    'lethe/lethe-lethe-warden': scope,
  });
});

test('a warden of another flavour writes the kinds of that flavour, and no others', async () => {
  const written = async (flavour: string) => {
    const over = `config: { isolation: { warden: { flavour: ${flavour} } } }`;
    const objects = await render({ values: ['warden-enforce-values.yaml'], over });
    return [...all(objects, 'ClusterRole'), ...all(objects, 'Role')]
      .filter(({ namespace }) => namespace !== 'kafka')
      .flatMap(rulesOf)
      .filter((rule) => rule.includes('delete'));
  };
  const verbs = 'create,delete,patch';
  assert.deepEqual(await written('clusternetworkpolicy'), [
    `policy.networking.k8s.io/clusternetworkpolicies: ${verbs}`,
    `networking.k8s.io/networkpolicies: ${verbs}`,
  ]);
  assert.deepEqual(await written('cilium'), [
    `cilium.io/ciliumclusterwidenetworkpolicies: ${verbs}`,
    `cilium.io/ciliumnetworkpolicies: ${verbs}`,
  ]);
  assert.deepEqual(await written('calico'), [
    `projectcalico.org/globalnetworkpolicies: ${verbs}`,
    `projectcalico.org/networkpolicies: ${verbs}`,
  ]);
});

test('the warden may read what else is said, and only read', async () => {
  const over = 'warden: { alsoReads: [{ group: crd.antrea.io, resources: [networkpolicies] }] }';
  const objects = await render({ values: ['warden-enforce-values.yaml'], over });
  const rules = all(objects, 'ClusterRole').flatMap(rulesOf);
  assert.ok(rules.includes('crd.antrea.io/networkpolicies: list,watch'));
});

test('a warden that only reports can not write policies', async () => {
  const objects = await render({ values: ['warden-observe-values.yaml'] });
  const roles = all(objects, 'Role').filter(({ name }) => name === 'lethe-lethe-warden');
  assert.deepEqual(
    roles.map(({ namespace }) => namespace),
    ['crm', 'kafka', 'lethe'],
  );
  for (const role of roles) assert.deepEqual(rulesOf(role), ['events.k8s.io/events: create,patch']);
});

test('every binding names a role that is there', async () => {
  for (const file of features) {
    const objects = await render({ values: [file] });
    for (const { kind, namespace, object } of objects) {
      if (kind !== 'RoleBinding' && kind !== 'ClusterRoleBinding') continue;
      const found = objects.some(
        (role) =>
          role.kind === at(object, 'roleRef', 'kind') &&
          role.name === at(object, 'roleRef', 'name') &&
          role.namespace === namespace,
      );
      assert.ok(found);
    }
  }
});

test('the guard knows the auditor: its pods, its account, its configuration and its password', async () => {
  const objects = await render({ values: ['admission-values.yaml', 'auditor-values.yaml'] });
  const policy = (name: string): string =>
    JSON.stringify(only(objects, 'ValidatingAdmissionPolicy', `lethe-lethe-${name}`));
  assert.match(policy('pods-auditor'), /system:serviceaccount:kube-system:replicaset-controller/);
  assert.match(policy('workloads-auditor'), /lethe-auditor/);
  assert.match(policy('settings'), /'lethe-auditor'.*'lethe-auditor-kafka'/);
  assert.match(policy('tokens'), /'lethe-auditor'/);
  assert.match(policy('secret-lethe-auditor-kafka'), /service account lethe-auditor only/);
  assert.doesNotMatch(policy('secret-lethe-keys'), /auditor/);
});
