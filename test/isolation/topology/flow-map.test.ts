import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { flowMap, type FlowMap } from '../../../src/isolation/topology/flow-map.ts';
import { client, declare, route, snapshotOf, topic } from './cluster-fixture.ts';

const standings = (map: FlowMap): Readonly<Record<string, string>> =>
  Object.fromEntries(map.brokers.map(({ name, standing }) => [name, standing]));
const flowsOf = (map: FlowMap, from: string): readonly string[] =>
  map.flows
    .filter((flow) => flow.from === from)
    .map(({ to, protocol, port }) => `${to} ${protocol} ${port}`);
const codes = (map: FlowMap): readonly string[] =>
  map.findings.map(({ severity, code, subject }) => `${severity} ${code} ${subject}`);

describe('the flow map', () => {
  it('tells raw brokers from open ones and lets the anonymizer reach both, and nothing else unsaid', () => {
    const map = flowMap(declare(), snapshotOf());
    assert.deepEqual(standings(map), { 'main/11': 'raw', 'main/12': 'open', 'main/13': 'open' });
    assert.deepEqual(flowsOf(map, 'anonymizer'), [
      'broker main/11 TCP 9093',
      'broker main/12 TCP 9093',
      'broker main/13 TCP 9093',
      'dns TCP 53',
      'dns UDP 53',
      'registry registry.kafka:8081 TCP 8081',
    ]);
    assert.ok(
      map.flows
        .filter(({ from }) => from !== 'anonymizer')
        .every(({ from, to }) => from.startsWith('broker ') && /^(broker|dns)/.test(to)),
    );
    assert.deepEqual(map.scope, ['kafka', 'lethe']);
    assert.deepEqual(map.findings, []);
    assert.equal(map.taken, '2026-01-02T03:04:05.000Z');
  });

  it('gives every reason for a flow', () => {
    const { flows } = flowMap(declare(), snapshotOf());
    const why = (to: string) => flows.find((flow) => flow.to === to)?.why;
    assert.deepEqual(why('broker main/11'), [
      'bootstrap server kafka-0.kafka:9093',
      'raw topic raw.orders',
    ]);
    assert.deepEqual(why('broker main/12'), [
      'coordinator of group lethe',
      'coordinator of transactions',
      'open topic public.orders',
      'quarantine topic lethe.quarantine',
    ]);
  });

  it('takes followers and brokers that come and go in a reassignment for holders', () => {
    const moving = {
      name: 'raw.orders',
      partitions: [{ partition: 0, leader: 11, replicas: [11, 12], adding: [13], removing: [11] }],
    };
    const map = flowMap(declare(), snapshotOf(moving));
    assert.deepEqual(standings(map), {
      'main/11': 'raw',
      'main/12': 'shared',
      'main/13': 'shared',
    });
    assert.deepEqual(codes(map), ['error BROKER_SHARED main/12', 'error BROKER_SHARED main/13']);
  });

  it('takes quarantine for neither raw nor open', () => {
    const map = flowMap(declare(), snapshotOf(topic('lethe.quarantine', [11])));
    assert.equal(standings(map)['main/11'], 'raw');
    assert.deepEqual(map.findings, []);
    const without = flowMap(
      declare({}, { quarantine: { cluster: 'main', topic: 'q', create: false } }),
      snapshotOf(topic('q', [13]), topic('public.orders', [12])),
    );
    assert.equal(standings(without)['main/13'], 'free');
  });

  it('follows patterns to the topics that are there, exact routes first', () => {
    const routes = [
      route('one', 'raw.orders', 'public.orders'),
      route('all', /raw\.(.*)/, 'open.$1'),
    ];
    const map = flowMap(
      declare({}, { routes }),
      snapshotOf(topic('raw.more', [11]), topic('open.more', [13]), topic('open.orders', [11])),
    );
    assert.deepEqual(
      map.brokers.map(({ raw, open }) => [raw, open]),
      [
        [['raw.more', 'raw.orders'], []],
        [[], ['public.orders']],
        [[], ['open.more', 'public.orders']],
      ],
    );
  });

  it('takes a topic that is raw by one route and open by another for raw', () => {
    const routes = [
      route('one', 'raw.orders', 'public.orders'),
      route('two', 'public.orders', 'more'),
    ];
    const map = flowMap(declare({}, { routes }), snapshotOf(topic('more', [12])));
    assert.equal(standings(map)['main/13'], 'raw');
    assert.equal(standings(map)['main/12'], 'shared');
  });

  it('lets a producer of raw topics reach raw brokers, and a consumer of open ones only open brokers', () => {
    const clients = [
      client('crm', { produces: ['raw.orders'] }),
      client('lake', { consumes: ['public.orders'], groups: ['lake'], transactionalIds: ['lake'] }),
    ];
    const map = flowMap(declare({ clients }), snapshotOf());
    const common = ['dns TCP 53', 'dns UDP 53', 'registry registry.kafka:8081 TCP 8081'];
    assert.deepEqual(flowsOf(map, 'client crm'), ['broker main/11 TCP 9093', ...common]);
    assert.deepEqual(flowsOf(map, 'client lake'), [
      'broker main/12 TCP 9093',
      'broker main/13 TCP 9093',
      ...common,
    ]);
    assert.deepEqual(map.findings, []);
  });

  it('reports an outside coordinator on a raw broker: an error where it leads, a warning where it may', () => {
    const clients = [
      client('lake', { consumes: ['public.orders'], groups: ['g'], transactionalIds: ['t'] }),
    ];
    const map = flowMap(
      declare({ clients }),
      snapshotOf(topic('__consumer_offsets', [11, 12]), topic('__transaction_state', [12, 11])),
    );
    assert.deepEqual(codes(map), [
      'error COORDINATOR_ON_RAW client lake',
      'warning COORDINATOR_ON_RAW client lake',
    ]);
    assert.match(map.findings[0]?.message ?? '', /group g is the raw broker "main\/11"/);
    assert.match(map.findings[0]?.remedy ?? '', /__consumer_offsets-0/);
    assert.match(map.findings[1]?.message ?? '', /transactional id t may become/);
    assert.ok(flowsOf(map, 'client lake').includes('broker main/11 TCP 9093'));
  });

  it('has nothing against a coordinator on a raw broker for those who handle raw records', () => {
    const clients = [client('crm', { produces: ['raw.orders'], transactionalIds: ['t'] })];
    const map = flowMap(declare({ clients }), snapshotOf(topic('__transaction_state', [11])));
    assert.deepEqual(map.findings, []);
  });

  it('reports outside clients whose other topics or servers are on raw brokers', () => {
    const clients = [
      client('web', { consumes: ['news'], bootstrapServers: ['kafka-0.kafka:9093', 'all:9092'] }),
    ];
    const map = flowMap(declare({ clients }), snapshotOf(topic('news', [11])));
    assert.deepEqual(codes(map), [
      'error BOOTSTRAP_ON_RAW client web',
      'error TOPIC_ON_RAW client web',
      'warning BOOTSTRAP_UNKNOWN client web',
    ]);
    assert.ok(flowsOf(map, 'client web').includes('server all:9092 TCP 9092'));
  });

  it('reports who reads raw topics past the anonymizer', () => {
    const clients = [client('spy', { consumes: ['raw.orders'] })];
    const map = flowMap(declare({ clients }), snapshotOf());
    assert.deepEqual(codes(map), ['warning RAW_READER client spy']);
  });

  it('is not whole where topics, clusters, coordinators or declarations are missing, and says so', () => {
    const routes = [
      route('orders', 'raw.orders', 'public.orders'),
      route('far', 'raw.far', 'public.far', ['far', 'main']),
      {
        ...route('new', 'raw.new', 'x'),
        to: { cluster: 'main', topic: 'public.new', create: true },
      },
    ];
    const clients = [
      client('lake', { consumes: ['absent'], groups: ['g'] }),
      client('far', { cluster: 'far', consumes: ['x'] }),
    ];
    const map = flowMap(
      declare({ clients, anonymizer: null, dns: null }, { routes }),
      snapshotOf(topic('__consumer_offsets'), topic('__transaction_state')),
    );
    assert.deepEqual(codes(map), [
      'error CLUSTER_ABSENT far',
      'error PARTY_UNDECLARED anonymizer',
      'error TOPIC_ABSENT client lake',
      'error TOPIC_ABSENT main public.far',
      'error TOPIC_ABSENT main raw.new',
      'warning COORDINATOR_UNKNOWN anonymizer',
      'warning COORDINATOR_UNKNOWN anonymizer',
      'warning COORDINATOR_UNKNOWN client lake',
      'warning PARTY_UNDECLARED dns',
      'warning TOPIC_ABSENT main public.new',
    ]);
    assert.ok(map.findings.every(({ remedy }) => remedy.length > 0));
  });

  it('keeps a broker that is away, since its disks hold records all the same', () => {
    const map = flowMap(declare(), snapshotOf(topic('raw.orders', [11, 14])));
    assert.equal(standings(map)['main/14'], 'raw');
    assert.deepEqual(codes(map), ['warning BROKER_ABSENT main/14']);
    assert.ok(flowsOf(map, 'anonymizer').includes('broker main/14 TCP 9093'));
  });

  it('without declared brokers takes the port that they advertise, and says that pods are unknown', () => {
    const map = flowMap(declare({ brokers: new Map() }), snapshotOf());
    assert.ok(flowsOf(map, 'anonymizer').includes('broker main/11 TCP 9092'));
    assert.equal(codes(map).filter((code) => code.includes('BROKER_POD_UNKNOWN')).length, 3);
  });

  it('in mode cluster wants raw topics on another cluster', () => {
    const map = flowMap(declare({ mode: 'cluster' }), snapshotOf());
    assert.deepEqual(codes(map), ['error CLUSTER_SHARED route orders']);
  });

  it('in mode listener keeps outsiders apart by port, and says what that rests on', () => {
    const clients = [client('lake', { consumes: ['public.orders'], groups: ['g'] })];
    const brokers = new Map([
      ['main', { ...declare().isolation.brokers.get('main')!, openPort: 9094 }],
    ]);
    const map = flowMap(
      declare({ mode: 'listener', clients, brokers }),
      snapshotOf(topic('public.orders', [11]), topic('__consumer_offsets', [11])),
    );
    assert.deepEqual(codes(map), ['warning BROKER_SHARED main/11']);
    assert.match(map.findings[0]?.message ?? '', /authorizer alone/);
    assert.deepEqual(flowsOf(map, 'client lake'), [
      'broker main/11 TCP 9094',
      'dns TCP 53',
      'dns UDP 53',
      'registry registry.kafka:8081 TCP 8081',
    ]);
  });

  it('has the flows of operators', () => {
    const workload = { namespace: 'm', podSelector: { app: 'm' } };
    const operators = [
      {
        name: 'prometheus',
        workload,
        scrapes: ['lethe', 'brokers'] as const,
        administers: [],
        manages: [],
      },
      { name: 'cruise', workload, scrapes: [], administers: ['main'], manages: [] },
    ];
    const map = flowMap(declare({ operators }), snapshotOf());
    assert.deepEqual(flowsOf(map, 'operator prometheus'), [
      'anonymizer TCP 8080',
      'broker main/11 TCP 9404',
      'broker main/12 TCP 9404',
      'broker main/13 TCP 9404',
      'dns TCP 53',
      'dns UDP 53',
    ]);
    assert.deepEqual(flowsOf(map, 'operator cruise'), [
      'broker main/11 TCP 9093',
      'broker main/12 TCP 9093',
      'broker main/13 TCP 9093',
      'dns TCP 53',
      'dns UDP 53',
    ]);
    const hidden = flowMap(declare({ operators }, { httpPort: 0 }), snapshotOf());
    assert.ok(!flowsOf(hidden, 'operator prometheus').some((flow) => flow.includes('anonymizer')));
  });

  it('knows the port of a registry by its scheme, that of name servers, and a name cache on the node', () => {
    const dns = { ...declare().isolation.dns!, port: 5353, nodeLocal: '169.254.20.10' };
    const map = flowMap(
      declare({ dns }, { registryUrl: 'https://registry.example' }),
      snapshotOf(),
    );
    const flows = flowsOf(map, 'anonymizer');
    assert.ok(flows.includes('registry registry.example TCP 443'));
    assert.ok(flows.includes('dns 169.254.20.10 UDP 53'));
    assert.ok(flows.includes('dns UDP 5353') && flows.includes('dns TCP 5353'));
    assert.ok(!flows.includes('dns UDP 53'));
    const plain = flowMap(declare({}, { registryUrl: 'http://registry.example' }), snapshotOf());
    assert.ok(flowsOf(plain, 'anonymizer').includes('registry registry.example TCP 80'));
  });

  it('says that a bootstrap server in front of all brokers hides them', () => {
    const clusters = new Map([['main', { bootstrapServers: ['bootstrap.kafka:9093'] }]]);
    const map = flowMap(declare({}, { clusters }), snapshotOf());
    assert.deepEqual(codes(map), ['warning BOOTSTRAP_UNKNOWN anonymizer']);
    assert.ok(flowsOf(map, 'anonymizer').includes('server bootstrap.kafka:9093 TCP 9093'));
  });
});

