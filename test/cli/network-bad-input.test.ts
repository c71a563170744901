/**
 * Manifests that no answer may be made from. All of them lie in one folder, so that one process a command is enough; that each of them is
 * enough to be refused is shown without a process.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, test } from 'node:test';
import { parseManifests } from '../../src/isolation/manifests/manifests.ts';
import { config, snapshot } from './network-scene.ts';
import { folder, lethe, type Ended } from './lethe.ts';

const good = `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: main, image: none }] }
`;
const policy = (spec: string, head = ''): string => `${head}apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: p, namespace: shop }
spec: ${spec}
`;
const rule = (text: string): string => policy(`{ podSelector: {}, ingress: [${text}] }`);
const bomb = `a0: &a0 [x, x, x, x, x, x, x, x]\n${Array.from(
  { length: 9 },
  (_, i) => `a${i + 1}: &a${i + 1} [${Array(8).fill(`*a${i}`).join(', ')}]`,
).join('\n')}\n`;

interface Case {
  readonly what: string;
  readonly text: string | Uint8Array;
  /** What the answer names: code, file (as `FILE`) and line, field. */
  readonly says: RegExp;
}

const cases: readonly Case[] = [
  { what: 'YAML that breaks off', text: 'a: [', says: /INVALID_SYNTAX {2}FILE:1/ },
  {
    what: 'a template that was not rendered',
    text: `{{- if .Values.policies }}\n${policy('{}')}{{- end }}\n`,
    says: /INVALID_SYNTAX {2}FILE:\d+/,
  },
  {
    what: 'a value that a template should have filled in',
    text: policy('{ podSelector: {} }').replace('name: p', 'name: {{ .Values.name }}'),
    says: /INVALID_FIELD {2}FILE:3 metadata\.name/,
  },
  {
    what: 'UTF-16 as some editors write it',
    text: Buffer.from(`\ufeff${policy('{}')}`, 'utf16le'),
    says: /INVALID_SYNTAX {2}FILE:1 .*UTF-8/,
  },
  {
    what: 'a packed file',
    text: Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]),
    says: /INVALID_SYNTAX {2}FILE:1 .*control characters/,
  },
  {
    what: 'JSON lines',
    text: '{"kind":"Pod","apiVersion":"v1"}\n{"kind":"Pod","apiVersion":"v1"}',
    says: /INVALID_SYNTAX {2}FILE:2/,
  },
  { what: 'an alias bomb', text: bomb, says: /INVALID_SYNTAX {2}FILE:1 .*aliases/ },
  {
    what: 'an alias to nothing',
    text: policy('*nowhere'),
    says: /INVALID_SYNTAX {2}FILE:\d/,
  },
  {
    what: 'nesting without an end',
    text: '['.repeat(20_000),
    says: /INVALID_SYNTAX {2}FILE:1/,
  },
  {
    what: 'one line of 40 MB',
    text: `# ${'x'.repeat(40 << 20)}\nkind: x`,
    says: /TOO_LARGE {2}FILE:1 .*split the document/,
  },
  {
    what: 'the same key twice',
    text: policy('{ podSelector: {}, podSelector: { matchLabels: { app: web } } }'),
    says: /DUPLICATE_KEY {2}FILE:4/,
  },
  {
    what: 'a policy without a kind',
    text: policy('{ podSelector: {} }').replace('kind: NetworkPolicy\n', ''),
    says: /NOT_AN_OBJECT {2}FILE:1/,
  },
  {
    what: 'a policy whose kind is misspelt',
    text: policy('{ podSelector: {} }').replace('NetworkPolicy', 'networkPolicies'),
    says: /UNKNOWN_POLICY {2}FILE:1/,
  },
  {
    what: 'a policy declared twice',
    text: `${policy('{ podSelector: {} }')}---\n${policy('{ podSelector: {}, ingress: [{}] }')}`,
    says: /DUPLICATE_OBJECT {2}FILE:6/,
  },
  {
    what: 'cluster-wide policies of the withdrawn kind',
    text: 'apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: { name: x }',
    says: /UNKNOWN_POLICY {2}FILE:1/,
  },
  {
    what: 'policies of a mesh',
    text: 'apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: x }',
    says: /UNKNOWN_POLICY {2}FILE:1 .*AuthorizationPolicy/,
  },
  {
    what: 'rules on Kafka topics, which Cilium dropped',
    text: `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: x, namespace: shop }
spec:
  endpointSelector: {}
  ingress:
    - toPorts:
        - ports: [{ port: '9092', protocol: TCP }]
          rules: { kafka: [{ topic: raw }] }
`,
    says: /FILE:9 .*kafka/,
  },
  {
    what: 'a selector that nothing can satisfy',
    text: policy('{ podSelector: { matchExpressions: [{ key: app, operator: In, values: [] }] } }'),
    says: /INVALID_FIELD {2}FILE:4 spec\.podSelector\.matchExpressions\[0\]/,
  },
  {
    what: 'an operator of another language',
    text: policy('{ podSelector: { matchExpressions: [{ key: app, operator: Equals }] } }'),
    says: /INVALID_FIELD {2}FILE:4 .*operator.*In, NotIn/,
  },
  {
    what: 'a misspelt direction',
    text: policy('{ podSelector: {}, policyTypes: [ingress] }'),
    says: /INVALID_FIELD {2}FILE:4 spec\.policyTypes\[0\]/,
  },
  {
    what: 'a rule of the other direction',
    text: rule('{ to: [{ podSelector: {} }] }'),
    says: /UNKNOWN_FIELD {2}FILE:4 spec\.ingress\[0\]\.to/,
  },
  {
    what: 'a range of ports that ends before it starts',
    text: rule('{ ports: [{ port: 443, endPort: 80 }] }'),
    says: /INVALID_FIELD {2}FILE:4 .*endPort/,
  },
  {
    what: 'a port that no packet has',
    text: rule('{ ports: [{ port: 65536 }] }'),
    says: /INVALID_FIELD {2}FILE:4 .*port/,
  },
  {
    what: 'a protocol that policies do not know',
    text: rule('{ ports: [{ protocol: ICMP }] }'),
    says: /INVALID_FIELD {2}FILE:4 .*protocol.*TCP, UDP, SCTP/,
  },
  {
    what: 'an address where a block belongs',
    text: rule('{ from: [{ ipBlock: { cidr: 10.0.0.1 } }] }'),
    says: /INVALID_FIELD {2}FILE:4 .*cidr/,
  },
  {
    what: 'an exception of the other family',
    text: rule('{ from: [{ ipBlock: { cidr: "fd00::/8", except: [10.0.0.0/8] } }] }'),
    says: /INVALID_FIELD {2}FILE:4 .*except\[0\]/,
  },
  {
    what: 'a peer that is pods and addresses at once',
    text: rule('{ from: [{ podSelector: {}, ipBlock: { cidr: 10.0.0.0/8 } }] }'),
    says: /INVALID_FIELD {2}FILE:4 .*ipBlock/,
  },
];

