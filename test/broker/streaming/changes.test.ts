import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startKafka } from '../../rig/kafka.ts';
import type { Kafka } from '../../rig/kafka.ts';
import { outsideClient, readTopic } from '../../rig/client.ts';
import type { ReadRecord } from '../../rig/client.ts';
import { partitionOf } from '../../../src/streaming/shard/murmur2.ts';
import { running, written } from './running.ts';
import { customer, customerSchema, eventually, rules, spec, Stage } from './stage.ts';
import type { Customer } from './stage.ts';

let stage: Stage;
let other: Kafka;
before(async () => {
  [stage, other] = await Promise.all([Stage.up(), startKafka()]);
});
after(async () => {
  await Promise.all([stage[Symbol.asyncDispose](), other.stop()]);
});

async function topics(
  stem: string,
  partitions = 3,
): Promise<[raw: string, clean: string, id: number]> {
  const [raw, clean] = [stage.name(`raw.${stem}`), stage.name(`public.${stem}`)];
  await stage.createTopic(raw, partitions);
  return [raw, clean, await stage.register(raw, customerSchema)];
}

test('new keys and rules are taken between transactions', async () => {
  const [raw, clean, id] = await topics('reload', 1);
  const value = await stage.avro.encode(id, customer(1));
  const route = stage.route(raw, clean);
  await running(stage.settings([route]), async (service, witness) => {
    await stage.produce(raw, [{ key: 'k', value }]);
    await written(witness, 1);
    await service.reload(stage.settings([route], { currentKey: 'k2' }));
    await stage.produce(raw, [{ key: 'k', value }]);
    await written(witness, 2);
    const kept = {
      ...rules,
      route: { ...rules.route, tags: new Map([['PII', spec({ technique: 'keep' })]]) },
    };
    await service.reload(stage.settings([{ ...route, rules: kept }], { currentKey: 'k2' }));
    await stage.produce(raw, [{ key: 'k', value }]);
    await written(witness, 3);
    await assert.rejects(service.reload(stage.settings([route], { currentKey: 'lost' })), {
      code: 'KEY_VERSION_UNKNOWN',
    });
    await stage.produce(raw, [{ key: 'k', value }]);
    await written(witness, 4);
    assert.equal(service.status().shards[0]!.restarts, 0);
  });
  const records = await stage.read(clean);
  const keys = records.map(({ key }) => key!.toString());
  assert.notEqual(keys[0], keys[1]);
  assert.equal(keys[1], keys[2]);
  assert.equal(keys[2], keys[3]);
  const streets: string[] = [];
  for (const { value } of records)
    streets.push(((await stage.avro.decode(value!)) as Customer).address.street);
  assert.deepEqual(streets, ['', '', 'CANARY street 1', 'CANARY street 1']);
});

test('topics that a pattern matches are found while the service runs', async () => {
  const stem = stage.name('grow');
  await stage.createTopic(`${stem}.raw.one`, 2);
  const id = await stage.register(`${stem}.raw.one`, customerSchema);
  const value = await stage.avro.encode(id, customer(1));
  const route = {
    ...stage.route(`${stem}.pattern`, `${stem}.public.$1`),
    from: { cluster: 'main', topic: null, pattern: `${stem}\\.raw\\.(\\w+)` },
  };
  await running(
    stage.settings([route]),
    async (_, witness) => {
      await stage.produce(`${stem}.raw.one`, [{ key: 'a', value }]);
      await written(witness, 1);
      await stage.createTopic(`${stem}.raw.two`, 2);
      await stage.produce(`${stem}.raw.two`, [{ key: 'b', value }]);
      await written(witness, 2);
      assert.deepEqual(
        witness.named('topics.discovered').map((event) => event.topics),
        [[`${stem}.raw.one`], [`${stem}.raw.two`]],
      );
    },
    { discoverEvery: 500 },
  );
  assert.equal((await stage.read(`${stem}.public.one`)).length, 1);
  assert.equal((await stage.read(`${stem}.public.two`)).length, 1);
});

test('a dry run reports outcomes and refused leaves, and neither writes nor commits', async () => {
  const [raw, clean, id] = await topics('dry');
  const leaky = await stage.register(`${raw}-leaky`, {
    type: 'record',
    name: 'Leaky',
    fields: [{ name: 'secret', type: 'string' }],
  });
  await stage.produce(raw, [
    { key: 'a', value: await stage.avro.encode(id, customer(1)) },
    { key: 'b', value: await stage.avro.encode(leaky, { secret: 'x' }) },
  ]);
  const settings = stage.settings([stage.route(raw, clean)], { service: { dryRun: true } });
  for (const round of [1, 2]) {
    const witness = await running(settings, async (_, seen) => {
      await eventually('both records to be seen', () => {
        const { WRITTEN = 0, SCHEMA_REFUSED = 0 } = seen.outcomes();
        return WRITTEN === 1 && SCHEMA_REFUSED === 1;
      });
    });
    assert.equal(witness.named('plan.refused')[0]?.problems[0]?.path, 'secret', `round ${round}`);
  }
  assert.equal((await stage.read(clean)).length, 0);
  const subjects = (await (await fetch(`${stage.registry.url}/subjects`)).json()) as string[];
  assert.ok(!subjects.includes(`${clean}-value`));
});

