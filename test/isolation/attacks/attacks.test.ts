import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { attacks } from '../../../src/isolation/attacks/attacks.ts';
import { catalogue } from '../../../src/isolation/attacks/catalogue.ts';
import { looser } from '../../../src/isolation/attacks/attack.ts';
import { flowMap } from '../../../src/isolation/topology/flow-map.ts';
import { parseManifests } from '../../../src/isolation/manifests/manifests.ts';
import { declare, settings, snapshotOf, topic } from '../topology/cluster-fixture.ts';
import {
  attacked,
  flows,
  flowsOf,
  ofKind,
  opening,
  read,
  shield,
  workload,
  workloads,
} from './attack-fixture.ts';

const whole = attacked();
const text = (value: unknown): string => JSON.stringify(value);

const fromAll = '{ podSelector: {}, ingress: [{ from: [{ namespaceSelector: {} }] }] }';
const everybody = opening('kafka', 'open', '{ podSelector: {}, ingress: [{}] }');
const rogueMayLeave = opening(
  'kafka',
  'leave',
  '{ podSelector: {}, policyTypes: [Egress], egress: [{}] }',
);
const peer = (from: string, ports = ''): string =>
  opening('kafka', 'open', `{ podSelector: {}, ingress: [{ from: [${from}] ${ports} }] }`);
const atPort = (protocol: string, port: number): string =>
  opening(
    'kafka',
    'open',
    `{ podSelector: {}, ingress: [{ ports: [{ protocol: ${protocol}, port: ${port} }] }] }`,
  );
const letOut = (to: string): string =>
  opening('lethe', 'out', `{ podSelector: {}, policyTypes: [Egress], egress: [{ ${to} }] }`);

/** What to add to the whole shield so that an attack of the kind gets through. */
const spoils: Readonly<Record<string, readonly string[]>> = {
  'rogue-pod': [peer('{ podSelector: {} }'), rogueMayLeave],
  'foreign-pod': [opening('kafka', 'open', fromAll)],
  'same-labels': [peer('{ namespaceSelector: {}, podSelector: { matchLabels: { app: lethe } } }')],
  'namespace-labels': [peer('{ namespaceSelector: { matchLabels: { team: privacy } } }')],
  'made-to-measure': [
    peer(
      '{ namespaceSelector: { matchExpressions: [{ key: role, operator: In, values: [etl, bi] }] }, podSelector: { matchExpressions: [{ key: tier, operator: Exists }, { key: old, operator: DoesNotExist }] } }',
    ),
  ],
  'operator-look-alike': [
    peer(
      '{ namespaceSelector: {}, podSelector: { matchLabels: { strimzi.io/kind: cluster-operator } } }',
      ', ports: [{ port: 9091 }]',
    ),
  ],
  'broker-look-alike': [
    peer('{ namespaceSelector: {}, podSelector: { matchLabels: { app: kafka } } }'),
  ],
  'outside-client': [
    peer('{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: lake } } }'),
  ],
  'outside-client-port': [
    peer('{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: lake } } }'),
  ],
  bystander: [
    peer('{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: shop } } }'),
  ],
  pivot: [opening('lethe', 'open', fromAll)],
  'metrics-port': [atPort('TCP', 9404), rogueMayLeave],
  'jmx-port': [atPort('TCP', 9999), rogueMayLeave],
  'agent-port': [atPort('TCP', 8443), rogueMayLeave],
  'controller-port': [atPort('TCP', 9090), rogueMayLeave],
  'inter-broker-port': [atPort('TCP', 9091), rogueMayLeave],
  'declared-port': [atPort('TCP', 7071), rogueMayLeave],
  'any-port': [atPort('UDP', 4711)],
  'udp-twin': [atPort('UDP', 9093), rogueMayLeave],
  'sctp-twin': [atPort('SCTP', 9093), rogueMayLeave],
  'ipv6-twin': [peer('{ ipBlock: { cidr: "2001:db8::/32" } }')],
  'host-network': [everybody],
  'host-network-elsewhere': [everybody],
  'port-forward': [everybody],
  world: [peer('{ ipBlock: { cidr: 198.0.0.0/7 } }')],
  'node-port': [peer('{ ipBlock: { cidr: 0.0.0.0/0 } }')],
  'host-port': [peer('{ ipBlock: { cidr: 0.0.0.0/0 } }')],
  'node-port-masked': [everybody],
  'bootstrap-service': [opening('kafka', 'open', fromAll)],
  'egress-world': [letOut('to: [{ ipBlock: { cidr: 192.0.0.0/3 } }], ports: [{ port: 8081 }]')],
  'egress-metadata': [letOut('to: [{ ipBlock: { cidr: 169.254.0.0/16 } }]')],
  'egress-accomplice': [letOut('to: [{ namespaceSelector: {} }]')],
  'foreign-resolver': [letOut('ports: [{ protocol: UDP, port: 53 }]')],
  'broker-egress-world': [rogueMayLeave],
  'stale-connection': [everybody],
  'pod-start': [everybody],
};

