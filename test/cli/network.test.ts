import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder, lethe } from './lethe.ts';
import { config, configHead, snapshot } from './network-scene.ts';

const workload = (name: string, port: number): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: main, image: none, ports: [{ containerPort: ${port} }] }] }
`;

const policy = (port: number): string => `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: db, namespace: shop }
spec:
  podSelector: { matchLabels: { app: db } }
  policyTypes: [Ingress, Egress]
  ingress:
    - from: [{ podSelector: { matchLabels: { app: web } } }]
      ports: [{ protocol: TCP, port: ${port} }]
`;

const everything = '0.0.0.0-255.255.255.255[External]';
const shop = (port: number): string =>
  [workload('web', 80), workload('db', 5432), policy(port)].join('---');
const list = [
  `${everything} => shop/web[Deployment] : All Connections`,
  `shop/web[Deployment] => ${everything} : All Connections`,
  'shop/web[Deployment] => shop/db[Deployment] : TCP 5432',
  '',
].join('\n');

test('connections lists what the policies of a folder allow', async (t) => {
  const cwd = folder(t, { 'shop.yaml': shop(5432), 'notes.txt': 'not a manifest' });
  const { code, out, err } = await lethe(['network', 'connections', '--manifests', '.'], { cwd });
  assert.equal(err, '');
  assert.equal(code, 0);
  assert.equal(out, list);
});

test('connections reads several paths, and standard input', async (t) => {
  const cwd = folder(t, { 'web.yaml': workload('web', 80), 'db.yaml': workload('db', 5432) });
  mkdirSync(join(cwd, 'policies'));
  writeFileSync(join(cwd, 'policies', 'db.yml'), policy(5432));
  const paths = ['web.yaml', 'db.yaml', 'policies'].flatMap((path) => ['--manifests', path]);
  assert.equal((await lethe(['network', 'connections', ...paths], { cwd })).out, list);
  const piped = await lethe(['network', 'connections', '--manifests', '-'], { stdin: shop(5432) });
  assert.equal(piped.out, list);
  const both = await lethe(
    ['network', 'connections', '--manifests', '-', ...paths.slice(0, 2), ...paths.slice(4)],
    { cwd, stdin: workload('db', 5432) },
  );
  assert.equal(both.out, list);
});

test('connections of one source or one destination leave the others out', async (t) => {
  const cwd = folder(t, { 'shop.yaml': shop(5432) });
  const ask = (...args: readonly string[]) =>
    lethe(['network', 'connections', '--manifests', '.', ...args], { cwd });
  const from = await ask('--source', 'shop/web[Deployment]');
  assert.equal(from.out, list.split('\n').slice(1).join('\n'));
  const to = await ask('--destination', 'shop/db');
  assert.equal(to.out, 'shop/web[Deployment] => shop/db[Deployment] : TCP 5432\n');
  const denied = await ask('--source', 'shop/db', '--destination', 'shop/web');
  assert.equal(denied.out, 'shop/db[Deployment] => shop/web[Deployment] : No Connections\n');
  assert.equal(denied.code, 0);
});

test('--explain names policy, rule, file and line, also of what is denied', async (t) => {
  const cwd = folder(t, { 'shop.yaml': shop(5432) });
  const ask = (...args: readonly string[]) =>
    lethe(['network', 'connections', '--manifests', '.', '--explain', ...args], { cwd });
  const allowed = await ask('--source', 'shop/web', '--destination', 'shop/db');
  assert.match(allowed.out, /^shop\/web\[Deployment\] => shop\/db\[Deployment\] : TCP 5432\n/);
  assert.match(allowed.out, /\n {2}egress allow All Connections because no policy decides/);
  assert.match(
    allowed.out,
    /\n {2}ingress allow TCP 5432 by NetworkPolicy shop\/db ingress\[0\] \(shop\.yaml:\d+\)\n/,
  );
  const denied = await ask('--source', 'shop/db', '--destination', 'shop/web');
  assert.match(denied.out, /: No Connections\n {2}egress deny All Connections because nothing/);
  const all = await ask();
  assert.equal(all.out.split('\n').filter((line) => line.includes(' => ')).length, 3);
});

test('--explain tells pods of one workload apart that are judged differently', async (t) => {
  const pod = (name: string, app: string): string =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace: 'shop',
        labels: { app },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Set', name: 'mixed', uid: '1' }],
      },
      spec: { containers: [{ name: 'main' }] },
    });
  const cwd = folder(t, {
    'shop.yaml': shop(5432),
    'one.json': pod('one', 'db'),
    'two.json': pod('two', 'free'),
  });
  const { out, err } = await lethe(
    [
      ...['network', 'connections', '--manifests', '.', '--explain'],
      ...['--source', 'shop/web', '--destination', 'shop/mixed'],
    ],
    { cwd },
  );
  assert.match(out, /\n {2}some of the pods: TCP 5432\n {4}egress allow/, err);
  assert.match(out, /\n {2}some of the pods: All Connections\n {4}egress allow/);
});

test('an endpoint that is not in the list is refused with the nearest one', async (t) => {
  const cwd = folder(t, { 'shop.yaml': shop(5432) });
  const { code, out, err } = await lethe(
    ['network', 'connections', '--manifests', '.', '--source', 'shop/wep[Deployment]'],
    { cwd },
  );
  assert.equal(code, 2);
  assert.equal(out, '');
  assert.match(err, /CLI_ENDPOINT_UNKNOWN.*did you mean "shop\/web\[Deployment\]"\?/);
});

test('a name that two kinds share is not guessed', async (t) => {
  const cwd = folder(t, {
    'web.yaml': workload('web', 80),
    'set.yaml': workload('web', 80).replace('Deployment', 'StatefulSet'),
  });
  const { code, err } = await lethe(
    ['network', 'connections', '--manifests', '.', '--source', 'shop/web'],
    { cwd },
  );
  assert.equal(code, 2);
  assert.match(err, /choose one of "shop\/web\[Deployment\]", "shop\/web\[StatefulSet\]"/);
});

test('--ipblock-pods chooses whether an ipBlock means pods', async (t) => {
  const pod = (name: string, address: string): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, namespace: shop, labels: { app: ${name} } }\n` +
    `spec: { containers: [{ name: main }] }\nstatus: { podIP: ${address}, phase: Running }\n`;
  const byAddress = policy(5432).replace(
    'podSelector: { matchLabels: { app: web } }',
    'ipBlock: { cidr: 10.0.0.0/8 }',
  );
  const text = [pod('web', '10.0.0.1'), pod('db', '10.0.0.2'), byAddress].join('---\n');
  const cwd = folder(t, { 'pods.yaml': text });
  const ask = async (...args: readonly string[]) =>
    (
      await lethe(
        [
          ...['network', 'connections', '--manifests', '.', '--source', 'shop/web'],
          ...['--destination', 'shop/db', ...args],
        ],
        { cwd },
      )
    ).out.trim();
  assert.match(await ask(), /: No Connections$/);
  assert.match(await ask('--ipblock-pods', 'ignore'), /: No Connections$/);
  assert.match(await ask('--ipblock-pods', 'match'), /: TCP 5432$/);
});