test('rehashed records go where the partitioner of Kafka would put their new keys', async () => {
  const [raw, clean, id] = await topics('rehash');
  await stage.createTopic(clean, 5);
  const value = await stage.avro.encode(id, customer(1));
  const messages = Array.from({ length: 200 }, (_, i) => ({ key: `key-${i}`, value }));
  await stage.produce(raw, messages);
  const route = stage.route(raw, clean, { partition: 'rehash' });
  await running(stage.settings([route]), async (_, witness) => {
    await written(witness, 200);
  });
  const records = await stage.read(clean);
  assert.equal(records.length, 200);
  for (const { key, partition } of records)
    assert.equal(partition, partitionOf(key!, 0, key!.length, 5));
  assert.equal(new Set(records.map(({ partition }) => partition)).size, 5);
});

test('between two clusters records arrive, and offsets stay on the source', async () => {
  const [raw, clean, id] = await topics('apart');
  const encoded = await Promise.all(
    Array.from({ length: 60 }, (_, i) => stage.avro.encode(id, customer(i))),
  );
  const messages = encoded.map((value, i) => ({ key: `k${i}`, value, partition: i % 3 }));
  await stage.produce(raw, messages);
  const clusters = [stage.cluster(), stage.cluster('open', other.bootstrapServers)];
  const route = stage.route(raw, clean);
  const settings = stage.settings([{ ...route, to: { ...route.to, cluster: 'open' } }], {
    clusters,
    quarantine: { cluster: 'open' },
  });
  await running(settings, async (_, witness) => {
    await written(witness, 60);
  });
  await running(settings, async (_, witness) => {
    await stage.produce(raw, [{ key: 'last', value: encoded[0]!, partition: 0 }]);
    await written(witness, 1);
  });
  const records: ReadRecord[] = [];
  await readTopic(outsideClient(other.bootstrapServers), clean, (batch) => records.push(...batch));
  assert.equal(records.length, 61);
});

test('two instances with two shards share the partitions and write every record once', async () => {
  const [raw, clean, id] = await topics('shared', 6);
  const send = async (from: number): Promise<void> => {
    const values = await Promise.all(
      Array.from({ length: 300 }, (_, i) => stage.avro.encode(id, customer(from + i))),
    );
    await stage.produce(
      raw,
      values.map((value, i) => ({ key: `k${i}`, value, partition: (from + i) % 6 })),
    );
  };
  const settings = stage.settings([stage.route(raw, clean)], { service: { shards: 2 } });
  await running(settings, async (_, first) => {
    await send(0);
    await written(first, 300);
    const total = (witness: typeof first): number => witness.outcomes()['WRITTEN'] ?? 0;
    await running(settings, async (_service, second) => {
      await send(300);
      await eventually('600 records', () => total(first) + total(second) >= 600);
    });
    await send(600);
    await eventually('900 records', async () => (await stage.read(clean)).length >= 900);
  });
  const visits: number[] = [];
  for (const { value } of await stage.read(clean))
    visits.push(((await stage.avro.decode(value!)) as Customer).visits);
  assert.deepEqual(
    visits.sort((one, more) => one - more),
    Array.from({ length: 900 }, (_, i) => i),
  );
});

test('a start is refused with every reason, before a record is touched', async () => {
  const [raw, clean] = await topics('refused', 3);
  await stage.createTopic(clean, 2);
  const compacted = stage.name('public.compacted');
  await stage.createTopic(compacted, 3, { 'cleanup.policy': 'compact' });
  const lossy = stage.route(`${raw}.none`, clean);
  const settings = stage.settings([
    stage.route(raw, clean),
    { ...lossy, name: 'missing' },
    {
      ...stage.route(raw, compacted),
      name: 'loop',
      from: { cluster: 'main', topic: compacted, pattern: null },
      to: { ...lossy.to, topic: raw },
    },
  ]);
  await assert.rejects(
    running(settings, () => Promise.resolve()),
    (error: Error & { problems: { code: string }[] }) => {
      assert.deepEqual(error.problems.map(({ code }) => code).sort(), [
        'ROUTE_LOOP',
        'TOPIC_MISSING',
        'TOPIC_PARTITIONS_TOO_FEW',
      ]);
      return true;
    },
  );
  const toCompacted = stage.route(raw, compacted, {
    key: { type: 'string', spec: spec({ technique: 'mask' }) },
  });
  await assert.rejects(
    running(stage.settings([toCompacted]), () => Promise.resolve()),
    { code: 'TOPIC_COMPACTED_KEY_LOSSY' },
  );
});
