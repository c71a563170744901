import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { networkFlavours } from '../../../src/isolation/policies/agreement.ts';
import { generate } from '../../../src/isolation/policies/generate.ts';
import { Reachability } from '../../../src/isolation/reachability/reachability.ts';
import { flowMap, type FlowMap } from '../../../src/isolation/topology/flow-map.ts';
import { parseManifests } from '../../../src/isolation/manifests/manifests.ts';
import { client, declare, settings, snapshotOf } from '../topology/cluster-fixture.ts';
import type { Flavour } from '../../../src/isolation/policies/flavours.ts';
import type { BrokerGroup } from '../../../src/isolation/topology/isolation-settings.ts';
import type { KafkaSnapshot } from '../../../src/isolation/topology/snapshot.ts';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

const clients = [
  client('crm', { produces: ['raw.orders'], principal: 'User:crm' }),
  client('lake', {
    consumes: ['public.orders'],
    groups: ['lake'],
    transactionalIds: ['tx'],
    principal: 'User:CN=lake',
  }),
];
const registry = { namespace: 'registry', podSelector: { app: 'registry' }, port: null };
const declared = declare({
  clients,
  registry,
  anonymizerPrincipal: 'User:lethe',
  dns: { ...settings.dns!, nodeLocal: '169.254.20.10' },
});
const map = flowMap(declared, snapshotOf());

const objectsOf = (flows: FlowMap, flavour: Flavour, staged = false): readonly Manifest[] =>
  generate(flows, { flavour, staged })
    .files.filter(({ path }) => path !== 'kustomization.yaml')
    .flatMap(({ text }) => parseAllDocuments(text).map((one) => one.toJS() as Manifest));
const object = (flavour: Flavour, name: string): Manifest => {
  const found = objectsOf(map, flavour).find(({ metadata }) => metadata.name === name);
  assert.ok(found !== undefined, name);
  return found;
};

/** A strimzi cluster of three brokers, one raw. */
const strimzi: BrokerGroup = {
  ...settings.brokers.get('main')!,
  pods: { kind: 'strimzi', namespace: 'kafka', name: 'prod' },
  controllers: null,
};
function strimziMap(): FlowMap {
  const snapshot = snapshotOf();
  const { main } = snapshot.clusters;
  const moved: KafkaSnapshot = {
    ...snapshot,
    clusters: {
      main: {
        ...main!,
        brokers: main!.brokers.map(({ id }) => ({ id, host: `prod-pool-${id}.x.svc`, port: 9093 })),
      },
    },
  };
  return flowMap(
    { ...declared, isolation: { ...declared.isolation, brokers: new Map([['main', strimzi]]) } },
    moved,
  );
}

describe('every object', () => {
  for (const flavour of [...networkFlavours, 'strimzi-user'] as const)
    it(`of ${flavour} says whose it is, where it comes from, and has a name that fits`, () => {
      const objects = objectsOf(flavour === 'strimzi-user' ? strimziMap() : map, flavour);
      assert.ok(objects.length > 0);
      const names = objects.map(
        ({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
      );
      assert.equal(new Set(names).size, names.length);
      for (const { metadata } of objects) {
        assert.equal(metadata.labels['app.kubernetes.io/managed-by'], 'lethe');
        assert.match(metadata.annotations['lethe/map'] ?? '', /^sha256:[0-9a-f]{64}$/);
        assert.match(metadata.name, /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
      }
    });

  for (const flavour of networkFlavours)
    it(`of ${flavour} has numbers for ports, protocols, and a namespace beside each selector`, () => {
      for (const [key, value] of everyField(objectsOf(map, flavour))) {
        if (key === 'protocol') assert.match(String(value), /^(TCP|UDP)$/);
        if (key === 'port') assert.match(String(value), /^\d+$/);
        if (key !== 'from' && key !== 'to') continue;
        assert.ok(Array.isArray(value) && value.length > 0);
        for (const peer of value as readonly object[])
          if ('podSelector' in peer) assert.ok('namespaceSelector' in peer);
      }
    });
});

/** Every key of a value with what stands under it, at any depth. */
function* everyField(value: unknown): Generator<readonly [string, unknown]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value) as readonly (readonly [string, unknown])[]) {
    yield [key, part];
    yield* everyField(part);
  }
}

describe('the allow policy of a raw broker', () => {
  it('names its flows', () => {
    assert.deepEqual(
      object('networkpolicy', 'lethe-broker-main-11-ingress').metadata.annotations[
        'lethe/flows'
      ]?.split('\n'),
      [
        'anonymizer > broker main/11 TCP 9093',
        'broker main/12 > broker main/11 TCP 9093',
        'broker main/13 > broker main/11 TCP 9093',
        'client crm > broker main/11 TCP 9093',
      ],
    );
  });

  it('has no block for pods, and single addresses only', () => {
    const cidrs = [
      ...JSON.stringify(objectsOf(map, 'networkpolicy')).matchAll(/"cidr":"([^"]+)"/g),
    ];
    assert.deepEqual([...new Set(cidrs.map(([, cidr]) => cidr))], ['169.254.20.10/32']);
  });
});

