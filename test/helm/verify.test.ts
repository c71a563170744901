import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { folder, lethe } from '../cli/lethe.ts';
import { snapshotOf } from '../isolation/topology/cluster-fixture.ts';
import { at, only, render, template } from './chart.ts';

// What the pod has; the configuration names itself by it.
process.env['POD_NAME'] = 'ci';

const over = `
config:
  routes: [{ name: orders, from: { topic: raw.orders }, to: { topic: public.orders }, key: { type: string, technique: pseudonymize } }]
  isolation:
    mode: brokers
    brokers: { main: { namespace: kafka, pods: statefulset/kafka, firstNodeId: 11, port: 9093 } }
    registry: { namespace: registry, podSelector: { app: registry }, port: 8081 }
    dns: { namespace: kube-system, podSelector: { k8s-app: kube-dns } }
    operators:
      - { name: prometheus, workload: { namespace: monitoring, podSelector: { app: prometheus } }, scrapes: [lethe] }
networkPolicy:
  brokers: { main: [{ namespace: kafka, podSelector: { app: kafka }, ports: [9093] }] }
  metricsFrom: [{ namespace: monitoring, podSelector: { app: prometheus } }]
`;

const brokers = `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: kafka, namespace: kafka }
spec:
  replicas: 3
  serviceName: kafka
  selector: { matchLabels: { app: kafka } }
  template:
    metadata: { labels: { app: kafka } }
    spec: { containers: [{ name: kafka, image: none, ports: [{ containerPort: 9093 }] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: stranger, namespace: kafka, labels: { app: stranger } }
spec: { containers: [{ name: main, image: none }] }
`;

/** Settings and snapshot in a folder, policies generated from them, and the chart as it is installed. */
async function scene(
  t: TestContext,
  more = '',
): Promise<{
  readonly cwd: string;
  readonly generated: string;
  readonly chart: string;
}> {
  const rendering = { over: `${over}${more}` };
  const settings = at(
    only(await render(rendering), 'ConfigMap', 'lethe-anonymizer'),
    'data',
    'lethe.yaml',
  );
  const cwd = folder(t, {
    'lethe.yaml': String(settings),
    'snapshot.json': JSON.stringify(snapshotOf()),
  });
  const { code, out, err } = await lethe(
    ['network', 'generate', '--config', 'lethe.yaml', '--snapshot', 'snapshot.json'],
    { cwd },
  );
  assert.equal(code, 0, err);
  // As --no-hooks leaves out what only helm test makes.
  const chart = (await template(rendering)).out
    .split(/^---$/m)
    .filter((text) => !text.includes('helm.sh/hook'))
    .join('---');
  return { cwd, generated: out, chart };
}

const verify = (cwd: string, ...manifests: readonly string[]) =>
  lethe(
    [
      ...['network', 'verify', '--config', 'lethe.yaml', '--snapshot', 'snapshot.json'],
      ...['--manifests', '-'],
    ],
    { cwd, stdin: manifests.join('\n---\n') },
  );

for (const allow of ['true', 'false'])
  test(`chart and generated policies together are verified (networkPolicy.allow: ${allow})`, async (t) => {
    const { cwd, chart, generated } = await scene(t, `  allow: ${allow}\n`);
    const { code, out, err } = await verify(cwd, chart, generated, brokers);
    assert.equal(code, 0, out + err);
    assert.match(out, /^verified/m);
    assert.match(
      out,
      /who can reach main raw\.orders on main\/11: lethe\/lethe-anonymizer\[StatefulSet\]\n/,
    );
  });

test('the chart alone is not enough: nobody fences the brokers', async (t) => {
  const { cwd, chart } = await scene(t);
  const { code, out } = await verify(cwd, chart, brokers);
  assert.equal(code, 1);
  assert.match(out, /kafka\/stranger/);
});

test('a policy of somebody else that opens the raw brokers is found', async (t) => {
  const { cwd, chart, generated } = await scene(t);
  const hole = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: open, namespace: kafka }
spec: { podSelector: {}, ingress: [{}], egress: [{}] }
`;
  const { code, out } = await verify(cwd, chart, generated, brokers, hole);
  assert.equal(code, 1);
  assert.match(out, /kafka\/open/);
});

test('the auditor that the chart declares reaches the brokers of sanitized topics alone, and is verified', async (t) => {
  const auditor = 'auditor: { enabled: true, principal: "User:lethe-auditor" }\n';
  const { cwd, chart, generated } = await scene(t, `  allow: true\n${auditor}`);
  const { code, out } = await verify(cwd, chart, generated, brokers);
  assert.equal(code, 0, out);
  assert.match(out, /on main\/11: lethe\/lethe-anonymizer\[StatefulSet\]\n/);
  const input = ['--config', 'lethe.yaml', '--snapshot', 'snapshot.json'];
  const map = await lethe(['network', 'map', ...input, '--format', 'json'], { cwd });
  const { flows } = JSON.parse(map.out) as { flows: { from: string; to: string }[] };
  const reached = flows.filter(({ from }) => from === 'client auditor').map(({ to }) => to);
  assert.deepEqual(
    [...new Set(reached)].filter((to) => to.startsWith('broker')),
    ['broker main/12', 'broker main/13'],
  );
  const acls = await lethe(['network', 'generate', ...input, '--flavour', 'kafka-acl'], { cwd });
  const { clusters } = JSON.parse(acls.out) as {
    clusters: Record<string, { principal: string; name: string; operation: string }[]>;
  };
  assert.deepEqual(
    clusters['main']
      ?.filter(({ principal }) => principal === 'User:lethe-auditor')
      .map(({ name, operation }) => `${name} ${operation}`),
    ['lethe-audit READ', 'public.orders DESCRIBE', 'public.orders READ'],
  );
});
