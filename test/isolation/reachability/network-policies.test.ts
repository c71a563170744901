import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pod, policy, ports, read } from './scene.ts';

const world = '0.0.0.0-255.255.255.255[External]';
const [all, none] = ['All Connections', 'No Connections'];
const pods = [
  pod('a/x', 'app: x', ['web 8080', 'dns 53 UDP']),
  pod('a/y', 'app: "y"', ['web 9090']),
  pod('b/x', 'app: x', ['web 8081']),
  'apiVersion: v1\nkind: Namespace\nmetadata: {name: b, labels: {team: b}}',
];

/** The numbered points of the semantics that a static judge can decide. */
const table: readonly {
  readonly says: string;
  readonly spec: string;
  readonly expect: readonly (readonly [string, string, string])[];
}[] = [
  {
    says: 'without policyTypes and without egress rules, a policy judges ingress only',
    spec: '{podSelector: {}}',
    expect: [
      ['a/x', 'a/y', none],
      ['a/x', 'b/x', all],
      ['b/x', 'a/x', none],
      [world, 'a/x', none],
    ],
  },
  {
    says: 'without policyTypes, one egress rule adds egress',
    spec: '{podSelector: {}, ingress: [{}], egress: [{ports: [{port: 53, protocol: UDP}]}]}',
    expect: [
      ['a/x', 'b/x', 'UDP 53'],
      ['b/x', 'a/x', all],
      ['a/x', world, 'UDP 53'],
    ],
  },
  {
    says: 'a written policyTypes wins: ingress rules under [Egress] are inert',
    spec: '{podSelector: {}, policyTypes: [Egress], ingress: [{ports: [{port: 1}]}]}',
    expect: [
      ['b/x', 'a/x', all],
      ['a/x', 'b/x', none],
    ],
  },
  {
    says: 'an empty policyTypes means the default, as the API server drops empty lists',
    spec: '{podSelector: {}, policyTypes: []}',
    expect: [
      ['b/x', 'a/x', none],
      ['a/x', 'b/x', all],
    ],
  },
  {
    says: 'an empty list of egress rules is no egress rule',
    spec: '{podSelector: {}, egress: []}',
    expect: [
      ['a/x', 'b/x', all],
      ['b/x', 'a/x', none],
    ],
  },
  {
    says: 'an empty rule allows everybody, also from outside',
    spec: '{podSelector: {}, ingress: [{}]}',
    expect: [
      ['b/x', 'a/x', all],
      [world, 'a/x', all],
    ],
  },
  {
    says: 'an empty "from" means anybody, as a missing one',
    spec: '{podSelector: {}, ingress: [{from: [], ports: [{port: 80}]}]}',
    expect: [
      ['b/x', 'a/x', 'TCP 80'],
      [world, 'a/x', 'TCP 80'],
    ],
  },
  {
    says: 'a podSelector alone means the namespace of the policy',
    spec: '{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: x}}}]}]}',
    expect: [
      ['a/x', 'a/y', all],
      ['b/x', 'a/y', none],
    ],
  },
  {
    says: 'a namespaceSelector alone means all pods of those namespaces',
    spec: '{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}}}]}]}',
    expect: [
      ['a/x', 'a/y', none],
      ['b/x', 'a/y', all],
      [world, 'a/y', none],
    ],
  },
  {
    says: 'an empty namespaceSelector means every namespace but not the outside',
    spec: '{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}',
    expect: [
      ['a/x', 'a/y', all],
      ['b/x', 'a/y', all],
      [world, 'a/y', none],
    ],
  },
  {
    says: 'the name of a namespace is among its labels, whether declared or not',
    spec: '{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: a}}}]}]}',
    expect: [
      ['a/x', 'a/y', all],
      ['b/x', 'a/y', none],
    ],
  },
  {
    says: 'both selectors in one item must hold',
    spec: '{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}}, podSelector: {matchLabels: {app: "y"}}}]}]}',
    expect: [
      ['b/x', 'a/y', none],
      ['a/y', 'a/x', none],
    ],
  },
  {
    says: 'selectors in two items are alternatives',
    spec: '{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}}}, {podSelector: {matchLabels: {app: "y"}}}]}]}',
    expect: [
      ['b/x', 'a/y', all],
      ['a/y', 'a/x', all],
      ['a/x', 'a/y', none],
    ],
  },
  {
    says: 'a port is TCP unless it says otherwise',
    spec: '{podSelector: {}, ingress: [{ports: [{port: 80}]}]}',
    expect: [['b/x', 'a/x', 'TCP 80']],
  },
  {
    says: 'a port entry without a number means all ports of its protocol',
    spec: '{podSelector: {}, ingress: [{ports: [{protocol: SCTP}]}]}',
    expect: [['b/x', 'a/x', 'SCTP 1-65535']],
  },
  {
    says: 'endPort makes a range with both ends',
    spec: '{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 90}, {port: 91}]}]}',
    expect: [['b/x', 'a/x', 'TCP 80-91']],
  },
  {
    says: 'a named port of an ingress rule is each pod’s own',
    spec: '{podSelector: {}, ingress: [{ports: [{port: web}]}]}',
    expect: [
      ['b/x', 'a/x', 'TCP 8080'],
      ['b/x', 'a/y', 'TCP 9090'],
    ],
  },
  {
    says: 'a named port of an egress rule is the destination’s, and nothing outside serves it',
    spec: '{podSelector: {matchLabels: {app: "y"}}, policyTypes: [Egress], egress: [{ports: [{port: web}, {port: 22}]}]}',
    expect: [
      ['a/y', 'a/x', 'TCP 22,8080'],
      ['a/y', 'b/x', 'TCP 22,8081'],
      ['a/y', world, 'TCP 22'],
    ],
  },
  {
    says: 'a named port must match in protocol, too',
    spec: '{podSelector: {}, ingress: [{ports: [{port: dns}]}]}',
    expect: [['b/x', 'a/x', none]],
  },
  {
    says: 'a named port that nobody serves allows nothing',
    spec: '{podSelector: {}, ingress: [{ports: [{port: nope}]}]}',
    expect: [['b/x', 'a/x', none]],
  },
  {
    says: 'NotIn also selects pods without the label',
    spec: '{podSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [z]}]}}',
    expect: [['b/x', 'a/x', none]],
  },
  {
    says: 'Exists and DoesNotExist look at the key alone',
    spec: '{podSelector: {matchExpressions: [{key: app, operator: Exists}, {key: tier, operator: DoesNotExist}]}}',
    expect: [['b/x', 'a/x', none]],
  },
];

