import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { spawnWorker } from '../../../src/streaming/shard/supervisor.ts';
import { running, written } from './running.ts';
import { customer, customerSchema, eventually, Stage } from './stage.ts';
import type { Customer } from './stage.ts';

let stage: Stage;
before(async () => {
  stage = await Stage.up();
});
after(async () => {
  await stage[Symbol.asyncDispose]();
});

async function numbered(id: number, from: number, count: number) {
  return await Promise.all(
    Array.from({ length: count }, async (_, i) => ({
      key: `key-${from + i}`,
      value: await stage.avro.encode(id, customer(from + i)),
      partition: (from + i) % 3,
    })),
  );
}

/** The numbers of the customers in a topic, sorted. */
async function visits(topic: string): Promise<number[]> {
  const found: number[] = [];
  for (const { value } of await stage.read(topic))
    found.push(((await stage.avro.decode(value!)) as Customer).visits);
  return found.sort((one, other) => one - other);
}

test('while the registry is away, records of a new schema wait: nothing is quarantined, nothing lost', async () => {
  const [raw, clean] = [stage.name('raw.outage'), stage.name('public.outage')];
  await stage.createTopic(raw);
  const id = await stage.register(raw, customerSchema);
  const later = await stage.register(`${raw}-later`, {
    ...customerSchema,
    fields: [...customerSchema.fields, { name: 'level', type: 'int', lethe: 'public' }],
  });
  const fresh = await stage.avro.encode(later, { ...customer(50), level: 1 });
  const settings = stage.settings([stage.route(raw, clean)]);
  await running(settings, async (_, witness) => {
    await stage.produce(raw, await numbered(id, 0, 30));
    await written(witness, 30);
    await stage.registry.kill();
    await stage.produce(raw, [{ key: 'later', value: fresh, partition: 0 }]);
    await stage.produce(raw, await numbered(id, 30, 20));
    await eventually(
      'the outage to be told',
      () => witness.named('registry.unavailable').length > 0,
    );
    // Partitions without the new schema go on.
    await written(witness, 42);
    await stage.registry.start();
    await written(witness, 51);
    assert.deepEqual(witness.named('records.quarantined'), []);
  });
  assert.equal((await stage.read(clean)).length, 51);
  assert.equal((await stage.read(settings.quarantine.topic)).length, 0);
});

test('a shard that crashes is replaced and its records are written exactly once', async () => {
  const [raw, clean] = [stage.name('raw.crash'), stage.name('public.crash')];
  await stage.createTopic(raw);
  const id = await stage.register(raw, customerSchema);
  await stage.produce(raw, await numbered(id, 0, 300));
  const workers: Worker[] = [];
  await running(
    stage.settings([stage.route(raw, clean)], { service: { sessionTimeout: 6000 } }),
    async (service, witness) => {
      await written(witness, 300);
      await workers[0]!.terminate();
      assert.equal(service.status().ready, false);
      await stage.produce(raw, await numbered(id, 300, 300));
      await eventually('the shard to run again', () => service.status().ready);
      await written(witness, 600);
      assert.equal(service.status().shards[0]!.restarts, 1);
      assert.equal(witness.restarts, 1);
      assert.equal(witness.named('shard.failed')[0]?.code, 'SHARD_CRASHED');
    },
    {
      spawn: (start) => {
        const worker = spawnWorker(start);
        workers.push(worker);
        return worker;
      },
    },
  );
  // The outside producer sends a batch twice when the machine is busy enough: what counts is what stands in the raw topic.
  const sent = await visits(raw);
  assert.equal(new Set(sent).size, 600);
  assert.deepEqual(await visits(clean), sent);
});

test('a broker that restarts costs nothing but time', async () => {
  const [raw, clean] = [stage.name('raw.restart'), stage.name('public.restart')];
  await stage.createTopic(raw);
  const id = await stage.register(raw, customerSchema);
  const settings = stage.settings([stage.route(raw, clean)]);
  let sent: readonly number[] = [];
  await running(settings, async (_, witness) => {
    await stage.produce(raw, await numbered(id, 0, 100));
    await written(witness, 100);
    await stage.kafka.restart(1);
    await stage.produce(raw, await numbered(id, 100, 100));
    // The outside producer may send a record twice across the restart: what counts is what stands in the raw topic.
    sent = await visits(raw);
    await written(witness, sent.length, 60_000);
  });
  assert.deepEqual(await visits(clean), sent);
  assert.equal(new Set(sent).size, 200);
});

test('a thread that hangs is found by its heartbeat, and a crash loop is told', async () => {
  const [raw, clean] = [stage.name('raw.hang'), stage.name('public.hang')];
  await stage.createTopic(raw);
  let spawned = 0;
  const settings = stage.settings([stage.route(raw, clean)], {
    service: { heartbeatDeadline: 3000, sessionTimeout: 6000 },
  });
  await running(
    settings,
    async (service, witness) => {
      await eventually('the first heartbeat to be missed', () => {
        return witness.named('shard.heartbeat-missed').length === 1;
      });
      await eventually('the shard to run again', () => service.status().ready);
      assert.equal(spawned, 2);
    },
    {
      spawn: (start) => {
        spawned++;
        if (spawned > 1) return spawnWorker(start);
        const hang = `import { parentPort } from 'node:worker_threads';
          parentPort.postMessage({ type: 'started' }); for (;;);`;
        return new Worker(new URL(`data:text/javascript,${encodeURIComponent(hang)}`));
      },
    },
  );

  let failed = '';
  await assert.rejects(
    running(
      settings,
      async (service) => {
        failed = (await service.failed()).code;
      },
      { spawn: () => new Worker(new URL('data:text/javascript,process.exit(1)')) },
    ),
    { code: 'SHARD_CRASH_LOOP' },
  );
  assert.equal(failed, '');
});
