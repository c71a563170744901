import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { detectorNames } from '../../src/assurance/leak-audit/detectors/detector.ts';
import { parseConfig } from '../../src/operations/config/parse.ts';
import { at, features, only, render, type Rendering } from './chart.ts';

const annotations = ['spec', 'template', 'metadata', 'annotations'] as const;

async function settings(rendering: Rendering, name = 'lethe-anonymizer'): Promise<string> {
  return String(at(only(await render(rendering), 'ConfigMap', name), 'data', 'lethe.yaml'));
}

const parsed = (text: string) =>
  parseConfig(text, {
    file: 'lethe.yaml',
    env: { POD_NAME: 'lethe-anonymizer-0' },
    cpus: 1,
    resolvePath: (path) => path,
    readText: () => 'secret',
  });

for (const file of features)
  test(`the service accepts the configuration of ${file}`, async () => {
    const { settings: taken } = parsed(await settings({ values: [file] }));
    assert.equal(taken.service.instanceId, 'lethe-anonymizer-0');
    assert.equal(taken.keys.directory, '/etc/lethe/keys');
  });

test("the warden's configuration is accepted and holds none of the anonymizer's credentials", async () => {
  const values = ['warden-observe-values.yaml'];
  const text = await settings({ values }, 'lethe-warden');
  const { settings: taken } = parsed(text);
  assert.match(JSON.stringify(taken.clusters.get('main')), /lethe-warden/);
  const own = parse(await settings({ values })) as unknown;
  assert.equal(at(own, 'kafka', 'main', 'sasl', 'username'), 'lethe');
  const without = await settings({ values, over: 'warden: { config: null }' }, 'lethe-warden');
  assert.doesNotMatch(without, /sasl|password/);
});

test('the warden is told its mode and its own Lease', async () => {
  for (const mode of ['observe', 'enforce']) {
    const text = await settings({ values: [`warden-${mode}-values.yaml`] }, 'lethe-warden');
    const { warden } = parsed(text);
    assert.equal(warden?.mode, mode);
    assert.deepEqual(warden.lease, { namespace: 'lethe', name: 'lethe-warden' });
  }
});

test('the warden is an operator in its own map: its policies would shut it out otherwise', async () => {
  const values = ['warden-enforce-values.yaml'];
  const selector = at(
    only(await render({ values }), 'Deployment'),
    ...['spec', 'selector', 'matchLabels'],
  );
  for (const name of ['lethe-anonymizer', 'lethe-warden'])
    assert.deepEqual(at(parse(await settings({ values }, name)), 'isolation', 'operators'), [
      {
        name: 'warden',
        workload: { namespace: 'lethe', podSelector: selector },
        administers: ['main'],
      },
    ]);
});

test("the warden's way to the API server is in the map too, or its own policy would be found to be a hole", async () => {
  const values = ['warden-enforce-values.yaml'];
  const { isolation } = parsed(await settings({ values }, 'lethe-warden'));
  assert.deepEqual(
    isolation?.flows.map(({ to, ports }) => [to, ports]),
    [[{ kind: 'address', address: '10.0.0.1' }, [6443]]],
  );
  // A range of addresses is no place of the map.
  const wide = {
    values,
    over: 'networkPolicy: { apiServer: [{ cidr: 10.0.0.0/28, ports: [6443] }] }',
  };
  assert.deepEqual(parsed(await settings(wide, 'lethe-warden')).isolation?.flows, []);
});

test("the auditor's configuration is accepted, and holds neither the anonymizer's credentials nor the map", async () => {
  const values = ['auditor-values.yaml'];
  const text = await settings({ values }, 'lethe-auditor');
  const { settings: taken, audit, isolation } = parsed(text);
  assert.match(JSON.stringify(taken.clusters.get('main')), /lethe-auditor/);
  assert.equal(isolation, null);
  assert.deepEqual(audit, {
    groupId: 'lethe-audit',
    sample: 10,
    startFrom: 'earliest',
    detectors: [...detectorNames],
    allow: [{ route: 'customers', path: 'support.contact', detector: 'email' }],
  });
  const over = 'auditor: { config: null }\nconfig: { registry: { auth: { bearer: token } } }';
  assert.doesNotMatch(await settings({ values, over }, 'lethe-auditor'), /sasl|password|bearer/);
});