/** Names without dots and dashes, so that they can stand in patterns. */
const fileOf = (index: number): string => `bad${index}.yaml`;
const bytesOf = (text: string | Uint8Array): Uint8Array => Buffer.from(text);

/** Messages as one line each, with the name of one file as `FILE`. */
const unfolded = (text: string, index: number): string =>
  text.replaceAll(/\n {6}/g, ' ').replaceAll(fileOf(index), 'FILE');

describe('manifests that no answer may be made from', () => {
  const refusing = [
    ['connections', '--manifests', '.'],
    ['connections', '--explain', '--manifests', '.'],
    ['diff', '.', 'good.yaml'],
    ['diff', 'good.yaml', '.'],
  ] as const;
  const verifying = ['verify', '--config', 'config/lethe.yaml', '--snapshot', 'config/saved.json'];
  let refusals: readonly Ended[] = [];
  let verdict: Ended;
  let cwd = '';
  after(() => rmSync(cwd, { recursive: true, force: true }));
  before(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'lethe-bad-input-'));
    writeFileSync(join(cwd, 'good.yaml'), good);
    mkdirSync(join(cwd, 'config'));
    writeFileSync(join(cwd, 'config', 'lethe.yaml'), config);
    writeFileSync(join(cwd, 'config', 'saved.json'), snapshot(0));
    for (const [index, { text }] of cases.entries())
      writeFileSync(join(cwd, fileOf(index)), bytesOf(text));
    const run = (args: readonly string[]) => lethe(['network', ...args], { cwd });
    refusals = await Promise.all(refusing.map(run));
    verdict = await run([...verifying, '--manifests', '.', '--format', 'json']);
  });

  for (const [index, { what, text, says }] of cases.entries())
    it(`name what is wrong, where: ${what}`, () => {
      const name = fileOf(index);
      const alone = parseManifests([{ name, text: Buffer.from(bytesOf(text)).toString('utf8') }]);
      assert.ok(alone.complaints.some(({ severity }) => severity === 'error'));
      for (const { err } of refusals) assert.match(unfolded(err, index), says);
      assert.match(verdict.out, new RegExp(`"${name}`), 'verify says it, too');
    });

  it('give no answer at all, and exit code 2', () => {
    for (const [index, { code, out, err }] of refusals.entries()) {
      assert.equal(code, 2, refusing[index]!.join(' '));
      assert.equal(out, '');
      assert.match(err, /^lethe: CLI_MANIFESTS_INVALID: /m);
      assert.ok(err.length < 20_000, 'messages that a person can read');
    }
  });

  it('are never verified', () => {
    assert.equal(verdict.code, 1, verdict.err);
    assert.equal((JSON.parse(verdict.out) as { verified: boolean }).verified, false);
  });
});

test('a link to nowhere is refused, since it may have been a policy', async (t) => {
  const cwd = folder(t, { 'good.yaml': good });
  symlinkSync(join(cwd, 'gone.yaml'), join(cwd, 'link.yaml'));
  const { code, out, err } = await lethe(['network', 'connections', '--manifests', '.'], { cwd });
  assert.equal(code, 2, err);
  assert.equal(out, '');
  assert.match(err, /UNREADABLE {2}link\.yaml\n.*ENOENT/);
});

test('one line of 10 MB that means nothing is read, and answered in time', async (t) => {
  const long = `metadata: { name: web, namespace: shop, labels: { app: web }, annotations: { note: "${'x'.repeat(10 << 20)}" } }`;
  const cwd = folder(t, { 'good.yaml': good.replace(/metadata: .*/, long) });
  const { code, out, err } = await lethe(['network', 'connections', '--manifests', '.'], { cwd });
  assert.equal(code, 0, err);
  assert.match(out, /^0\.0\.0\.0-255\.255\.255\.255\[External\] => shop\/web\[Pod\] : All/);
});