test('diff exits with 0 for sets that mean the same in other words', async (t) => {
  const cwd = folder(t, {
    'a.yaml': shop(5432),
    'b.yaml': [
      policy(5432).replace('name: db,', 'name: other-name,').replace('protocol: TCP, ', ''),
      workload('db', 5432),
      workload('web', 80),
    ].join('---'),
  });
  const { code, out, err } = await lethe(['network', 'diff', 'a.yaml', 'b.yaml'], { cwd });
  assert.equal(err, '');
  assert.equal(out, '');
  assert.equal(code, 0);
});

test('diff exits with 1 and tells each connection that differs', async (t) => {
  const cwd = folder(t, { 'a.yaml': shop(5432) });
  const { code, out } = await lethe(['network', 'diff', 'a.yaml', '-'], {
    cwd,
    stdin: shop(5433),
  });
  assert.equal(code, 1);
  assert.equal(
    out,
    'Connectivity diff:\ndiff-type: changed, source: shop/web[Deployment], ' +
      'destination: shop/db[Deployment], dir1: TCP 5432, dir2: TCP 5433\n',
  );
  const twice = await lethe(['network', 'diff', '-', '-']);
  assert.equal(twice.code, 2);
  assert.match(twice.err, /CLI_OPTION_INVALID/);
});

const antrea = `
apiVersion: crd.antrea.io/v1beta1
kind: ClusterNetworkPolicy
metadata: { name: other }
spec: { priority: 5 }
`;

