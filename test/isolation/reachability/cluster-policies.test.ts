import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseManifests } from '../../../src/isolation/manifests/manifests.ts';
import { pod, policy, ports, read } from './scene.ts';

const pods = [
  pod('a/x', 'app: x', ['web 8080']),
  pod('b/x', 'app: x', [], { ip: '10.0.0.9' }),
  pod('b/h', 'app: h', [], { hostNetwork: true }),
];

const cluster = (name: string, tier: string, priority: number, rest: string): string =>
  `apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: ${name}}
spec: {tier: ${tier}, priority: ${priority}, subject: {namespaces: {}}, ${rest}}`;

const fromB = '[{namespaces: {matchLabels: {kubernetes.io/metadata.name: b}}}]';
const rule = (action: string, port?: number): string =>
  `{action: ${action}, from: ${fromB}${port === undefined ? '' : `, protocols: [{tcp: {destinationPort: {number: ${port}}}}]`}}`;

describe('ClusterNetworkPolicy', () => {
  it('Admin Deny beats whatever a NetworkPolicy allows', () => {
    const manifests = read(
      ...pods,
      policy('a/open', '{podSelector: {}, ingress: [{}]}'),
      cluster('c', 'Admin', 5, `ingress: [${rule('Deny', 80)}]`),
    );
    assert.equal(ports(manifests, 'b/x', 'a/x'), 'SCTP 1-65535,TCP 1-79,81-65535,UDP 1-65535');
  });

  it('Admin Accept beats default deny', () => {
    const manifests = read(
      ...pods,
      policy('a/deny', '{podSelector: {}}'),
      cluster('c', 'Admin', 5, `ingress: [${rule('Accept', 80)}]`),
    );
    assert.equal(ports(manifests, 'b/x', 'a/x'), 'TCP 80');
  });

  it('the lower priority number is judged first, and rules in their order', () => {
    const manifests = read(
      ...pods,
      cluster('late', 'Admin', 9, `ingress: [${rule('Accept', 80)}, ${rule('Accept', 443)}]`),
      cluster('early', 'Admin', 1, `ingress: [${rule('Accept', 443)}, ${rule('Deny')}]`),
    );
    assert.equal(ports(manifests, 'b/x', 'a/x'), 'TCP 443');
  });

  it('Pass skips the rest of its tier and leaves the decision to the next', () => {
    const manifests = read(
      ...pods,
      policy('a/in', '{podSelector: {}, ingress: [{ports: [{port: 80}]}]}'),
      cluster('pass', 'Admin', 1, `ingress: [${rule('Pass', 80)}, ${rule('Pass', 443)}]`),
      cluster('deny', 'Admin', 2, `ingress: [${rule('Deny')}]`),
    );
    assert.equal(ports(manifests, 'b/x', 'a/x'), 'TCP 80');
  });

  it('Baseline is reached only by pods that no NetworkPolicy selects in that direction', () => {
    const baseline = cluster('c', 'Baseline', 0, `ingress: [${rule('Deny')}]`);
    assert.equal(ports(read(...pods, baseline), 'b/x', 'a/x'), 'No Connections');
    const manifests = read(...pods, baseline, policy('a/in', '{podSelector: {}, ingress: [{}]}'));
    assert.equal(ports(manifests, 'b/x', 'a/x'), 'All Connections');
    const egressOnly = policy('a/out', '{podSelector: {}, policyTypes: [Egress]}');
    assert.equal(ports(read(...pods, baseline, egressOnly), 'b/x', 'a/x'), 'No Connections');
  });

  it('isolates nobody: what no rule matches is allowed', () => {
    const manifests = read(...pods, cluster('c', 'Admin', 0, `ingress: [${rule('Accept', 80)}]`));
    assert.equal(ports(manifests, 'b/x', 'a/x'), 'All Connections');
  });

  it('leaves pods on the network of their node alone, as subject and as peer', () => {
    const deny = '{action: Deny, from: [{namespaces: {}}]}';
    const manifests = read(...pods, cluster('c', 'Admin', 0, `ingress: [${deny}]`));
    assert.equal(ports(manifests, 'b/x', 'a/x'), 'No Connections');
    assert.equal(ports(manifests, 'b/h', 'a/x'), 'All Connections');
    assert.equal(ports(manifests, 'a/x', 'b/h'), 'All Connections');
  });

  it('networks match pods by address, too', () => {
    const manifests = read(
      ...pods,
      cluster('c', 'Admin', 0, 'egress: [{action: Deny, to: [{networks: [10.0.0.0/24]}]}]'),
    );
    assert.equal(ports(manifests, 'a/x', 'b/x'), 'No Connections');
    assert.equal(ports(manifests, 'a/x', '10.0.0.0-10.0.0.255[External]'), 'No Connections');
    assert.equal(ports(manifests, 'a/x', 'b/h'), 'All Connections');
  });

  it('named ports of any protocol belong to the destination', () => {
    const named =
      '{action: Accept, from: [{namespaces: {}}], protocols: [{destinationNamedPort: web}]}';
    const manifests = read(
      ...pods,
      cluster('c', 'Admin', 0, `ingress: [${named}, {action: Deny, from: [{namespaces: {}}]}]`),
    );
    assert.equal(ports(manifests, 'b/x', 'a/x'), 'TCP 8080');
    assert.equal(ports(manifests, 'a/x', 'b/x'), 'No Connections');
  });

  it('fails closed on peers that this version does not define', () => {
    for (const [action, expected] of [
      ['Accept', 'All Connections'],
      ['Deny', 'No Connections'],
      ['Pass', 'No Connections'],
    ] as const) {
      const text = [
        ...pods,
        cluster('c', 'Admin', 0, `ingress: [{action: ${action}, from: [{moon: {}}]}]`),
      ].join('\n---\n');
      const manifests = parseManifests([{ name: 'f.yaml', text }]);
      assert.ok(
        manifests.complaints.some(
          ({ code, severity }) => code === 'INVALID_FIELD' && severity === 'error',
        ),
      );
      assert.equal(ports(manifests, 'b/x', 'a/x'), expected, action);
    }
  });

  it('warns where two policies of a tier share a priority and not what they do', () => {
    const rule = (action: string): string =>
      `ingress: [{action: ${action}, from: [{namespaces: {}}]}]`;
    const codes = (first: string, second: string): readonly string[] =>
      read(cluster('one', 'Admin', 3, first), cluster('two', 'Admin', 3, second)).complaints.map(
        ({ code }) => code,
      );
    assert.deepEqual(codes(rule('Accept'), rule('Deny')), ['AMBIGUOUS_ORDER']);
    assert.deepEqual(codes(rule('Pass'), rule('Pass')), []);
    assert.deepEqual(codes(rule('Pass'), 'ingress: []'), []);
  });
});
