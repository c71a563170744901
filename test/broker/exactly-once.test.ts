import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTopics, outsideClient, type Client } from '../rig/client.ts';
import { startKafka } from '../rig/kafka.ts';
import { until } from '../rig/ports.ts';
import { startRegistry } from '../rig/registry.ts';
import { scratch } from '../rig/scratch.ts';
import { startService, type ServiceProcess } from '../rig/service-process.ts';
import { judge } from './exactly-once/judge.ts';
import { Load } from './exactly-once/load.ts';
import {
  configuration,
  makeKeys,
  PARTITIONS,
  PUBLIC,
  RAW,
  schema,
} from './exactly-once/setting.ts';

const KILLS = Number(process.env['LETHE_KILLS'] ?? 22);
const RECORDS = Number(process.env['LETHE_RECORDS'] ?? 200_000);
const RATE = 2500;

/** High watermarks of all partitions together; -1 while no broker answers. */
async function endOf(client: Client, topic: string): Promise<number> {
  const admin = client.admin();
  try {
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets.reduce((sum, { high }) => sum + Number(high), 0);
  } catch {
    return -1;
  } finally {
    await admin.disconnect();
  }
}

async function committed(client: Client): Promise<number> {
  const admin = client.admin();
  try {
    await admin.connect();
    const [topic] = await admin.fetchOffsets({ groupId: 'exactly-once', topics: [RAW] });
    return (topic?.partitions ?? []).reduce(
      (sum, { offset }) => sum + Math.max(0, Number(offset)),
      0,
    );
  } catch {
    return -1;
  } finally {
    await admin.disconnect();
  }
}

it('writes exactly one sanitized record per raw record, in order, through kills, rebalances, broker and registry restarts', async (t) => {
  const files = scratch('exactly-once');
  const [kafka, registry] = await Promise.all([
    startKafka({
      brokers: 3,
      properties: { 'group.min.session.timeout.ms': 2000, 'min.insync.replicas': 2 },
    }),
    startRegistry(),
  ]);
  const services = new Set<ServiceProcess>();
  const loads: Load[] = [];
  t.after(async () => {
    // First of all: without brokers it would try on and on.
    for (const load of loads) await load.stop();
    await Promise.all([...services].map((service) => service.kill()));
    await Promise.all([kafka.stop(), registry.stop()]);
    files.remove();
  });

  const client = outsideClient(kafka.bootstrapServers);
  await createTopics(
    client,
    [RAW, PUBLIC].map((topic) => ({ topic, numPartitions: PARTITIONS })),
  );
  const schemaId = await registry.register(`${RAW}-value`, schema);
  const keys = join(files.path, 'keys');
  const root = makeKeys(keys);

  let started = 0;
  const start = async (instanceId: string | null): Promise<ServiceProcess> => {
    const config = join(files.path, `${instanceId ?? 'dynamic'}.yaml`);
    writeFileSync(
      config,
      configuration({
        bootstrapServers: kafka.bootstrapServers,
        registryUrl: registry.url,
        keys,
        instanceId,
      }),
    );
    const log = join(files.path, `service-${++started}.log`);
    const service = await startService({ config, log });
    services.add(service);
    return service;
  };
  const remember = (what: string): void => t.diagnostic(what);

  const load = new Load(kafka.bootstrapServers, schemaId);
  loads.push(load);
  load.start({ rate: RATE, full: RECORDS });
  let first = await start('first');
  let second: ServiceProcess | null = null;
  let kills = 0;
  const growth = async (): Promise<void> => {
    const before = await endOf(client, PUBLIC);
    await until(
      'output to grow',
      async () => {
        assert.equal(first.running, true, `the service ended by itself:\n${tail(first)}`);
        return (await endOf(client, PUBLIC)) > before + 100;
      },
      { patience: 60_000, pause: 5 },
    ).catch((error: unknown) => {
      throw new Error(`No output after ${kills} kills, ${load.sent} sent:\n${tail(first)}`, {
        cause: error,
      });
    });
  };
  while (kills < KILLS || load.sent < RECORDS) {
    // Half of the kills wait for output to appear and so meet a running transaction, half come blindly: while it starts, joins, catches up.
    if (kills % 2 === 0) {
      await growth();
      await sleep(Math.random() * 150);
    } else {
      await sleep(500 + Math.random() * 3000);
    }
    assert.equal(first.running, true, `the service ended by itself:\n${tail(first)}`);
    await first.kill();
    services.delete(first);
    kills++;
    if (kills === 4 || kills === 13) second = await start(null);
    if (kills === 9) {
      remember(`second instance drained with exit code ${await second?.stop()}`);
      second = null;
    }
    if (kills === 17) {
      await second?.kill();
      second = null;
    }
    if (kills === 6) void kafka.kill(12);
    if (kills === 8) await kafka.start(12);
    if (kills === 15) await kafka.restart(13);
    first = await start('first');
    if (kills === 11) {
      // Plans are known by now: the service must go on without the registry, and with it when it is back.
      await growth();
      await registry.kill();
      await growth();
      await registry.start();
    }
  }
  await load.stop();
  const sent = await endOf(client, RAW);
  await until('all offsets to be committed', async () => (await committed(client)) >= sent, {
    patience: 90_000,
    pause: 500,
  }).catch((error: unknown) => {
    throw new Error(`The service stands still:\n${tail(first)}`, { cause: error });
  });
  const code = await first.stop();

  const verdict = await judge(kafka.bootstrapServers, root);
  remember(`${kills} kills; ${JSON.stringify(verdict)}; log end ${await endOf(client, PUBLIC)}`);
  assert.ok(verdict.input >= RECORDS, 'enough records flowed');
  assert.ok(verdict.tombstones > 0);
  assert.deepEqual(
    { missing: verdict.missing, surplus: verdict.surplus, wrong: verdict.wrong },
    { missing: 0, surplus: 0, wrong: 0 },
  );
  assert.equal(verdict.output, verdict.input);
  assert.equal(verdict.outputSchemaIds.length, 1);
  assert.equal(code, 0, `the service did not drain:\n${tail(first)}`);
});

function tail(service: ServiceProcess): string {
  return service.output().trimEnd().split('\n').slice(-15).join('\n');
}