for (const [what, files, path, pattern] of [
  ['a folder that does not exist', {}, 'absent', /UNREADABLE.*\n.*ENOENT|UNREADABLE {2}absent/],
  ['a folder without manifests', { 'readme.txt': 'x' }, '.', /CLI_MANIFESTS_INVALID.*has none/],
  [
    'YAML that does not parse',
    { 'a.yaml': shop(1), 'b.yaml': 'a: [' },
    '.',
    /INVALID_SYNTAX.*b\.yaml/,
  ],
  [
    'a policy of an unknown flavour',
    { 'a.yaml': shop(1), 'b.yaml': antrea },
    '.',
    /UNKNOWN_POLICY.*b\.yaml:2/,
  ],
  [
    'a field that the API server would drop',
    { 'a.yaml': shop(1).replace('policyTypes', 'policyType') },
    '.',
    /UNKNOWN_FIELD.*a\.yaml:\d+ spec\.policyType/,
  ],
] as const)
  test(`${what} is refused with 2 and no answer at all`, async (t) => {
    const cwd = folder(t, { ...files, 'good.yml.txt': '' });
    const good = folder(t, { 'good.yaml': shop(1) });
    for (const args of [
      ['connections', '--manifests', path],
      ['connections', '--explain', '--manifests', path],
      ['diff', path, good],
      ['diff', good, path],
    ]) {
      const { code, out, err } = await lethe(['network', ...args], { cwd });
      assert.equal(code, 2, args.join(' '));
      assert.equal(out, '');
      assert.match(err, /^lethe: CLI_MANIFESTS_INVALID: /m);
      assert.match(err, pattern);
    }
  });

test('what is only left out is said, and the answer stands', async (t) => {
  const other = 'apiVersion: example.org/v1\nkind: Widget\nmetadata: { name: w }\n';
  const cwd = folder(t, { 'a.yaml': shop(5432), 'b.yaml': Array(60).fill(other).join('---\n') });
  const { code, out, err } = await lethe(['network', 'connections', '--manifests', '.'], { cwd });
  assert.equal(code, 0);
  assert.equal(out, list);
  assert.match(err, /^Note: b\.yaml:1: left out: "example\.org Widget"/);
  assert.match(err, /\nand 10 more remarks\n$/);
});

const mapArgs = ['network', 'map', '--config', 'lethe.yaml', '--snapshot', 'saved.json'];

test('map draws a saved snapshot in every format, without a broker', async (t) => {
  const cwd = folder(t, { 'lethe.yaml': config, 'saved.json': snapshot(0) });
  for (const [format, start] of [
    ['table', /^BROKER +STANDING.*\nmain\/0 +raw .*\nmain\/1 +open /],
    ['json', /^\{\n {2}"mode": "brokers",\n/],
    ['mermaid', /^flowchart LR\n/],
    ['dot', /^digraph flows \{\n/],
    ['svg', /^<svg xmlns=/],
  ] as const) {
    const { code, out, err } = await lethe([...mapArgs, '--format', format], { cwd });
    assert.equal(err, '');
    assert.equal(code, 0);
    assert.match(out, start);
  }
});

test('map exits with 1 where raw and sanitized topics share a broker, and says it beside a picture', async (t) => {
  const cwd = folder(t, { 'lethe.yaml': config, 'saved.json': snapshot(1) });
  const table = await lethe(mapArgs, { cwd });
  assert.equal(table.code, 1);
  assert.match(table.out, /\nerror BROKER_SHARED main\/1: .*\n {2}remedy: /);
  const picture = await lethe([...mapArgs, '--format', 'dot'], { cwd });
  assert.equal(picture.code, 1);
  assert.match(picture.err, /^error BROKER_SHARED main\/1: /);
});

test('map exits with 2 for a snapshot or configuration that is none', async (t) => {
  const cwd = folder(t, {
    'lethe.yaml': config,
    'saved.json': snapshot(0).replace('"replicas":[0]', '"replicas":[]'),
    'open.yaml': configHead(),
  });
  const torn = await lethe(mapArgs, { cwd });
  assert.equal(torn.code, 2);
  assert.equal(torn.out, '');
  assert.match(torn.err, /SNAPSHOT_INVALID {2}clusters\.main\.topics\.4\.partitions\.0\.replicas/);
  const absent = await lethe(
    ['network', 'map', '--config', 'lethe.yaml', '--snapshot', 'no.json'],
    {
      cwd,
    },
  );
  assert.equal(absent.code, 2);
  assert.match(absent.err, /CLI_FILE_UNREADABLE/);
  const open = await lethe(
    ['network', 'map', '--config', 'open.yaml', '--snapshot', 'saved.json'],
    {
      cwd,
    },
  );
  assert.equal(open.code, 2);
  assert.match(open.err, /CLI_OPTION_INVALID.*isolation/);
});
