import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { avroCodec, frame } from '../rig/avro.ts';
import { createTopics, exactProducer, outsideClient, readTopic } from '../rig/client.ts';
import { startKafka, type Kafka } from '../rig/kafka.ts';
import { until } from '../rig/ports.ts';
import { startRegistry, type Registry } from '../rig/registry.ts';
import { scratch } from '../rig/scratch.ts';
import { metricSum, startService } from '../rig/service-process.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MAIN = join(ROOT, 'dist', 'main.js');
const files = scratch('dist');
let kafka: Kafka;
let registry: Registry;

before(async () => {
  // The gate has just built it; by hand it may be missing or old.
  if (process.env['LETHE_BUILT'] === undefined)
    execFileSync('tsc', ['-p', 'tsconfig.build.json'], { cwd: ROOT });
  [kafka, registry] = await Promise.all([startKafka(), startRegistry()]);
});
after(async () => {
  await Promise.all([kafka.stop(), registry.stop()]);
  files.remove();
});

it('runs from what is shipped, worker threads included', async () => {
  const schema = JSON.stringify({
    type: 'record',
    name: 'Shipped',
    fields: [{ name: 'email', type: 'string', 'confluent:tags': ['EMAIL'] }],
  });
  const client = outsideClient(kafka.bootstrapServers);
  await createTopics(client, [{ topic: 'raw.shipped', numPartitions: 2 }]);
  const id = await registry.register('raw.shipped-value', schema);
  const producer = exactProducer(client);
  await producer.connect();
  const value = frame(id, avroCodec(schema).encode({ email: 'somebody@example.com' }));
  await producer.send({
    topic: 'raw.shipped',
    messages: Array.from({ length: 100 }, (_, index) => ({ key: `k${index}`, value })),
  });
  await producer.disconnect();

  const keys = join(files.path, 'keys');
  mkdirSync(keys, { mode: 0o700 });
  writeFileSync(join(keys, '1'), randomBytes(32), { mode: 0o600 });
  const config = join(files.path, 'lethe.yaml');
  writeFileSync(
    config,
    JSON.stringify({
      kafka: { main: { bootstrapServers: [kafka.bootstrapServers] } },
      registry: { url: registry.url },
      keys: { directory: keys, current: '1' },
      rules: { tags: { EMAIL: { technique: 'pseudonymize', output: 'email' } } },
      routes: [
        {
          name: 'shipped',
          from: { topic: 'raw.shipped' },
          to: { topic: 'public.shipped', create: true },
          key: { type: 'string', technique: 'keep' },
        },
      ],
      quarantine: { topic: 'lethe.quarantine', create: true },
      service: { shards: 2, http: { port: 0, host: '127.0.0.1' } },
    }),
  );
  const service = await startService({ config, log: join(files.path, 'log'), main: MAIN });
  try {
    await service.ready();
    await until('all records to be handled', async () => {
      const done = metricSum(await service.metrics(), 'lethe_records_total', {
        outcome: 'WRITTEN',
      });
      return done >= 100;
    });
    assert.equal(await service.stop(), 0, readFileSync(join(files.path, 'log'), 'utf8'));
  } finally {
    await service.kill();
  }
  const read = await readTopic(client, 'public.shipped', (records) => {
    for (const record of records)
      assert.equal(record.value?.includes('somebody@example.com'), false);
  });
  assert.equal(read, 100);
});
