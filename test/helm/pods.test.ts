import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, at, features, listAt, only, pods, render } from './chart.ts';

/** Names of all volumes that hold something other than files of Secrets, ConfigMaps, CSI drivers and projections. */
const oddVolumes = (spec: unknown): readonly string[] =>
  listAt(spec, 'volumes').flatMap((volume) =>
    Object.keys(volume as object).filter(
      (key) => !['name', 'secret', 'configMap', 'csi', 'projected'].includes(key),
    ),
  );

for (const file of features)
  test(`every pod of ${file} keeps to PodSecurity "restricted", written out`, async () => {
    const found = pods(await render({ values: [file] }));
    assert.ok(found.length >= 2);
    for (const { of, spec } of found) {
      for (const key of ['hostNetwork', 'hostPID', 'hostIPC'])
        assert.equal(at(spec, key), false, of);
      assert.deepEqual(at(spec, 'securityContext'), {
        runAsNonRoot: true,
        runAsUser: 65_532,
        runAsGroup: 65_532,
        fsGroup: 65_532,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      });
      assert.deepEqual(oddVolumes(spec), [], of);
      const containers = [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')];
      assert.ok(containers.length > 0);
      for (const container of containers) {
        assert.deepEqual(
          at(container, 'securityContext'),
          {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            privileged: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          of,
        );
        for (const mount of listAt(container, 'volumeMounts'))
          assert.equal(at(mount, 'readOnly'), true, of);
        for (const port of listAt(container, 'ports'))
          assert.equal(at(port, 'hostPort'), undefined, of);
      }
    }
  });

test('the anonymizer has no token: neither its account nor its pods mount one', async () => {
  for (const file of features) {
    const objects = await render({ values: [file] });
    for (const { object, name } of all(objects, 'ServiceAccount'))
      assert.equal(at(object, 'automountServiceAccountToken'), false, name);
    for (const { of, spec } of pods(objects)) {
      assert.equal(at(spec, 'automountServiceAccountToken'), false, of);
      const tokens = JSON.stringify(listAt(spec, 'volumes')).includes('serviceAccountToken');
      assert.equal(tokens, of === 'Deployment/lethe-warden', of);
    }
  }
});

test('keys are mounted by the anonymizer and by nothing else', async () => {
  const objects = await render({ values: ['warden-observe-values.yaml'] });
  const holders = pods(objects).filter(({ spec }) => JSON.stringify(spec).includes('lethe-keys'));
  assert.deepEqual(
    holders.map(({ of }) => of),
    ['StatefulSet/lethe-anonymizer'],
  );
  const warden = JSON.stringify(only(objects, 'Deployment'));
  assert.doesNotMatch(warden, /"lethe-kafka"/, 'the password of the anonymizer');
});

test('the auditor mounts no key and no password of the anonymizer', async () => {
  const objects = await render({ values: ['auditor-values.yaml'] });
  const auditor = JSON.stringify(at(only(objects, 'Deployment', 'lethe-auditor'), 'spec'));
  assert.doesNotMatch(auditor, /"lethe-keys"|"lethe-kafka"|\/etc\/lethe\/keys/);
  assert.match(auditor, /"lethe-auditor-kafka"/);
});

test('one auditor runs at a time, and a changed configuration replaces it', async () => {
  const spec = async (over = '') =>
    at(only(await render({ values: ['auditor-values.yaml'], over }), 'Deployment'), 'spec');
  const before = await spec();
  assert.equal(at(before, 'replicas'), 1);
  assert.equal(at(before, 'strategy', 'type'), 'Recreate');
  const over = 'config: { rules: { tags: { PII: { technique: suppress } } } }';
  const mark = ['template', 'metadata', 'annotations', 'lethe/settings'] as const;
  assert.notEqual(at(await spec(over), ...mark), at(before, ...mark));
});

test('files of Secrets are readable by the group, and not by all', async () => {
  for (const file of features)
    for (const { spec } of pods(await render({ values: [file] })))
      for (const volume of listAt(spec, 'volumes')) {
        const source = at(volume, 'secret') ?? at(volume, 'configMap') ?? at(volume, 'projected');
        if (source !== undefined) assert.equal(at(source, 'defaultMode'), 0o440);
        const csi = at(volume, 'csi');
        if (csi !== undefined) assert.equal(at(csi, 'readOnly'), true);
      }
});

test('anonymizer, warden and auditor run as different accounts', async () => {
  const objects = await render({ values: ['auditor-values.yaml', 'warden-enforce-values.yaml'] });
  const accounts = pods(objects).map(({ of, spec }) => [of, at(spec, 'serviceAccountName')]);
  assert.deepEqual(Object.fromEntries(accounts), {
    'StatefulSet/lethe-anonymizer': 'lethe-anonymizer',
    'Deployment/lethe-auditor': 'lethe-auditor',
    'Deployment/lethe-warden': 'lethe-warden',
    'Pod/lethe-probe': undefined,
  });
});

test('the pod may live longer than its drain', async () => {
  const spec = at(only(await render(), 'StatefulSet'), 'spec', 'template', 'spec');
  assert.ok(Number(at(spec, 'terminationGracePeriodSeconds')) > 25);
});

test('what the values say about pods arrives', async () => {
  const objects = await render({ values: ['scheduling-values.yaml'] });
  const template = at(only(objects, 'StatefulSet'), 'spec', 'template');
  const spec = at(template, 'spec');
  assert.equal(at(template, 'metadata', 'labels', 'team'), 'data');
  assert.equal(at(template, 'metadata', 'annotations', 'example.org/note'), 'hello');
  assert.equal(at(spec, 'priorityClassName'), 'high');
  assert.deepEqual(at(spec, 'imagePullSecrets'), [{ name: 'pull' }]);
  assert.equal(listAt(spec, 'tolerations').length, 1);
  assert.notEqual(at(spec, 'affinity', 'nodeAffinity'), undefined);
  assert.deepEqual(
    listAt(spec, 'topologySpreadConstraints').map((one) => at(one, 'whenUnsatisfiable')),
    ['DoNotSchedule', 'DoNotSchedule'],
  );
  const env = listAt(spec, 'containers', 0, 'env').map((one) => at(one, 'name'));
  assert.deepEqual(env, ['POD_NAME', 'REGION']);
});