test('the auditor is a client of sanitized topics in the map that policies and ACLs are made from', async () => {
  const values = ['auditor-values.yaml'];
  const objects = await render({ values });
  const clients = async (over = '') =>
    at(parse(await settings({ values, over })), 'isolation', 'clients');
  const auditor = {
    name: 'auditor',
    cluster: 'main',
    workload: {
      namespace: 'lethe',
      podSelector: at(only(objects, 'Deployment'), 'spec', 'selector', 'matchLabels'),
    },
    consumes: ['public.customers'],
    groups: ['lethe-audit'],
    registry: true,
    principal: 'User:lethe-auditor',
    bootstrapServers: ['kafka-open.kafka:9093'],
  };
  assert.deepEqual(await clients(), [auditor]);
  const own = { ...auditor, consumes: ['public.customers', 'public.orders'] };
  const declared = `config: { isolation: { clients: ${JSON.stringify([own])} } }`;
  assert.deepEqual(await clients(declared), [own]);
  const group = 'auditor: { config: { audit: { groupId: watchers } } }';
  assert.deepEqual(await clients(group), [{ ...auditor, groups: ['watchers'] }]);
});

test('large numbers stay whole numbers', async () => {
  const text = await settings({ over: 'config: { service: { limits: { items: 20000000 } } }' });
  assert.match(text, /items: 20000000$/m);
});

test('the anonymizer that policies are generated for is the one of this release', async () => {
  const rendering = { values: ['strimzi-values.yaml'], release: 'blue', namespace: 'privacy' };
  const text = await settings(rendering, 'blue-lethe-anonymizer');
  const objects = await render(rendering);
  assert.deepEqual(at(parse(text), 'isolation', 'anonymizer'), {
    namespace: 'privacy',
    podSelector: at(only(objects, 'StatefulSet'), 'spec', 'selector', 'matchLabels'),
  });
});

test('the principal of the anonymizer is kept beside what the chart fills in', async () => {
  const over = 'config: { isolation: { mode: brokers, anonymizer: { principal: "User:lethe" } } }';
  const text = await settings({ over });
  assert.equal(at(parse(text), 'isolation', 'anonymizer', 'principal'), 'User:lethe');
  assert.equal(at(parse(text), 'isolation', 'anonymizer', 'namespace'), 'lethe');
});

test('a change of rules leaves the pods alone: the service reloads it', async () => {
  const template = async (over: string) => at(only(await render({ over }), 'StatefulSet'), 'spec');
  const before = await template('');
  const rules = 'config: { rules: { tags: { PII: { technique: suppress } } } }';
  assert.deepEqual(await template(rules), before);
});

test('a change of what is read at the start only replaces the pods', async () => {
  const mark = async (over: string) =>
    at(only(await render({ over }), 'StatefulSet'), ...annotations, 'lethe/start-settings');
  const before = await mark('');
  assert.equal(await mark('config: { service: { log: { level: debug } } }'), before);
  for (const over of [
    'config: { service: { log: { format: text } } }',
    'config: { service: { http: { port: 9090 } } }',
    'extraEnv: [{ name: A, value: b }]',
  ])
    assert.notEqual(await mark(over), before, over);
});

test('pods are replaced at every change where the values say so', async () => {
  const mark = async (over: string) =>
    at(only(await render({ over }), 'StatefulSet'), ...annotations, 'lethe/settings');
  assert.equal(await mark(''), undefined);
  const one = await mark('rollOnConfigChange: true');
  const other = await mark(
    'rollOnConfigChange: true\nconfig: { rules: { tags: { PII: { technique: suppress } } } }',
  );
  assert.notEqual(one, undefined);
  assert.notEqual(one, other);
});

test('whole folders are mounted, so that changed files arrive', async () => {
  const spec = at(only(await render(), 'StatefulSet'), 'spec', 'template', 'spec');
  assert.doesNotMatch(JSON.stringify(spec), /subPath/);
});