describe('NetworkPolicy', () => {
  for (const { says, spec, expect } of table)
    it(says, () => {
      const manifests = read(...pods, policy('a/p', spec));
      for (const [from, to, allowed] of expect)
        assert.equal(ports(manifests, from, to), allowed, `${from} => ${to}`);
    });

  it('needs egress of the source and ingress of the destination', () => {
    const manifests = read(
      ...pods,
      policy(
        'a/out',
        '{podSelector: {matchLabels: {app: x}}, policyTypes: [Egress], egress: [{ports: [{port: 80, endPort: 90}]}]}',
      ),
      policy('b/in', '{podSelector: {}, ingress: [{ports: [{port: 85, endPort: 99}]}]}'),
    );
    assert.equal(ports(manifests, 'a/x', 'b/x'), 'TCP 85-90');
    assert.equal(ports(manifests, 'a/y', 'b/x'), 'TCP 85-99');
  });

  it('allows what crossing ranges of ports share, in one policy and between both sides', () => {
    const range = (first: number, last: number): string => `{port: ${first}, endPort: ${last}}`;
    const manifests = read(
      pod('a/x', 'app: x'),
      policy('a/out', `{podSelector: {}, egress: [{ports: [${range(81, 443)}]}]}`),
      policy(
        'a/in',
        `{podSelector: {}, ingress: [{ports: [${range(53, 99)}, ${range(90, 415)}]}]}`,
      ),
      pod('a/z', 'app: z'),
    );
    assert.equal(ports(manifests, 'a/x', 'a/z'), 'TCP 81-415');
  });

  it('is a union: another policy can only add', () => {
    const manifests = read(
      ...pods,
      policy('a/deny', '{podSelector: {}}'),
      policy('a/one', '{podSelector: {matchLabels: {app: x}}, ingress: [{ports: [{port: 80}]}]}'),
      policy('a/two', '{podSelector: {}, ingress: [{ports: [{port: 443}]}]}'),
    );
    assert.equal(ports(manifests, 'b/x', 'a/x'), 'TCP 80,443');
    assert.equal(ports(manifests, 'b/x', 'a/y'), 'TCP 443');
  });

  it('cuts the outside where an ipBlock or its exception begins or ends', () => {
    const manifests = read(
      ...pods,
      policy(
        'a/p',
        '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/16]}}]}]}',
      ),
    );
    assert.equal(ports(manifests, '0.0.0.0-10.0.255.255[External]', 'a/x'), none);
    assert.equal(ports(manifests, '10.1.0.0-10.255.255.255[External]', 'a/x'), all);
    assert.equal(ports(manifests, '11.0.0.0-255.255.255.255[External]', 'a/x'), none);
    assert.equal(ports(manifests, 'a/x', world), all, 'egress ranges are cut by egress rules only');
  });

  it('judges IPv6 as it judges IPv4, once a block or a pod uses it', () => {
    const manifests = read(
      ...pods,
      policy('a/p', '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: "fd00::/8"}}]}]}'),
    );
    assert.equal(
      ports(manifests, 'fd00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff[External]', 'a/x'),
      all,
    );
    assert.equal(ports(manifests, world, 'a/x'), none);
  });

  it('lets ipBlock match pods by address only where that is asked for', () => {
    const manifests = read(
      pod('a/x', 'app: x', [], { ip: '10.0.0.1' }),
      pod('a/y', 'app: "y"', [], { ip: '10.9.0.1' }),
      pod('a/z', 'app: z'),
      policy(
        'a/p',
        '{podSelector: {matchLabels: {app: z}}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/16}}]}]}',
      ),
    );
    assert.equal(ports(manifests, 'a/x', 'a/z'), none);
    assert.equal(ports(manifests, 'a/x', 'a/z', { ipblockPods: 'match' }), all);
    assert.equal(ports(manifests, 'a/y', 'a/z', { ipblockPods: 'match' }), none);
  });

  it('never lets one packet have ends of two families', () => {
    const manifests = read(
      pod('a/x', '').replace('status: {}', 'status: {podIPs: [{ip: 10.0.0.1}, {ip: "fd00::1"}]}'),
      pod('a/y', 'app: "y"').replace(
        'status: {}',
        'status: {podIPs: [{ip: 10.0.0.2}, {ip: "fd00::2"}]}',
      ),
      policy(
        'a/p',
        '{podSelector: {}, policyTypes: [Ingress, Egress], egress: [{to: [{ipBlock: {cidr: "fd00::/8"}}]}], ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}',
      ),
    );
    assert.equal(ports(manifests, 'a/x', 'a/y', { ipblockPods: 'match' }), none);
  });

  it('tells the pods of a StatefulSet apart by the labels that its controller adds', () => {
    const set = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: kafka, namespace: a}
spec: {replicas: 3, template: {metadata: {labels: {app: kafka}}, spec: {containers: []}}}`;
    const only = (index: number): string =>
      policy('a/p', `{podSelector: {matchLabels: {apps.kubernetes.io/pod-index: "${index}"}}}`);
    const label = 'a/kafka[StatefulSet]';
    assert.equal(ports(read(...pods, set, only(2)), 'b/x', label), all, 'pods 0 and 1 are open');
    const each = policy(
      'a/q',
      '{podSelector: {matchExpressions: [{key: statefulset.kubernetes.io/pod-name, operator: In, values: [kafka-0, kafka-1, kafka-2]}]}}',
    );
    assert.equal(ports(read(...pods, set, each), 'b/x', label), none);
  });
});
