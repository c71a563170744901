import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseManifests } from '../../../src/isolation/manifests/manifests.ts';
import { pod, policy, ports, read } from './scene.ts';

const world = '0.0.0.0-255.255.255.255[External]';
const [all, none] = ['All Connections', 'No Connections'];
const pods = [
  pod('a/x', 'app: x', ['web 8080'], { ip: '10.0.0.1' }),
  pod('a/y', 'app: "y"', [], { ip: '10.0.0.2' }),
  pod('b/x', 'app: x', [], { ip: '10.0.0.3' }),
  pod('b/h', 'app: h', [], { hostNetwork: true }),
  'apiVersion: v1\nkind: Namespace\nmetadata: {name: b, labels: {team: b}}',
];
const cilium = (spec: string, name = 'c'): string =>
  `apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: ${name}, namespace: a}\nspec: ${spec}`;
const wide = (spec: string): string =>
  `apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: w}\nspec: ${spec}`;
const onX = 'endpointSelector: {matchLabels: {app: x}}';

describe('policies of Cilium', () => {
  it('an empty rule isolates and allows nothing', () => {
    const manifests = read(...pods, cilium(`{${onX}, ingress: [{}]}`));
    assert.equal(ports(manifests, 'a/y', 'a/x'), none);
    assert.equal(ports(manifests, 'a/y', 'b/x'), all, 'other namespaces are not selected');
    assert.equal(ports(manifests, 'a/x', 'a/y'), all, 'egress is not judged');
  });

  it('no rule of a direction means that the direction is not judged', () => {
    const manifests = read(...pods, cilium(`{${onX}, ingress: []}`));
    assert.equal(ports(manifests, 'a/y', 'a/x'), all);
  });

  it('endpoints without a namespace mean the policy’s own; with one, that one', () => {
    const own = cilium(`{${onX}, ingress: [{fromEndpoints: [{}]}]}`);
    assert.equal(ports(read(...pods, own), 'a/y', 'a/x'), all);
    assert.equal(ports(read(...pods, own), 'b/x', 'a/x'), none);
    const named = cilium(
      `{${onX}, ingress: [{fromEndpoints: [{matchLabels: {"k8s:io.kubernetes.pod.namespace": b}}]}]}`,
    );
    assert.equal(ports(read(...pods, named), 'b/x', 'a/x'), all);
    assert.equal(ports(read(...pods, named), 'a/y', 'a/x'), none);
    const labelled = cilium(
      `{${onX}, ingress: [{fromEndpoints: [{matchLabels: {"k8s:io.cilium.k8s.namespace.labels.team": b}}]}]}`,
    );
    assert.equal(ports(read(...pods, labelled), 'b/x', 'a/x'), all);
  });

  it('an empty list of peers selects nobody, a missing one anybody', () => {
    const manifests = read(
      ...pods,
      cilium(
        `{${onX}, ingress: [{fromEndpoints: [], toPorts: [{ports: [{port: "80", protocol: TCP}]}]}]}`,
      ),
    );
    assert.equal(ports(manifests, 'a/y', 'a/x'), none);
    const missing = read(
      ...pods,
      cilium(`{${onX}, ingress: [{toPorts: [{ports: [{port: "80", protocol: TCP}]}]}]}`),
    );
    assert.equal(ports(missing, 'a/y', 'a/x'), 'TCP 80');
    assert.equal(ports(missing, world, 'a/x'), 'TCP 80');
  });

  it('a deny beats every allow, also that of a NetworkPolicy', () => {
    const manifests = read(
      ...pods,
      policy('a/open', '{podSelector: {}, ingress: [{}]}'),
      cilium(
        `{${onX}, ingress: [{fromEntities: [all]}], ingressDeny: [{fromEndpoints: [{matchLabels: {app: "y"}}], toPorts: [{ports: [{port: "22"}]}]}]}`,
      ),
    );
    assert.equal(
      ports(manifests, 'a/y', 'a/x'),
      'SCTP 1-21,23-65535,TCP 1-21,23-65535,UDP 1-21,23-65535',
    );
    assert.equal(ports(manifests, 'b/x', 'a/x'), all);
  });

  it('a deny rule isolates by itself, unless enableDefaultDeny says no', () => {
    const deny = 'ingressDeny: [{fromEndpoints: [{matchLabels: {app: "y"}}]}]';
    assert.equal(ports(read(...pods, cilium(`{${onX}, ${deny}}`)), 'b/x', 'a/x'), none);
    const open = read(...pods, cilium(`{${onX}, ${deny}, enableDefaultDeny: {ingress: false}}`));
    assert.equal(ports(open, 'b/x', 'a/x'), all);
    assert.equal(ports(open, 'a/y', 'a/x'), none);
  });

  it('adds to what NetworkPolicies allow', () => {
    const manifests = read(
      ...pods,
      policy('a/in', '{podSelector: {}, ingress: [{ports: [{port: 80}]}]}'),
      cilium(
        `{${onX}, ingress: [{toPorts: [{ports: [{port: "90", endPort: 91, protocol: TCP}]}]}]}`,
      ),
    );
    assert.equal(ports(manifests, 'a/y', 'a/x'), 'TCP 80,90-91');
  });

  it('a block never means a pod, and world means addresses outside only', () => {
    const manifests = read(
      ...pods,
      cilium(`{${onX}, ingress: [{fromCIDRSet: [{cidr: 10.0.0.0/8, except: [10.1.0.0/16]}]}]}`),
    );
    assert.equal(ports(manifests, 'a/y', 'a/x', { ipblockPods: 'match' }), none);
    assert.equal(ports(manifests, '10.0.0.0-10.0.255.255[External]', 'a/x'), all);
    assert.equal(ports(manifests, '10.1.0.0-10.1.255.255[External]', 'a/x'), none);
    const outside = read(...pods, cilium(`{${onX}, ingress: [{fromEntities: [world]}]}`));
    assert.equal(ports(outside, 'a/y', 'a/x'), none);
    assert.equal(ports(outside, world, 'a/x'), all);
  });

  it('pods on the network of their node are the node', () => {
    const manifests = read(
      ...pods,
      cilium(`{${onX}, ingress: [{fromEntities: [host, remote-node]}]}`),
    );
    assert.equal(ports(manifests, 'b/h', 'a/x'), all);
    assert.equal(ports(manifests, 'a/y', 'a/x'), none);
    const endpoints = read(
      ...pods,
      wide(`{endpointSelector: {}, ingress: [{fromEndpoints: [{}]}]}`),
    );
    assert.equal(ports(endpoints, 'b/h', 'a/x'), none);
    assert.equal(ports(endpoints, 'a/x', 'b/h'), all, 'and no endpoint that a policy selects');
  });

  it('named ports are the destination’s', () => {
    const manifests = read(
      ...pods,
      cilium(`{${onX}, ingress: [{toPorts: [{ports: [{port: web}]}]}]}`),
    );
    assert.equal(ports(manifests, 'a/y', 'a/x'), 'TCP 8080');
  });

  for (const [what, rule, code] of [
    [
      'Kafka rules, which newer versions drop',
      'ingress: [{toPorts: [{ports: [{port: "9092"}], rules: {kafka: [{topic: t}]}}]}]',
      'UNKNOWN_FIELD',
    ],
    ['names of the world', 'egress: [{toFQDNs: [{matchName: example.org}]}]', 'UNSUPPORTED_FIELD'],
    ['services', 'egress: [{toServices: [{k8sService: {serviceName: s}}]}]', 'UNSUPPORTED_FIELD'],
    ['groups of blocks', 'egress: [{toCIDRSet: [{cidrGroupRef: g}]}]', 'UNSUPPORTED_FIELD'],
    ['misspelt fields', 'ingress: [{fromEndpoint: [{}]}]', 'UNKNOWN_FIELD'],
  ] as const)
    it(`complains about ${what}`, () => {
      const { complaints } = parseManifests([
        { name: 'c.yaml', text: cilium(`{${onX}, ${rule}}`) },
      ]);
      assert.deepEqual(
        complaints.map((one) => [one.severity, one.code]),
        [['error', code]],
      );
    });
});
