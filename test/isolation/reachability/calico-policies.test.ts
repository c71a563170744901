import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseManifests } from '../../../src/isolation/manifests/manifests.ts';
import { pod, policy, ports, read } from './scene.ts';

const world = '0.0.0.0-255.255.255.255[External]';
const [all, none] = ['All Connections', 'No Connections'];
const pods = [
  pod('a/x', 'app: x, tier: front', ['web 8080'], { ip: '10.0.0.1' }),
  pod('a/y', 'app: "y"', [], { ip: '10.0.0.2' }),
  pod('b/x', 'app: x', [], { ip: '10.1.0.3' }),
  pod('b/h', 'app: h', [], { hostNetwork: true }),
  'apiVersion: v1\nkind: Namespace\nmetadata: {name: b, labels: {team: b}}',
];
const calico = (spec: string, name = 'c'): string =>
  `apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: ${name}, namespace: a}\nspec: ${spec}`;
const wide = (spec: string, name = 'g'): string =>
  `apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: ${name}}\nspec: ${spec}`;
const tier = (name: string, spec: string): string =>
  `apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: ${name}}\nspec: ${spec}`;

describe('policies of Calico', () => {
  it('selects in its namespace and denies at the end of the tier', () => {
    const manifests = read(
      ...pods,
      calico(
        '{selector: app == "x", ingress: [{action: Allow, protocol: TCP, source: {selector: app == "y"}, destination: {ports: [80, "90:91", web]}}]}',
      ),
    );
    assert.equal(ports(manifests, 'a/y', 'a/x'), 'TCP 80,90-91,8080');
    assert.equal(ports(manifests, 'b/x', 'a/x'), none);
    assert.equal(ports(manifests, 'a/x', 'a/y'), all);
    assert.equal(ports(manifests, 'a/y', 'b/x'), all);
  });

  it('types follow the rules that are there', () => {
    assert.equal(ports(read(...pods, calico('{egress: [{action: Deny}]}')), 'b/x', 'a/x'), all);
    assert.equal(ports(read(...pods, calico('{egress: [{action: Deny}]}')), 'a/x', 'b/x'), none);
    assert.equal(
      ports(read(...pods, calico('{}')), 'b/x', 'a/x'),
      none,
      'no rules at all: ingress',
    );
    assert.equal(ports(read(...pods, calico('{types: [Egress]}')), 'b/x', 'a/x'), all);
  });

  it('a lower order is judged first, also before and after NetworkPolicies', () => {
    const allow = policy('a/np', '{podSelector: {}, ingress: [{ports: [{port: 80}]}]}');
    const before = read(
      ...pods,
      allow,
      wide(
        '{order: 10, types: [Ingress], ingress: [{action: Deny, protocol: TCP, destination: {ports: [80]}}]}',
      ),
    );
    assert.equal(ports(before, 'b/x', 'a/x'), none);
    const after = read(
      ...pods,
      allow,
      wide(
        '{order: 2000, types: [Ingress], ingress: [{action: Deny, protocol: TCP, destination: {ports: [80]}}, {action: Allow, protocol: UDP}]}',
      ),
    );
    assert.equal(ports(after, 'b/x', 'a/x'), 'TCP 80,UDP 1-65535');
  });

  it('Pass leaves the decision to the next tier, and the end of a tier denies or passes', () => {
    const early = (spec: string): string =>
      wide(`{tier: security, order: 1, types: [Ingress], ${spec}}`);
    const base = [
      ...pods,
      calico('{ingress: [{action: Allow, protocol: TCP, destination: {ports: [80]}}]}'),
    ];
    const denying = tier('security', '{order: 100}');
    assert.equal(
      ports(
        read(...base, denying, early('ingress: [{action: Pass, protocol: TCP}]')),
        'b/x',
        'a/x',
      ),
      'TCP 80',
    );
    assert.equal(
      ports(
        read(...base, denying, early('ingress: [{action: Pass, protocol: UDP}]')),
        'b/x',
        'a/x',
      ),
      none,
    );
    const passing = tier('security', '{order: 100, defaultAction: Pass}');
    assert.equal(
      ports(read(...base, passing, early('ingress: [{action: Log}]')), 'b/x', 'a/x'),
      'TCP 80',
    );
  });

  it('a deny in an earlier tier can’t be undone', () => {
    const manifests = read(
      ...pods,
      tier('security', '{order: 100, defaultAction: Pass}'),
      wide(
        '{tier: security, types: [Ingress], selector: app == "x", ingress: [{action: Deny, source: {notSelector: app == "y"}}]}',
      ),
      policy('a/open', '{podSelector: {}, ingress: [{}]}'),
    );
    assert.equal(ports(manifests, 'a/y', 'a/x'), all);
    assert.equal(ports(manifests, 'b/h', 'a/x'), none);
    assert.equal(ports(manifests, world, 'a/x'), none, 'notSelector matches what is no endpoint');
  });

  it('complains about a tier that nobody declares', () => {
    const text = wide('{tier: lost, types: [Ingress]}');
    const { complaints } = parseManifests([{ name: 'c.yaml', text }]);
    assert.deepEqual(
      complaints.map(({ code }) => code),
      ['MISSING_OBJECT'],
    );
  });

  it('namespace selectors look at labels of the namespace and at its name', () => {
    for (const selector of [
      'team == "b"',
      'projectcalico.org/name == "b"',
      '!has(kubernetes.io/metadata.name) || team in {"b"}',
    ]) {
      const manifests = read(
        ...pods,
        calico(
          `{selector: app == 'x', ingress: [{action: Allow, source: {namespaceSelector: '${selector}'}}]}`,
        ),
      );
      assert.equal(ports(manifests, 'b/x', 'a/x'), all, selector);
      assert.equal(ports(manifests, 'a/y', 'a/x'), none, selector);
    }
  });

  it('nets match pods and the outside by address, and notNets the rest', () => {
    const manifests = read(
      ...pods,
      calico(
        '{selector: app == "x", ingress: [{action: Allow, source: {nets: [10.0.0.0/8], notNets: [10.1.0.0/16]}}]}',
      ),
    );
    assert.equal(ports(manifests, 'a/y', 'a/x'), all);
    assert.equal(ports(manifests, 'b/x', 'a/x'), none);
    assert.equal(ports(manifests, '10.2.0.0-10.255.255.255[External]', 'a/x'), all);
  });

  it('a condition on its own side narrows the subjects', () => {
    const manifests = read(
      ...pods,
      calico('{ingress: [{action: Allow, destination: {selector: has(tier)}}]}'),
    );
    assert.equal(ports(manifests, 'b/x', 'a/x'), all);
    assert.equal(ports(manifests, 'b/x', 'a/y'), none);
  });

  it('notPorts and notProtocol take away, and ICMP says nothing about ports', () => {
    const manifests = read(
      ...pods,
      calico(
        '{selector: app == "x", ingress: [{action: Allow, protocol: TCP, destination: {notPorts: ["1:79", "81:65535"]}}, {action: Allow, notProtocol: TCP, destination: {ports: [53]}}, {action: Allow, protocol: ICMP}]}',
      ),
    );
    assert.equal(ports(manifests, 'a/y', 'a/x'), 'SCTP 53,TCP 80,UDP 53');
  });

  it('staged policies are previews', () => {
    const text =
      'apiVersion: projectcalico.org/v3\nkind: StagedGlobalNetworkPolicy\nmetadata: {name: s}\nspec: {types: [Ingress]}';
    const manifests = read(...pods, text);
    assert.equal(ports(manifests, 'b/x', 'a/x'), all);
    assert.deepEqual(
      manifests.complaints.map(({ severity }) => severity),
      ['info'],
    );
  });

  for (const [what, spec] of [
    ['source ports', 'ingress: [{action: Deny, protocol: TCP, source: {ports: [1]}}]'],
    ['services', 'egress: [{action: Allow, destination: {services: {name: s}}}]'],
    ['HTTP', 'ingress: [{action: Allow, http: {methods: [GET]}}]'],
    ['network sets of a later version', 'ingress: [{action: Allow, source: {networkSets: [s]}}]'],
    ['broken selectors', 'selector: "app = x"'],
  ] as const)
    it(`complains about ${what}`, () => {
      const { complaints } = parseManifests([{ name: 'c.yaml', text: calico(`{${spec}}`) }]);
      assert.deepEqual(
        complaints.map(({ severity }) => severity),
        ['error'],
      );
    });
});
