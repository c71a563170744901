import assert from 'node:assert/strict';
import { it } from 'node:test';
import { flowMap } from '../../../src/isolation/topology/flow-map.ts';
import { holdersOf, holdings, topicRoles } from '../../../src/isolation/topology/placement.ts';
import { renderMapTable } from '../../../src/isolation/topology/drawing/render-table.ts';
import { client, declare, route, snapshotOf, topic } from './cluster-fixture.ts';

const main = snapshotOf(topic('raw.orders', [11])).clusters['main']!;

it('holders are replicas, those that come and those that go', () => {
  const partition = { partition: 0, leader: 1, replicas: [1, 2], adding: [3], removing: [4, 1] };
  assert.deepEqual([...holdersOf(partition)].toSorted(), [1, 2, 3, 4]);
});

it('topics of another cluster have no role in this one', () => {
  const declared = declare(
    {},
    {
      routes: [route('orders', 'raw.orders', 'public.orders', ['raw', 'main'])],
      quarantine: { cluster: 'raw', topic: 'lethe.quarantine', create: true },
    },
  );
  assert.deepEqual([...topicRoles(declared, 'main', { main }).roles], [['public.orders', 'open']]);
  const raw = topicRoles(declared, 'raw', { main });
  assert.deepEqual(Object.fromEntries(raw.roles), {
    'lethe.quarantine': 'quarantine',
    'raw.orders': 'raw',
  });
  assert.deepEqual([...raw.madeLater], ['lethe.quarantine']);
});

it('a pattern means no topic of a cluster that was not asked, and never an internal one', () => {
  const declared = declare({}, { routes: [route('all', /.*/, 'open.$&')] });
  assert.deepEqual([...topicRoles(declared, 'main', {}).roles.values()], ['quarantine']);
  const { roles } = topicRoles(declared, 'main', { main });
  assert.equal(roles.get('__consumer_offsets'), undefined);
  assert.equal(roles.get('public.orders'), 'raw');
});

it('topics that nobody declared make a broker neither raw nor open', () => {
  const [first] = holdings(main, new Map());
  assert.deepEqual(first, {
    id: 11,
    address: { host: 'kafka-0.kafka.svc.cluster.local', port: 9092 },
    raw: [],
    open: [],
    quarantine: [],
  });
});

it('two clusters, one raw and one open, are fenced without a finding in mode cluster', () => {
  const declared = declare(
    {
      mode: 'cluster',
      brokers: new Map(
        ['main', 'raw'].map((name) => [name, declare().isolation.brokers.get('main')!]),
      ),
      clients: [
        client('lake', { consumes: ['public.orders'], groups: ['lake'] }),
        client('crm', { cluster: 'raw', produces: ['raw.orders'] }),
      ],
    },
    { routes: [route('orders', 'raw.orders', 'public.orders', ['raw', 'main'])] },
  );
  const snapshot = { ...snapshotOf(), clusters: { main, raw: main } };
  const map = flowMap(declared, snapshot);
  assert.deepEqual(map.findings, []);
  const standings = Object.fromEntries(map.brokers.map(({ name, standing }) => [name, standing]));
  assert.equal(standings['raw/11'], 'raw');
  assert.equal(standings['main/11'], 'free');
  // Offsets are committed where records are read, and nothing of one transaction is in two clusters.
  const why = map.flows.filter(({ from }) => from === 'anonymizer').flatMap((flow) => flow.why);
  assert.ok(!why.includes('coordinator of transactions'));
  const lake = map.flows.filter(({ from }) => from === 'client lake').map(({ to }) => to);
  assert.deepEqual(
    lake.filter((to) => to.startsWith('broker')),
    ['broker main/12', 'broker main/13'],
  );
});

it('a broker that is away shows so in the table', () => {
  const map = flowMap(declare(), snapshotOf(topic('raw.orders', [14])));
  assert.match([...renderMapTable(map)].join(''), /\nmain\/14 +raw +away +kafka\//);
});
