import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workload } from '../../isolation/verification/verification-scene.ts';
import { folder, lethe } from '../lethe.ts';
import { config as shielded, snapshot } from '../network-scene.ts';

/** Of the pod: neither the variable nor the file is here. */
const config = `${shielded.replace(
  "bootstrapServers: ['kafka-0.kafka:9092']",
  "bootstrapServers: ['kafka-0.kafka:9092'], tls: { ca: /absent/ca.crt }, sasl: { mechanism: PLAIN, username: '${ABSENT_USER}', password: '${file:/absent/password}' }",
)}  registry: { namespace: kafka, podSelector: { app: registry } }\n`;

const configMap = (name: string, component: string, text = config): string => `
apiVersion: v1
kind: ConfigMap
metadata: { name: ${name}, namespace: lethe, labels: { app.kubernetes.io/component: ${component} } }
data:
  lethe.yaml: |
${text.replace(/^/gm, '    ')}
`;

const people = [
  workload('kafka/kafka', { kind: 'StatefulSet', replicas: 2 }),
  workload('kafka/registry'),
  workload('lethe/lethe'),
  workload('kube-system/coredns', { labels: 'k8s-app: kube-dns' }),
].join('---\n');

const verify = ['network', 'verify', '--snapshot', 'saved.json', '--manifests', 'all.yaml'];

test('policies are made and verified by the configuration that stands in the manifests', async (t) => {
  const cwd = folder(t, {
    'saved.json': snapshot(0),
    'rendered.yaml': `${people}---${configMap('lethe', 'anonymizer')}`,
  });
  const generated = await lethe(
    ['network', 'generate', '--config', 'rendered.yaml', '--snapshot', 'saved.json'],
    { cwd },
  );
  assert.equal(generated.code, 0, generated.err);
  const asked = [...verify.slice(0, 4), '--manifests', 'rendered.yaml', '--manifests', '-'];
  const { code, out, err } = await lethe(asked, { cwd, stdin: generated.out });
  assert.equal(code, 0, out + err);
  assert.match(out, /\nverified \(no findings\)\n$/);
});

test('of several configurations the one of the anonymizer counts', async (t) => {
  const cwd = folder(t, {
    'saved.json': snapshot(0),
    'all.yaml': [
      people,
      configMap('warden', 'warden', 'nonsense: true'),
      configMap('lethe', 'anonymizer'),
    ].join('---\n'),
  });
  const { out } = await lethe(verify, { cwd });
  assert.match(out, /^not verified/m);
});

test('where there is none, or no way to choose, the option is asked for', async (t) => {
  const none = folder(t, { 'saved.json': snapshot(0), 'all.yaml': people });
  const missing = await lethe(verify, { cwd: none });
  assert.equal(missing.code, 2);
  assert.match(missing.err, /Give --config, or manifests with a ConfigMap that has "lethe\.yaml"/);
  const two = folder(t, {
    'saved.json': snapshot(0),
    'all.yaml': `${people}---${configMap('one', 'x')}---${configMap('two', 'y')}`,
  });
  const several = await lethe(verify, { cwd: two });
  assert.equal(several.code, 2);
  assert.match(several.err, /several ConfigMaps have "lethe\.yaml": "lethe\/one", "lethe\/two"/);
  const cluster = await lethe(['network', 'verify', '--cluster'], { cwd: two });
  assert.equal(cluster.code, 2);
  assert.match(cluster.err, /Give --config with --cluster/);
});

test('without a snapshot Kafka is asked, and what the configuration refers to must be here', async (t) => {
  const cwd = folder(t, { 'all.yaml': `${people}---${configMap('lethe', 'anonymizer')}` });
  const { code, err } = await lethe(['network', 'verify', '--manifests', 'all.yaml'], { cwd });
  assert.equal(code, 2);
  assert.match(err, /Correct "ConfigMap lethe\/lethe"/);
  assert.match(err, /CONFIG_ENV_MISSING.*CONFIG_FILE_MISSING/s);
});

test('a mistake in it is refused with its path', async (t) => {
  const cwd = folder(t, {
    'saved.json': snapshot(0),
    'all.yaml': `${people}---${configMap('lethe', 'anonymizer', `${config}nonsense: true\n`)}`,
  });
  const { code, err } = await lethe(verify, { cwd });
  assert.equal(code, 2);
  assert.match(err, /Correct "ConfigMap lethe\/lethe".*nonsense/s);
});