/** A policy of somebody else that opens everything in the namespace of the brokers. */
const hole = {
  name: 'hole.yaml',
  text: `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: hole, namespace: kafka }
spec: { podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{}], egress: [{}] }`,
};

describe('a hole by another owner', () => {
  const pods = [
    ['kafka', 'kafka-0', { 'statefulset.kubernetes.io/pod-name': 'kafka-0' }],
    ['rogue', 'rogue', { app: 'rogue' }],
    ['crm', 'lookalike', { app: 'lethe' }],
    ['crm', 'crm', { app: 'crm' }],
    ['lethe', 'lethe', { app: 'lethe' }],
  ] as const;
  const estate = JSON.stringify(
    pods.map(([namespace, name, labels]) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name, labels },
      spec: { containers: [{ name: 'main', image: 'none' }] },
    })),
  );
  const reaching = (flavour: Flavour): readonly string[] => {
    const { files } = generate(map, { flavour });
    const manifests = parseManifests([
      ...files.map(({ path, text }) => ({ name: path, text })),
      hole,
      { name: 'estate.json', text: estate },
    ]);
    const reachability = new Reachability(manifests);
    const broker = reachability.destination('kafka/kafka-0[Pod]');
    assert.ok(broker !== undefined);
    return reachability.sources
      .filter(({ workload }) => workload !== undefined && workload.namespace !== 'kafka')
      .filter((source) => !reachability.between(source, broker).isEmpty)
      .map(
        (source) =>
          `${source.workload?.name ?? ''} ${reachability.between(source, broker).toString()}`,
      );
  };

  it('voids NetworkPolicies', () => {
    assert.ok(reaching('networkpolicy').includes('rogue All Connections'));
  });

  for (const [flavour, others] of [
    ['clusternetworkpolicy', []],
    ['calico', []],
    ['cilium', ['SCTP']],
  ] as const)
    it(`does not open TCP and UDP against ${flavour}`, () => {
      const list = reaching(flavour);
      assert.ok(list.some((line) => line.startsWith('crm ') && line.includes('TCP 9093')));
      assert.ok(list.some((line) => line.startsWith('lethe ') && line.includes('TCP 9093')));
      for (const line of list.filter((one) => /^(rogue|lookalike)/.test(one))) {
        assert.ok(others.length > 0, line);
        assert.doesNotMatch(line, /TCP|UDP|All/);
      }
    });
});

describe('calico', () => {
  it('denies at an order before the policies of Kubernetes', () => {
    const { kind, spec } = object('calico', 'lethe-default-deny');
    assert.equal(kind, 'GlobalNetworkPolicy');
    assert.ok((spec['order'] as number) < 1000);
    assert.equal(spec['namespaceSelector'], 'kubernetes.io/metadata.name in {"kafka", "lethe"}');
  });

  it('has staged kinds on demand', () => {
    const kinds = new Set(objectsOf(map, 'calico', true).map(({ kind }) => kind));
    assert.deepEqual([...kinds].toSorted(), ['StagedGlobalNetworkPolicy', 'StagedNetworkPolicy']);
  });
});

