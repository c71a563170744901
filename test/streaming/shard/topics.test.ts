import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TopicToCreate } from '../../../src/streaming/kafka/admin.ts';
import type { TopicDescription } from '../../../src/streaming/kafka/topic-description.ts';
import type { RouteSettings, StreamingSettings } from '../../../src/streaming/settings.ts';
import { Discovery } from '../../../src/streaming/shard/discovery.ts';
import type { ResolvedTopics } from '../../../src/streaming/shard/messages.ts';
import { TopicResolver } from '../../../src/streaming/shard/topics.ts';
import type { TopicAdmin } from '../../../src/streaming/shard/topics.ts';
import type { StreamingEvent } from '../../../src/streaming/telemetry.ts';
import { settings, spec } from './slices.ts';

function description(name: string, partitions: number, cleanupPolicy = 'delete'): TopicDescription {
  return {
    name,
    partitions,
    replicationFactor: 1,
    compacted: cleanupPolicy.includes('compact'),
    cleanupPolicy,
    maxMessageBytes: 1_048_588,
    minInSyncReplicas: 1,
    timestampType: 'CreateTime',
  };
}

/** The administration of a cluster that is a map. */
class MemoryAdmin implements TopicAdmin {
  readonly topics = new Map<string, TopicDescription>();
  readonly created: TopicToCreate[] = [];
  away = false;

  constructor(...topics: readonly TopicDescription[]) {
    for (const topic of topics) this.topics.set(topic.name, topic);
  }

  listTopics(): Promise<readonly string[]> {
    if (this.away) return Promise.reject(new Error('away'));
    return Promise.resolve([...this.topics.keys(), '__consumer_offsets']);
  }

