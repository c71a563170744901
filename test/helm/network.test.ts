import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reachability } from '../../src/isolation/reachability/reachability.ts';
import { parseManifests } from '../../src/isolation/manifests/manifests.ts';
import { all, at, features, listAt, render, template, type Rendering } from './chart.ts';

const pod = (place: string, labels: string, port: number): string => {
  const [namespace, name] = place.split('/');
  return `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: ${namespace}, labels: { ${labels} } }
spec: { containers: [{ name: main, image: none, ports: [{ containerPort: ${port} }] }] }
`;
};

/** A cluster around the release. */
const around = [
  pod('kafka/broker', 'app: kafka', 9092),
  pod('kafka/open-broker', 'app: kafka-open', 9093),
  pod('kafka/strimzi-broker', 'strimzi.io/cluster: main, strimzi.io/kind: Kafka', 9093),
  pod('kafka/other', 'app: other', 9092),
  pod('registry/registry', 'app: registry', 8081),
  pod('kube-system/dns', 'k8s-app: kube-dns', 53),
  pod('monitoring/prometheus', 'app: prometheus', 9090),
  pod('tenant/look-alike-broker', 'app: kafka', 9092),
  pod('tenant/look-alike-dns', 'k8s-app: kube-dns', 53),
  pod(
    'tenant/look-alike',
    'app.kubernetes.io/name: lethe, app.kubernetes.io/instance: lethe, app.kubernetes.io/component: anonymizer',
    8080,
  ),
  pod('lethe/stranger', 'app: stranger', 80),
].join('---');

async function reachability(rendering: Rendering): Promise<Reachability> {
  const { code, out, err } = await template(rendering);
  assert.equal(code, 0, err);
  const manifests = parseManifests([{ name: 'all.yaml', text: `${out}\n---\n${around}` }]);
  assert.deepEqual(
    manifests.complaints.filter(({ severity }) => severity === 'error'),
    [],
  );
  return new Reachability(manifests);
}

/** What a source reaches, as `destination ports`. */
function reached(from: Reachability, source: string): readonly string[] {
  const row = [...from.rows()].find((one) => one.source.label === source);
  assert.ok(row !== undefined, source);
  return row.reached.map(({ destination, ports }) => `${destination.label} ${ports.toString()}`);
}

/** Who reaches a destination. */
const reaching = (to: Reachability, destination: string): readonly string[] =>
  [...to.rows()].flatMap(({ source, reached: found }) =>
    found
      .filter((one) => one.destination.label === destination)
      .map(({ ports }) => `${source.label} ${ports.toString()}`),
  );

const anonymizer = 'lethe/lethe-anonymizer[StatefulSet]';
const dns = 'kube-system/dns[Pod] TCP 53,UDP 53';

test('the anonymizer reaches its brokers, the registry and the name service, and nothing else', async () => {
  assert.deepEqual(reached(await reachability({}), anonymizer), [
    'kafka/broker[Pod] TCP 9092',
    dns,
    'registry/registry[Pod] TCP 8081',
  ]);
});

test('nobody reaches the anonymizer unless monitoring is named', async () => {
  assert.deepEqual(reaching(await reachability({}), anonymizer), []);
  const named = await reachability({ values: ['strimzi-values.yaml'] });
  assert.deepEqual(reaching(named, anonymizer), ['monitoring/prometheus[Pod] TCP 8080']);
});

test('brokers of Strimzi are those of the one cluster in the one namespace', async () => {
  const { out } = await template({ values: ['strimzi-values.yaml'] });
  const manifests = parseManifests([{ name: 'all.yaml', text: `${out}\n---\n${around}` }]);
  assert.deepEqual(reached(new Reachability(manifests), anonymizer), [
    'kafka/strimzi-broker[Pod] TCP 9093',
    dns,
    'registry/registry[Pod] TCP 8081',
  ]);
});

test('brokers outside are reached by address, and only at their ports', async () => {
  const found = reached(await reachability({ values: ['outside-values.yaml'] }), anonymizer);
  assert.deepEqual(found, [
    '10.20.0.0-10.20.0.15[External] TCP 9092',
    '10.21.0.7-10.21.0.7[External] TCP 443',
    '10.22.0.9-10.22.0.9[External] TCP 443',
    '169.254.20.10-169.254.20.10[External] TCP 53,UDP 53',
    'fd00:20::-fd00:20::ffff:ffff:ffff:ffff[External] TCP 9092',
    dns,
  ]);
});

test('the warden reaches brokers, names and the API server, and not the registry', async () => {
  const found = await reachability({ values: ['warden-enforce-values.yaml'] });
  assert.deepEqual(reached(found, 'lethe/lethe-warden[Deployment]'), [
    '10.0.0.1-10.0.0.1[External] TCP 6443',
    'kafka/broker[Pod] TCP 9092',
    dns,
  ]);
});

test('the auditor reaches the brokers of sanitized topics, the registry and names, and not the raw brokers', async () => {
  const found = await reachability({ values: ['auditor-values.yaml'] });
  const auditor = 'lethe/lethe-auditor[Deployment]';
  assert.deepEqual(reached(found, auditor), [
    'kafka/open-broker[Pod] TCP 9093',
    dns,
    'registry/registry[Pod] TCP 8081',
  ]);
  assert.deepEqual(reaching(found, auditor), ['monitoring/prometheus[Pod] TCP 8080']);
});

test('a stranger in the namespace reaches nothing and is reached by nobody', async () => {
  const found = await reachability({});
  assert.deepEqual(reached(found, 'lethe/stranger[Pod]'), []);
  assert.deepEqual(reaching(found, 'lethe/stranger[Pod]'), []);
});

test('a shared namespace keeps its other pods as they are, where the values say so', async () => {
  const over = 'networkPolicy: { defaultDeny: release }';
  const found = await reachability({ over });
  assert.ok(reached(found, 'lethe/stranger[Pod]').length > 5);
  assert.deepEqual(reaching(found, anonymizer), []);
});

test('without allow policies the anonymizer reaches nothing until others make them', async () => {
  const found = await reachability({ over: 'networkPolicy: { allow: false }' });
  assert.deepEqual(reached(found, anonymizer), []);
});

test('the probe has names and nothing else, so that its refusals mean something', async () => {
  assert.deepEqual(reached(await reachability({}), 'lethe/lethe-probe[Pod]'), [dns]);
});

test('no rule of any feature is without peers or ports, and no peer without namespace and labels', async () => {
  for (const file of features)
    for (const { name, object } of all(await render({ values: [file] }), 'NetworkPolicy')) {
      assert.deepEqual(at(object, 'spec', 'policyTypes'), ['Ingress', 'Egress'], name);
      for (const [rules, side] of [
        [listAt(object, 'spec', 'ingress'), 'from'],
        [listAt(object, 'spec', 'egress'), 'to'],
      ] as const)
        for (const rule of rules) {
          assert.ok(listAt(rule, side).length > 0, `${file} ${name}`);
          assert.ok(listAt(rule, 'ports').length > 0, `${file} ${name}`);
          for (const port of listAt(rule, 'ports'))
            assert.equal(typeof at(port, 'port'), 'number', `${file} ${name}`);
          for (const peer of listAt(rule, side)) {
            if (at(peer, 'ipBlock') !== undefined) continue;
            const labels = ['namespaceSelector', 'podSelector'].map((selector) =>
              Object.keys(at(peer, selector, 'matchLabels') as object),
            );
            assert.deepEqual(labels[0], ['kubernetes.io/metadata.name'], `${file} ${name}`);
            assert.ok(labels[1]!.length > 0, `${file} ${name}`);
          }
        }
    }
});
