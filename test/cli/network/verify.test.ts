import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fakeApiServer } from '../../isolation/cluster/fake-api-server.ts';
import { workload } from '../../isolation/verification/verification-scene.ts';
import { folder, lethe, type Ended } from '../lethe.ts';
import { config as shielded, snapshot } from '../network-scene.ts';

const config = `${shielded}  registry: { namespace: kafka, podSelector: { app: registry } }\n`;

const people = [
  workload('kafka/kafka', { kind: 'StatefulSet', replicas: 2 }),
  workload('kafka/registry'),
  workload('lethe/lethe'),
  workload('kube-system/coredns', { labels: 'k8s-app: kube-dns' }),
  workload('shop/web'),
].join('---\n');

const hole = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: open, namespace: kafka }
spec: { podSelector: {}, ingress: [{}] }
`;

const given = ['network', 'verify', '--config', 'lethe.yaml', '--snapshot', 'saved.json'] as const;

/** The policies of the configuration, by the command that makes them. */
async function policies(cwd: string): Promise<string> {
  const args = ['network', 'generate', '--config', 'lethe.yaml', '--snapshot', 'saved.json'];
  const { code, out, err } = await lethe(args, { cwd });
  assert.equal(code, 0, err);
  return out;
}

const ends = ({ code, err }: Ended, expected: number, pattern: RegExp): void => {
  assert.equal(code, expected, err);
  assert.match(err, pattern);
};

test('verify proves generated policies, and finds the hole that another policy makes', async (t) => {
  const cwd = folder(t, { 'lethe.yaml': config, 'saved.json': snapshot(0) });
  const good = `${people}---\n${await policies(cwd)}`;
  const clean = await lethe([...given, '--manifests', '-'], { cwd, stdin: good });
  assert.equal(clean.code, 0, clean.out + clean.err);
  assert.match(
    clean.out,
    /^judged 5 workloads and \d+ imagined pods of - under 8 policies of ours/,
  );
  assert.match(
    clean.out,
    /\nwho can reach main raw\.orders on main\/0: lethe\/lethe\[Deployment\]\n/,
  );
  assert.match(clean.out, /\nverified \(no findings\)\n$/);
  const open = await lethe([...given, '--manifests', '-'], { cwd, stdin: `${good}---${hole}` });
  assert.equal(open.code, 1);
  assert.match(open.out, /^error {3}HOLE_BY_OTHERS {2}kafka\/kafka-0\[Pod\]/);
  assert.match(open.out, /\n {2}by {6}NetworkPolicy kafka\/open ingress\[0\] \(stdin:\d+\)\n/);
  assert.match(open.out, /\nnot verified \(1 error\)\n$/);
});

test('verify writes every format to a file, and fails at the severity that is asked for', async (t) => {
  const files = { 'lethe.yaml': config, 'saved.json': snapshot(0), 'people.yaml': people };
  const cwd = folder(t, files);
  const set = await policies(cwd);
  const starts = {
    json: /^\{\n {2}"command": "lethe network verify"/,
    markdown: /^## lethe network verify\n/,
    sarif: /^\{\n {2}"\$schema"/,
    junit: /^<\?xml/,
    tap: /^TAP version 14\n/,
  };
  // Without the manifests of the registry its pods are imagined, which is a warning.
  const stdin = `${people.replace(workload('kafka/registry'), '')}---\n${set}`;
  for (const [format, start] of Object.entries(starts)) {
    const args = [...given, '--manifests', '-', '--format', format, '-o', 'out'];
    const done = await lethe(args, { cwd, stdin });
    assert.equal(done.code, 0, done.err);
    assert.equal(done.out, '');
    assert.match(readFileSync(join(cwd, 'out'), 'utf8'), start);
  }
  const strict = await lethe([...given, '--manifests', '-', '--fail-on', 'warning'], {
    cwd,
    stdin,
  });
  assert.equal(strict.code, 1);
  assert.match(strict.out, /\nwarning PARTY_ABSENT|^warning PARTY_ABSENT/);
  assert.match(strict.out, /verified, with remarks that this run does not accept \(1 warning\)/);
});

test('verify compares with ACLs, and refuses those that it does not understand', async (t) => {
  const acls =
    'Current ACLs for resource `ResourcePattern(resourceType=TOPIC, name=raw.orders, patternType=LITERAL)`: \n' +
    ' \t(principal=User:mallory, host=*, operation=READ, permissionType=ALLOW) \n';
  const files = {
    'lethe.yaml': config,
    'saved.json': snapshot(0),
    'acls.txt': acls,
    'no.txt': 'x',
  };
  const cwd = folder(t, files);
  const stdin = `${people}---\n${await policies(cwd)}`;
  const ask = (...more: readonly string[]): Promise<Ended> =>
    lethe([...given, '--manifests', '-', ...more.flatMap((one) => ['--acls', one])], {
      cwd,
      stdin,
    });
  const found = await ask('main=acls.txt');
  assert.equal(found.code, 1);
  assert.match(found.out, /^error {3}ACL_EXCESS {2}main User:mallory\n/);
  assert.match(found.out, /; readable by User:mallory\n/);
  assert.equal((await ask('acls.txt')).out, found.out);
  ends(await ask('no.txt'), 2, /ACL_TEXT_INVALID {2}line 1/);
  ends(await ask('acls.txt', 'main=acls.txt'), 2, /CLI_OPTION_INVALID.*once/);
  ends(await ask('absent'), 2, /CLI_FILE_UNREADABLE/);
});

test('verify reads a live cluster, and verifies nothing of what it was not shown', async (t) => {
  const cwd = folder(t, { 'lethe.yaml': config, 'saved.json': snapshot(0) });
  const server = await fakeApiServer(t, {
    always: { '/apis/networking.k8s.io/v1/networkpolicies': { status: 403 } },
  });
  const args = [...given, '--cluster', '--kubeconfig', server.kubeconfig, '--context', 'two'];
  const { code, out, err } = await lethe(args, { cwd });
  assert.equal(code, 1, err);
  assert.match(
    out,
    /CLUSTER_UNREADABLE {2}kubernetes: list networkpolicies\.networking\.k8s\.io\n/,
  );
  assert.match(out, new RegExp(`of ${server.url} under`));
  assert.equal(server.headers()['authorization'], 'Bearer second');
});

test('verify wants manifests or a cluster, and inputs that are there', async (t) => {
  const cwd = folder(t, { 'lethe.yaml': config, 'saved.json': snapshot(0), 'people.yaml': people });
  const ask = (...args: readonly string[]): Promise<Ended> => lethe([...given, ...args], { cwd });
  ends(await ask(), 2, /CLI_OPTION_INVALID.*either --manifests or --cluster/);
  ends(await ask('--manifests', '.', '--cluster'), 2, /either --manifests or --cluster/);
  ends(await ask('--manifests', '.', '--context', 'x'), 2, /with --cluster only/);
  ends(await ask('--manifests', 'absent'), 2, /CLI_MANIFESTS_INVALID/);
  ends(await ask('--cluster', '--kubeconfig', 'absent'), 2, /KUBECONFIG_INVALID/);
  ends(await ask('--manifests', 'people.yaml', '-o', 'no/where'), 2, /CLI_FILE_UNWRITABLE/);
  const broken = await lethe([...given, '--manifests', '-'], { cwd, stdin: 'a: [' });
  assert.equal(broken.code, 1);
  assert.match(broken.out, /^error {3}MANIFEST_UNCLEAR {2}stdin:1/);
});