describe('cilium', () => {
  it('looks into no protocol, and denies beside what it allows', () => {
    const text = JSON.stringify(objectsOf(map, 'cilium'));
    assert.doesNotMatch(text, /kafka":\s*\[|l7/);
    assert.ok('ingressDeny' in object('cilium', 'lethe-broker-main-11-ingress').spec);
  });

  it('tells which labels it must be configured for', () => {
    const { findings } = generate(map, { flavour: 'cilium' });
    assert.deepEqual(
      findings.map(({ code, subject }) => [code, subject]),
      [['CILIUM_LABEL', 'statefulset.kubernetes.io/pod-name']],
    );
  });
});

describe('clusternetworkpolicy', () => {
  it('keeps to the longest lists that the API server takes', () => {
    const many = Array.from({ length: 60 }, (_, at) =>
      client(`c${at}`, {
        workload: { namespace: `n${at}`, podSelector: { app: 'x' } },
        produces: ['raw.orders'],
      }),
    );
    const flows = flowMap(declare({ clients: many, registry }), snapshotOf());
    const objects = objectsOf(flows, 'clusternetworkpolicy');
    const lists = (value: unknown): readonly number[] =>
      Array.isArray(value)
        ? [value.length, ...value.flatMap(lists)]
        : typeof value === 'object' && value !== null
          ? Object.entries(value).flatMap(([key, part]) => (key === 'values' ? [] : lists(part)))
          : [];
    const longest = objects
      .filter(({ kind }) => kind === 'ClusterNetworkPolicy')
      .flatMap(({ spec }) => lists(spec));
    assert.equal(Math.max(...longest), 25);
  });
});

describe('where the brokers are of Strimzi', () => {
  it('it is said that the operator opens what is closed here', () => {
    const { findings } = generate(strimziMap(), { flavour: 'networkpolicy' });
    const [found] = findings.filter(({ code }) => code === 'STRIMZI_POLICY');
    assert.match(found?.message ?? '', /"kafka\/prod-network-policy-kafka"/);
    assert.match(
      found?.remedy ?? '',
      /networkPolicyPeers.*STRIMZI_NETWORK_POLICY_GENERATION=false/,
    );
    assert.deepEqual(
      generate(strimziMap(), { flavour: 'calico' }).findings.filter(({ code }) =>
        code.startsWith('STRIMZI'),
      ),
      [],
    );
  });

  it('there is a user for each principal, with no more than it needs', () => {
    const users = objectsOf(strimziMap(), 'strimzi-user');
    assert.deepEqual(
      users.map(({ metadata }) => metadata.name),
      ['lake', 'crm', 'lethe'],
    );
    const lake = users.find(({ metadata }) => metadata.name === 'lake');
    assert.equal(lake?.metadata.labels['strimzi.io/cluster'], 'prod');
    assert.deepEqual(lake.spec, {
      authentication: { type: 'tls' },
      authorization: {
        type: 'simple',
        acls: [
          {
            resource: { type: 'group', name: 'lake', patternType: 'literal' },
            operations: ['Read'],
            host: '*',
          },
          {
            resource: { type: 'topic', name: 'public.orders', patternType: 'literal' },
            operations: ['Describe', 'Read'],
            host: '*',
          },
          {
            resource: { type: 'transactionalId', name: 'tx', patternType: 'literal' },
            operations: ['Describe', 'Write'],
            host: '*',
          },
        ],
      },
    });
  });
});

describe('where they are not', () => {
  it('users are not made, and it is said why', () => {
    const { findings } = generate(map, { flavour: 'strimzi-user' });
    assert.ok(
      findings.some(({ code, subject }) => code === 'STRIMZI_UNDECLARED' && subject === 'main'),
    );
  });
});

describe('kafka-acl', () => {
  const bindings = (flows: FlowMap) => {
    const [file] = generate(flows, { flavour: 'kafka-acl' }).files;
    assert.equal(file?.path, 'acls.json');
    const { clusters } = parse(file.text) as {
      readonly clusters: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;
    };
    return (clusters['main'] ?? []).map(
      ({ principal, operation, resourceType, patternType, name }) =>
        `${principal ?? ''} ${operation ?? ''} ${resourceType ?? ''} ${patternType ?? ''} ${name ?? ''}`,
    );
  };

  it('gives each principal what its flows are for, and no wildcard', () => {
    assert.deepEqual(
      bindings(map).filter((line) => !line.startsWith('User:lethe')),
      [
        'User:CN=lake READ GROUP LITERAL lake',
        'User:CN=lake DESCRIBE TOPIC LITERAL public.orders',
        'User:CN=lake READ TOPIC LITERAL public.orders',
        'User:CN=lake DESCRIBE TRANSACTIONAL_ID LITERAL tx',
        'User:CN=lake WRITE TRANSACTIONAL_ID LITERAL tx',
        'User:crm DESCRIBE TOPIC LITERAL raw.orders',
        'User:crm WRITE TOPIC LITERAL raw.orders',
      ],
    );
    const own = bindings(map).filter((line) => line.startsWith('User:lethe'));
    assert.ok(own.includes('User:lethe READ TOPIC LITERAL raw.orders'));
    assert.ok(own.includes('User:lethe WRITE TOPIC LITERAL public.orders'));
    assert.ok(own.includes('User:lethe WRITE TRANSACTIONAL_ID PREFIXED lethe-'));
    assert.ok(!own.includes('User:lethe READ TOPIC LITERAL public.orders'));
    assert.ok(!own.includes('User:lethe WRITE TOPIC LITERAL raw.orders'));
  });

  it('tells of those who have no principal', () => {
    const flows = flowMap(
      declare({ clients: [client('x', { consumes: ['public.orders'] })] }),
      snapshotOf(),
    );
    const { findings } = generate(flows, { flavour: 'kafka-acl' });
    assert.deepEqual(
      findings.filter(({ code }) => code === 'PRINCIPAL_UNDECLARED').map(({ subject }) => subject),
      ['anonymizer', 'client x'],
    );
  });
});