  describeTopics(names: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>> {
    return Promise.resolve(new Map([...this.topics].filter(([name]) => names.includes(name))));
  }

  createTopic(topic: TopicToCreate): Promise<boolean> {
    this.created.push(topic);
    const policy = topic.configuration?.['cleanup.policy'];
    this.topics.set(topic.name, description(topic.name, topic.partitions ?? 1, policy));
    return Promise.resolve(true);
  }
}

function withRoutes(...routes: readonly Partial<RouteSettings>[]): StreamingSettings {
  const base = settings();
  const [route] = base.routes;
  return { ...base, routes: routes.map((changes) => ({ ...route!, ...changes })) };
}

const pattern = (source: string): RouteSettings['from'] => ({
  cluster: 'main',
  topic: null,
  pattern: source,
});

const target = (topic: string, create = true): RouteSettings['to'] => ({
  cluster: 'main',
  topic,
  create,
  partitions: null,
  replicationFactor: null,
});

function resolver(all: StreamingSettings, admin: TopicAdmin) {
  const events: StreamingEvent[] = [];
  const made = new TopicResolver(all, new Map([['main', admin]]), (event) => events.push(event));
  return { resolver: made, events };
}

async function codesOf(all: StreamingSettings, admin: TopicAdmin): Promise<string[]> {
  const { problems } = await resolver(all, admin).resolver.look();
  return problems.map(({ code, path }) => `${code} ${path}`);
}

const quarantine = description('quarantine', 5);

test('a route by name resolves to what the brokers say of its topics', async () => {
  const admin = new MemoryAdmin(description('raw', 3), description('public', 4), quarantine);
  const found = await resolver(settings(), admin).resolver.resolve();
  assert.deepEqual(found, {
    topics: [
      {
        route: 'people',
        fromCluster: 'main',
        from: 'raw',
        toCluster: 'main',
        to: 'public',
        toPartitions: 4,
        toMessageBytes: 1_048_588,
        toCompacted: false,
      },
    ],
    quarantinePartitions: 5,
  });
  assert.deepEqual(admin.created, []);
});

test('a pattern takes every topic that it matches whole, and names its target after it', async () => {
  const admin = new MemoryAdmin(
    description('raw.a', 1),
    description('raw.b', 2),
    description('xraw.c', 1),
    quarantine,
  );
  const all = withRoutes({ from: pattern('raw\\.(.+)'), to: target('public.$1') });
  const { topics } = await resolver(all, admin).resolver.resolve();
  assert.deepEqual(
    topics.map(({ from, to, toPartitions }) => [from, to, toPartitions]),
    [
      ['raw.a', 'public.a', 1],
      ['raw.b', 'public.b', 2],
    ],
  );
});

test('missing targets are created like their source, compaction only where the key can bear it', async () => {
  const admin = new MemoryAdmin(description('raw', 3, 'compact'));
  const all = withRoutes({ to: target('public') });
  const { resolver: made, events } = resolver(
    { ...all, quarantine: { ...all.quarantine, create: true } },
    admin,
  );
  await made.resolve();
  assert.deepEqual(admin.created, [
    {
      name: 'public',
      partitions: 3,
      replicationFactor: null,
      configuration: { 'cleanup.policy': 'compact' },
    },
    {
      name: 'quarantine',
      partitions: 3,
      replicationFactor: null,
      configuration: { 'cleanup.policy': 'compact' },
    },
  ]);
  assert.deepEqual(
    events.map(({ event }) => event),
    ['topic.created', 'topic.created'],
  );
  const lossy = new MemoryAdmin(description('raw', 3, 'compact'), quarantine);
  const masked = { type: 'string', spec: spec({ technique: 'mask' }) } as const;
  await resolver(withRoutes({ to: target('public'), key: masked }), lossy).resolver.resolve();
  assert.deepEqual(lossy.created[0]?.configuration, {});
});

test('every problem is told: missing, too few partitions, lossy keys on a compacted topic', async () => {
  const admin = new MemoryAdmin(
    description('a', 3),
    description('small', 2),
    description('compacted', 3, 'compact,delete'),
    description('b', 3),
  );
  const masked = { type: 'string', spec: spec({ technique: 'mask' }) } as const;
  const from = (topic: string): RouteSettings['from'] => ({
    cluster: 'main',
    topic,
    pattern: null,
  });
  const all = withRoutes(
    { name: '1', from: from('nowhere'), to: target('x') },
    { name: '2', from: from('a'), to: target('small') },
    { name: '3', from: from('b'), to: target('compacted'), key: masked },
  );
  assert.deepEqual(await codesOf(all, admin), [
    'TOPIC_MISSING nowhere',
    'TOPIC_PARTITIONS_TOO_FEW a',
    'TOPIC_COMPACTED_KEY_LOSSY b',
    'TOPIC_MISSING quarantine',
  ]);
  await assert.rejects(resolver(all, admin).resolver.resolve(), { code: 'TOPIC_MISSING' });
});

test('fewer partitions are no problem where records are rehashed', async () => {
  const admin = new MemoryAdmin(description('raw', 3), description('public', 2), quarantine);
  assert.deepEqual(await codesOf(withRoutes({ partition: 'rehash' }), admin), []);
});

test('a route never reads what lethe writes', async () => {
  const names = ['data.a', 'clean.data.a', 'quarantine'];
  const admin = new MemoryAdmin(...names.map((name) => description(name, 1)));
  const itself = withRoutes({ from: pattern('.*data\\.(.*)'), to: target('clean.data.$1') });
  assert.deepEqual(await codesOf(itself, admin), ['ROUTE_LOOP clean.data.a', 'ROUTE_LOOP data.a']);
  const quarantined = withRoutes({ from: pattern('quar.*'), to: target('public') });
  assert.deepEqual(await codesOf(quarantined, admin), ['ROUTE_LOOP quarantine']);
});

test('one topic has one route: an exact name goes before a pattern, two patterns are refused', async () => {
  const admin = new MemoryAdmin(description('raw', 1), description('public', 1), quarantine);
  const exact = { name: 'exact' };
  const wide = { name: 'wide', from: pattern('r.*'), to: target('other') };
  const { topics } = await resolver(withRoutes(wide, exact), admin).resolver.resolve();
  assert.deepEqual(
    topics.map(({ route }) => route),
    ['exact'],
  );
  const wider = { name: 'wider', from: pattern('ra.*'), to: target('other') };
  assert.deepEqual(await codesOf(withRoutes(wide, wider), admin), ['ROUTE_OVERLAP raw']);
  assert.deepEqual(await codesOf(withRoutes(exact, exact), admin), ['ROUTE_OVERLAP raw']);
});

test('a pattern that is no regular expression is refused', async () => {
  const admin = new MemoryAdmin(quarantine);
  await assert.rejects(codesOf(withRoutes({ from: pattern('(') }), admin), {
    code: 'ROUTE_PATTERN_INVALID',
  });
});

test('discovery tells what is new once, and lives through a cluster that does not answer', async () => {
  const admin = new MemoryAdmin(description('raw.a', 1), quarantine);
  const all = withRoutes({ from: pattern('raw\\.(.*)'), to: target('public.$1') });
  const { resolver: made, events } = resolver(all, admin);
  const known = await made.resolve();
  const changes: ResolvedTopics[] = [];
  const discovery = new Discovery({
    settings: all,
    resolver: made,
    every: 5,
    known,
    event: (event) => events.push(event),
    changed: (found) => changes.push(found),
  });
  discovery.start();
  const settle = () => new Promise((resolve) => setTimeout(resolve, 40));
  await settle();
  assert.equal(changes.length, 0);
  admin.away = true;
  await settle();
  assert.equal(discovery.problems.length, 1);
  admin.away = false;
  admin.topics.set('raw.b', description('raw.b', 1));
  await settle();
  discovery.stop();
  assert.equal(changes.length, 1);
  assert.equal(discovery.problems.length, 0);
  assert.deepEqual(
    events.filter(({ event }) => event === 'topics.discovered'),
    [
      { event: 'topics.discovered', route: 'people', topics: ['raw.a'] },
      { event: 'topics.discovered', route: 'people', topics: ['raw.b'] },
    ],
  );
});
