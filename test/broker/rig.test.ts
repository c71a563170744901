import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, describe, it } from 'node:test';
import kafkajs, { type SASLOptions } from 'kafkajs';
import { createTopics, outsideClient, readTopic, type Client } from '../rig/client.ts';
import { startKafka, type Kafka } from '../rig/kafka.ts';
import { until } from '../rig/ports.ts';
import { startRegistry } from '../rig/registry.ts';
import { scratch } from '../rig/scratch.ts';

const { CompressionTypes } = kafkajs;

/** Writes 250 records in transactions, one of each codec, and one in a transaction that is aborted; reads the topic. */
async function roundTrip(kafka: Kafka): Promise<void> {
  const client = outsideClient(kafka.bootstrapServers);
  await createTopics(client, [{ topic: 'round', numPartitions: 2 }]);
  const producer = client.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    transactionalId: 'rig',
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  let sent = 0;
  for (const compression of [
    CompressionTypes.None,
    CompressionTypes.GZIP,
    CompressionTypes.Snappy,
    CompressionTypes.LZ4,
    CompressionTypes.ZSTD,
  ]) {
    const transaction = await producer.transaction();
    const messages = Array.from({ length: 50 }, (_, index) => ({
      key: `k${sent + index}`,
      value: `value ${index}`,
      partition: index % 2,
    }));
    await transaction.send({ topic: 'round', compression, messages });
    await transaction.commit();
    sent += messages.length;
  }
  const lost = await producer.transaction();
  await lost.send({ topic: 'round', messages: [{ value: 'aborted', partition: 0 }] });
  await lost.abort();
  await producer.disconnect();
  const keys = await keysOf(client);
  assert.equal(keys.size, sent);
  assert.ok(!keys.has(''));
}

/** Different keys: on a machine that is busy enough kafkajs sends a batch twice, which says nothing about the brokers. */
async function keysOf(client: Client): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  await readTopic(client, 'round', (records) => {
    for (const { key } of records) keys.add(key?.toString() ?? '');
  });
  return keys;
}

describe('the rig', () => {
  it('starts one broker that keeps transactions in every codec, and leaves nothing behind', async () => {
    const kafka = await startKafka();
    const folder = dirname(dirname(kafka.brokers[0]!.log));
    const { pid } = kafka.brokers[0]!;
    try {
      await roundTrip(kafka);
    } finally {
      await kafka.stop();
    }
    assert.equal(existsSync(folder), false);
    assert.throws(() => process.kill(pid, 0));
  });

  it('keeps a cluster of three readable while one broker is killed', async () => {
    const kafka = await startKafka({ brokers: 3, features: { 'transaction.version': 1 } });
    try {
      await roundTrip(kafka);
      const second = kafka.brokers[1]!;
      await kafka.kill(12);
      assert.equal(second.running, false);
      assert.equal((await keysOf(outsideClient(kafka.bootstrapServers))).size, 250);
      await kafka.start(12);
      assert.equal(second.running, true);
    } finally {
      await kafka.stop();
    }
  });

  it('kills its broker when the process that started it is killed', async (t) => {
    const rig = JSON.stringify(new URL('../rig/kafka.ts', import.meta.url).href);
    const script = `const { startKafka } = await import(${rig}); console.log((await startKafka()).brokers[0].pid); setInterval(() => {}, 1000);`;
    // Killed, it can't tidy up: its data goes with this folder.
    const own = scratch('killed');
    t.after(() => own.remove());
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, TMPDIR: own.path },
    });
    const pid = await new Promise<number>((resolve) => {
      child.stdout.once('data', (line: Buffer) => resolve(Number(line.toString())));
    });
    assert.ok(process.kill(pid, 0));
    child.kill('SIGKILL');
    await until('the broker to end', () => {
      try {
        return !process.kill(pid, 0);
      } catch {
        return true;
      }
    });
  });

  it('keeps schemas over a crash and a restart of the registry', async () => {
    const registry = await startRegistry();
    try {
      const schema = '{"type":"record","name":"Rig","fields":[]}';
      const id = await registry.register('rig-value', schema);
      await registry.kill();
      await registry.start();
      await registry.restart();
      const response = await fetch(`${registry.url}/schemas/ids/${id}`);
      assert.deepEqual(
        await response.json().then((body) => (body as { schema: string }).schema),
        schema,
      );
    } finally {
      await registry.stop();
    }
  });
});

describe('the secure rig', async () => {
  const kafka = await startKafka({ secure: true });
  after(() => kafka.stop());
  const secure = kafka.secure!;
  const ssl = { ca: [secure.authority.certificate] };
  const topicsAs = async (sasl: SASLOptions): Promise<readonly string[]> => {
    const admin = outsideClient(secure.saslSsl, { ssl, sasl, retry: { retries: 0 } }).admin();
    await admin.connect();
    try {
      return await admin.listTopics();
    } finally {
      await admin.disconnect();
    }
  };

  it('lets the administrator in by SCRAM, password and token', async () => {
    const { username, password } = secure.admin;
    const admin = outsideClient(secure.saslSsl, {
      ssl,
      sasl: { mechanism: 'scram-sha-512', username, password },
    });
    await createTopics(admin, [{ topic: 'guarded' }]);
    const value = secure.token('admin');
    for (const sasl of [
      { mechanism: 'scram-sha-256', username, password },
      { mechanism: 'plain', username, password },
      { mechanism: 'oauthbearer', oauthBearerProvider: () => Promise.resolve({ value }) },
    ] as const) {
      assert.deepEqual(await topicsAs(sasl), ['guarded'], sasl.mechanism);
    }
  });

  it('lets a client certificate in, and shows others no topic', async () => {
    const identity = await secure.issue('lethe-admin');
    const admin = outsideClient(secure.mutualTls, {
      ssl: { ...ssl, cert: identity.certificate, key: identity.key },
    }).admin();
    await admin.connect();
    assert.deepEqual(await admin.listTopics(), ['guarded']);
    await admin.disconnect();
    assert.deepEqual(
      await topicsAs({ mechanism: 'plain', username: 'mallory', password: 'mallory-secret' }),
      [],
    );
    await assert.rejects(
      topicsAs({ mechanism: 'plain', username: 'lethe', password: 'wrong' }),
      /authentication/i,
    );
  });
});