describe('for every placement', () => {
  const nodes = fc.uniqueArray(fc.integer({ min: 11, max: 16 }), { minLength: 1, maxLength: 4 });
  const some = fc.uniqueArray(fc.integer({ min: 11, max: 16 }), { maxLength: 2 });
  const entry = (name: string) =>
    fc
      .array(fc.record({ replicas: nodes, adding: some, removing: some }), {
        minLength: 1,
        maxLength: 4,
      })
      .map((partitions) => ({
        name,
        partitions: partitions.map((one, partition) => ({
          partition,
          leader: one.replicas[0]!,
          ...one,
        })),
      }));
  const placements = fc.tuple(
    entry('raw.orders'),
    entry('public.orders'),
    entry('__consumer_offsets'),
  );
  const clients = [client('lake', { consumes: ['public.orders'], groups: ['g'] })];
  const nodesOf = ({ partitions }: ReturnType<typeof topic>): ReadonlySet<number> =>
    new Set(partitions.flatMap((one) => [...one.replicas, ...one.adding, ...one.removing]));

  it('every holder of a raw partition is raw, the anonymizer reaches it, and no other broker is', () => {
    fc.assert(
      fc.property(placements, ([raw, open, offsets]) => {
        const map = flowMap(declare({ clients }), snapshotOf(raw, open, offsets));
        const reached = new Set(flowsOf(map, 'anonymizer'));
        const [rawNodes, openNodes] = [nodesOf(raw), nodesOf(open)];
        for (const { node, name, standing } of map.brokers) {
          assert.equal(standing === 'raw' || standing === 'shared', rawNodes.has(node));
          assert.equal(standing === 'open' || standing === 'shared', openNodes.has(node));
          if (rawNodes.has(node) || openNodes.has(node))
            assert.ok(reached.has(`broker ${name} TCP 9093`));
        }
      }),
    );
  });

  it('where nothing is found, no outside client needs a raw broker', () => {
    fc.assert(
      fc.property(placements, ([raw, open, offsets]) => {
        const map = flowMap(declare({ clients }), snapshotOf(raw, open, offsets));
        const rawParties = new Set([...nodesOf(raw)].map((node) => `broker main/${node}`));
        const crossing = map.flows.some(
          ({ from, to }) => from === 'client lake' && rawParties.has(to),
        );
        const found = map.findings.some(({ code }) => /^(BROKER_SHARED|.*_ON_RAW)$/.test(code));
        assert.equal(crossing, found);
      }),
    );
  });

  it('the order of topics and brokers changes nothing', () => {
    fc.assert(
      fc.property(placements, (topics) => {
        const snapshot = snapshotOf(...topics);
        const { clusterId, brokers, topics: all } = snapshot.clusters['main']!;
        const turned = {
          ...snapshot,
          clusters: {
            main: { clusterId, brokers: brokers.toReversed(), topics: all.toReversed() },
          },
        };
        const declared = declare({ clients });
        assert.deepEqual(flowMap(declared, turned), flowMap(declared, snapshot));
      }),
    );
  });
});