/** Kinds that get through a whole shield: it is others who close them. */
const beyond = [
  'broker-spoof',
  'label-spoof',
  'sidecar',
  'open-broker',
  'pivot-of-client',
  'dns-tunnel',
];

describe('attacks on a whole shield', () => {
  it('all get the expected verdict or a stricter one, and only residual risks are noted', () => {
    assert.ok(whole.attacks.length > 60, String(whole.attacks.length));
    assert.deepEqual(
      whole.attacks.filter(({ verdict, expected }) => looser(verdict, expected)),
      [],
    );
    assert.deepEqual(whole.findings.filter(({ severity }) => severity !== 'note').map(text), []);
  });

  it('are denied by policies that are named, or get through by rules that are named', () => {
    const inKafka = whole.attacks.filter(({ destination }) => destination.name === 'main/11');
    assert.ok(inKafka.length > 40);
    for (const { id, deciders } of inKafka) assert.notEqual(deciders.length, 0, id);
    const [rogue] = ofKind(whole.attacks, 'rogue-pod');
    assert.deepEqual(
      rogue?.deciders.map(({ policy, rule }) => [policy, rule]),
      [
        ['NetworkPolicy kafka/lethe-default-deny', null],
        ['NetworkPolicy kafka/lethe-broker-main-11-ingress', null],
      ],
    );
    const spoof = whole.attacks.find(
      ({ id }) => id.startsWith('label-spoof') && id.endsWith('anonymizer'),
    );
    assert.match(text(spoof?.deciders), /lethe-broker-main-11-ingress","rule":"ingress\[\d\]"/);
  });

  it('that no policy can stop are told with who closes them', () => {
    for (const kind of beyond) {
      const [attack] = ofKind(whole.attacks, kind);
      assert.equal(attack?.verdict, 'allowed', kind);
      assert.equal(attack.finding?.code, 'ATTACK_RESIDUAL', kind);
      assert.match(attack.finding.remedy, /closed by: /);
      assert.ok(attack.closedBy.length > 0 && !attack.closedBy[0]!.startsWith('network'), kind);
    }
  });

  it('in time and from the own node are left to the implementation whatever policies say', () => {
    for (const kind of ['stale-connection', 'pod-start', 'host-network', 'port-forward'])
      for (const { verdict } of ofKind(whole.attacks, kind))
        assert.equal(verdict, 'implementation-defined', kind);
  });

  it('have unique ids, families in order, and are the same for the same input in another order', () => {
    const ids = whole.attacks.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    const again = attacks(flows, read(...[...workloads, ...shield].toReversed()));
    assert.deepEqual(
      again.attacks.map(({ id, verdict }) => [id, verdict]),
      whole.attacks.map(({ id, verdict }) => [id, verdict]),
    );
    assert.deepEqual(JSON.parse(JSON.stringify(whole.attacks)), whole.attacks.map(plain));
  });

  it('have a positive control where somebody is meant to get through, and none elsewhere', () => {
    const at = (id: string) => whole.attacks.find((one) => one.id.startsWith(id))?.control;
    assert.equal(text(at('rogue-pod:main/11')).includes('lethe/lethe[Deployment]'), true);
    assert.equal(
      text(at('metrics-port:main/11')).includes('monitoring/prometheus[Deployment]'),
      true,
    );
    assert.equal(at('jmx-port:main/11'), null);
    assert.equal(at('udp-twin:main/11'), null);
  });
});

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('attacks on a spoiled shield', () => {
  it('cover every kind of the catalogue', () => {
    assert.deepEqual(
      [...Object.keys(spoils), ...beyond].toSorted(),
      [...catalogue.keys()].toSorted(),
    );
  });

  for (const [kind, added] of Object.entries(spoils))
    it(`find ${kind}, with the rule that lets it through`, () => {
      const { attacks: all, findings } = attacked(added);
      const through = ofKind(all, kind).filter(({ verdict }) => verdict === 'allowed');
      assert.ok(
        through.length > 0,
        text(ofKind(all, kind).map(({ id, verdict }) => [id, verdict])),
      );
      for (const { id, finding, deciders } of through) {
        assert.equal(finding?.code, 'ATTACK_SUCCEEDS', id);
        assert.match(text(deciders), /"NetworkPolicy (kafka|lethe)\/(open|leave|out)"/, id);
        assert.ok(findings.includes(finding));
      }
    });

  it('without any policy all get through but those that need none', () => {
    const { attacks: all } = attacks(flows, read(...workloads));
    assert.deepEqual(
      all.filter(({ verdict }) => verdict !== 'allowed').map(({ id }) => id),
      [],
    );
    assert.deepEqual(
      all.filter(({ deciders }) => deciders.length > 0),
      [],
    );
  });

  it('name the port that a sweep found open', () => {
    const { attacks: all } = attacked(spoils['any-port']);
    const open = ofKind(all, 'any-port').find(({ verdict }) => verdict === 'allowed');
    assert.equal(open?.id, 'any-port:main/11:any:foreign');
    assert.deepEqual(open.finding?.path, [
      'intruder/{app.kubernetes.io/name=intruder}',
      'UDP 4711',
      'kafka/kafka-0[Pod]',
      'topic raw.orders',
    ]);
  });

  it('name an address outside that gets in, and the party that is locked out', () => {
    const { attacks: all } = attacked(spoils['world']);
    assert.deepEqual(ofKind(all, 'world')[0]?.source, { kind: 'external', address: '198.0.0.0' });
    const withoutEgress = shield.join('\n---\n').split('\n---\n');
    const cut = withoutEgress.filter((one) => !one.includes('name: lethe-anonymizer-egress'));
    assert.equal(cut.length, withoutEgress.length - 1);
    const codes = attacks(flows, read(...workloads, ...cut)).findings.map(({ code }) => code);
    assert.ok(codes.includes('ATTACK_PARTY_DENIED'));
  });

  it('make a pod to measure from the words of a rule', () => {
    const [attack] = ofKind(attacked(spoils['made-to-measure']).attacks, 'made-to-measure');
    assert.ok(attack?.source.kind === 'pod');
    const { role, 'kubernetes.io/metadata.name': name } = attack.source.namespaceLabels;
    assert.equal(role, 'etl');
    assert.equal(name, attack.source.namespace);
    assert.match(name, /^intruder-[0-9a-f]{6}$/);
    assert.deepEqual(attack.source.labels, { tier: 'any' });
    assert.match(attack.id, /:NetworkPolicy kafka\/open ingress\[0\]$/);
  });

  it('leave an ipBlock of private addresses to the implementation, since a pod may have one of them', () => {
    const { attacks: all } = attacked([peer('{ ipBlock: { cidr: 10.0.0.0/8 } }')]);
    const [foreign] = ofKind(all, 'foreign-pod');
    assert.equal(foreign?.verdict, 'implementation-defined');
    assert.deepEqual(foreign.dependsOn, ['ipblockPods']);
    assert.equal(foreign.finding?.code, 'ATTACK_UNDECIDED');
    const single = attacked([peer('{ ipBlock: { cidr: 10.1.2.3/32 } }')]);
    assert.equal(ofKind(single.attacks, 'foreign-pod')[0]?.verdict, 'denied');
  });

  it('see the policy that the Strimzi operator adds by itself', () => {
    const strimzi = flowsOf({
      brokers: new Map([
        [
          'main',
          {
            ...settings.brokers.get('main')!,
            pods: {
              kind: 'selectors',
              namespace: 'kafka',
              nodes: new Map(
                [11, 12, 13].map((id) => [id, { 'strimzi.io/pod-name': `c-pool-${id}` }]),
              ),
            },
          },
        ],
      ]),
    });
    const kafka = `apiVersion: kafka.strimzi.io/v1
kind: Kafka
metadata: { name: c, namespace: kafka }
spec: { kafka: { listeners: [{ name: raw, port: 9093 }] } }
---
apiVersion: kafka.strimzi.io/v1
kind: KafkaNodePool
metadata: { name: pool, namespace: kafka, labels: { strimzi.io/cluster: c } }
spec: { replicas: 3, roles: [broker] }
status: { nodeIds: [11, 12, 13] }`;
    const { attacks: all } = attacks(strimzi, read(...workloads.slice(2), ...shield, kafka));
    for (const kind of ['foreign-pod', 'operator-look-alike', 'world', 'made-to-measure'])
      assert.ok(
        ofKind(all, kind).some(({ finding }) => finding?.code === 'ATTACK_SUCCEEDS'),
        kind,
      );
    const [foreign] = ofKind(all, 'foreign-pod');
    assert.match(text(foreign?.deciders), /NetworkPolicy kafka\/c-network-policy-kafka/);
  });

  it('take a NodePort in front of raw brokers for more than a thought', () => {
    const door = `apiVersion: v1
kind: Service
metadata: { name: door, namespace: kafka }
spec: { type: NodePort, selector: { app: kafka }, ports: [{ port: 9093 }] }`;
    const [masked] = ofKind(attacked([door]).attacks, 'node-port-masked');
    assert.equal(masked?.expected, 'denied');
    assert.equal(masked.finding?.code, 'ATTACK_UNDECIDED');
  });

  it('take the first undeclared workload that gets in, and pass by those that do not', () => {
    const more = [
      workload('Deployment', 'shop/aaa', 'app: aaa'),
      peer('{ namespaceSelector: {}, podSelector: { matchLabels: { app: web } } }'),
    ];
    const [bystander] = ofKind(attacked(more).attacks, 'bystander');
    assert.equal(text(bystander?.source).includes('shop/web[Deployment]'), true);
  });
});

describe('what can not be attacked', () => {
  const codesOf = (found: ReturnType<typeof attacks>): readonly string[] =>
    found.findings
      .filter(({ code }) => code.startsWith('ATTACK_TARGET'))
      .map(({ code, severity, subject }) => `${severity} ${code} ${subject}`);

  it('is an error where nobody knows which pods they are', () => {
    const nobody = flowMap(declare({ anonymizer: null, brokers: new Map() }), snapshotOf());
    assert.deepEqual(codesOf(attacks(nobody, read(...workloads))), [
      'error ATTACK_TARGET_UNKNOWN anonymizer',
      'error ATTACK_TARGET_UNKNOWN main/11',
    ]);
    const nothing = flowsOf({}, snapshotOf({ name: 'raw.orders', partitions: [] }));
    assert.deepEqual(codesOf(attacks(nothing, read(...workloads))), [
      'error ATTACK_TARGET_UNKNOWN raw brokers',
    ]);
  });

  it('is a warning where the manifests lack the pods, and judged by the declared labels', () => {
    const found = attacks(flows, read(...shield));
    assert.ok(codesOf(found).includes('warning ATTACK_TARGET_ABSENT main/11'));
    assert.equal(ofKind(found.attacks, 'rogue-pod')[0]?.verdict, 'denied');
  });

  it('is left to what stands in front of it where the broker is outside of the cluster', () => {
    const outside = flowsOf({
      brokers: new Map([
        [
          'main',
          {
            ...settings.brokers.get('main')!,
            pods: {
              kind: 'addresses',
              nodes: new Map([11, 12, 13].map((id) => [id, `192.0.2.${id}`])),
            },
          },
        ],
      ]),
    });
    const { attacks: all } = attacks(outside, read(...workloads, ...shield));
    const [foreign] = ofKind(all, 'foreign-pod');
    assert.equal(foreign?.verdict, 'implementation-defined');
    assert.equal(foreign.closedBy[0], 'firewall of the brokers');
    assert.equal(foreign.finding?.code, 'ATTACK_RESIDUAL');
    assert.deepEqual(ofKind(all, 'host-network'), []);
  });
});

describe('options of attacks', () => {
  it('choose kinds, and a namespace that is there', () => {
    const { attacks: all } = attacked([], {
      kinds: new Set(['foreign-pod']),
      attackerNamespace: 'shop',
    });
    assert.deepEqual(
      all.map(({ kind, source }) => [kind, source.kind === 'pod' && source.namespace]),
      [['foreign-pod', 'shop']],
    );
  });

  it('judge strangers by the policies of that namespace', () => {
    const locked = opening('shop', 'locked', '{ podSelector: {}, policyTypes: [Egress] }');
    const { attacks: all } = attacked([everybody, locked], {
      kinds: new Set(['foreign-pod']),
      attackerNamespace: 'shop',
    });
    assert.equal(all[0]?.verdict, 'denied');
  });
});

describe('attacks never fail', () => {
  const label = fc.constantFrom('app: kafka', 'app: lethe', 'app: x', '"": y', 'a: {b: c}', '');
  const selector = fc.oneof(
    fc.constant('{}'),
    label.map((one) => `{ matchLabels: { ${one} } }`),
    fc.constant('{ matchExpressions: [{ key: app, operator: NotIn, values: [kafka] }] }'),
  );
  const from = fc.oneof(
    selector.map((one) => `{ podSelector: ${one} }`),
    fc.tuple(selector, selector).map(([a, b]) => `{ namespaceSelector: ${a}, podSelector: ${b} }`),
    fc
      .constantFrom('10.0.0.0/8', '0.0.0.0/0', '::/0', 'fd00::/8', '203.0.113.7/32', 'nonsense')
      .map((one) => `{ ipBlock: { cidr: "${one}" } }`),
  );
  const ports = fc.constantFrom('', 'ports: [{ port: 9093 }],', 'ports: [{ port: kafka }],');
  const policy = fc
    .tuple(
      fc.constantFrom('kafka', 'lethe', 'shop', 'intruder'),
      fc.constantFrom('ingress', 'egress'),
      selector,
      ports,
      fc.array(from, { maxLength: 3 }),
    )
    .map(([namespace, direction, subject, at, peers], index = 0) =>
      opening(
        namespace,
        `p${String(index)}`,
        `{ podSelector: ${subject}, ${direction}: [{ ${at} ${direction === 'ingress' ? 'from' : 'to'}: [${peers.join(', ')}] }] }`,
      ),
    );
  const raws = fc.array(fc.constantFrom(11, 12, 13, 99), { maxLength: 3 });

  it('whatever the policies, the placement and the workloads are', () => {
    fc.assert(
      fc.property(
        fc.array(policy, { maxLength: 5 }),
        fc.subarray(workloads),
        raws,
        fc.boolean(),
        (policies, some, placed, declared) => {
          const map = flowsOf(
            declared ? {} : { anonymizer: null, dns: null, clients: [], operators: [] },
            snapshotOf(topic('raw.orders', ...placed.map((id) => [id]))),
          );
          const files = [...some, ...policies].map((one, index) => ({
            name: `${index}.yaml`,
            text: one,
          }));
          const { attacks: all } = attacks(map, parseManifests(files));
          for (const { id, verdict, expected, finding } of all)
            assert.equal(
              ['ATTACK_SUCCEEDS', 'ATTACK_UNDECIDED'].includes(finding?.code ?? ''),
              looser(verdict, expected),
              id,
            );
        },
      ),
      { numRuns: 60, seed: 4 },
    );
  });
});
