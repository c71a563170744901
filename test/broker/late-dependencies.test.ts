import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { createKey } from '../../src/anonymization/crypto/key-directory.ts';
import { avroCodec, frame } from '../rig/avro.ts';
import { createTopics, outsideClient } from '../rig/client.ts';
import { startKafka, type Kafka } from '../rig/kafka.ts';
import { until } from '../rig/ports.ts';
import { readCommitted, ReferenceProducer } from '../rig/reference-client.ts';
import { startRegistry, type Registry } from '../rig/registry.ts';
import { scratch } from '../rig/scratch.ts';
import { metricSum, startService } from '../rig/service-process.ts';

const RECORDS = 50;
const files = scratch('late');
let kafka: Kafka;
let registry: Registry;

before(async () => {
  [kafka, registry] = await Promise.all([startKafka(), startRegistry()]);
});
after(async () => {
  await Promise.all([kafka.stop(), registry.stop()]);
  files.remove();
});

/** A raw topic with records, and a configuration that reads it. */
async function prepared(): Promise<string> {
  const schema = JSON.stringify({
    type: 'record',
    name: 'Early',
    fields: [{ name: 'email', type: 'string', lethe: 'EMAIL' }],
  });
  await createTopics(outsideClient(kafka.bootstrapServers), [
    { topic: 'raw.early', numPartitions: 1 },
  ]);
  const id = await registry.register('raw.early-value', schema);
  const value = frame(id, avroCodec(schema).encode({ email: 'somebody@example.com' }));
  await using producer = await ReferenceProducer.start(kafka.bootstrapServers);
  await producer.write(
    Array.from({ length: RECORDS }, (_, i) => ({
      topic: 'raw.early',
      partition: 0,
      key: `k${i}`,
      value,
    })),
  );
  const keys = join(files.path, 'keys');
  await createKey(keys, '1');
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
          name: 'early',
          from: { topic: 'raw.early' },
          to: { topic: 'public.early', create: true },
          key: { type: 'string', technique: 'keep' },
        },
      ],
      quarantine: { topic: 'lethe.quarantine', create: true },
      service: { shards: 1, http: { port: 0, host: '127.0.0.1' } },
    }),
  );
  return config;
}

it('a service that starts before its registry and its brokers is alive, says what it waits for, and runs once they come', async (t) => {
  const config = await prepared();
  const [broker] = kafka.brokers;
  await Promise.all([kafka.kill(broker!.id), registry.kill()]);
  const service = await startService({ config, log: join(files.path, 'log') });
  t.after(() => service.kill());
  const url = await service.address();
  const reasons = async (): Promise<readonly string[]> => {
    const answer = (await (await fetch(`${url}/readyz`)).json()) as {
      readonly reasons: readonly { readonly code: string }[];
    };
    return answer.reasons.map(({ code }) => code).sort();
  };
  const waitsFor = (codes: readonly string[]): Promise<void> =>
    until(`reasons ${codes.join(', ')}`, async () => {
      assert.equal(service.running, true, service.output());
      return String(await reasons()) === String([...codes, 'PHASE_STARTING'].sort());
    });

  await waitsFor(['BROKER_UNREACHABLE', 'REGISTRY_UNREACHABLE']);
  assert.equal((await fetch(`${url}/livez`)).status, 200);
  assert.equal((await fetch(`${url}/readyz`)).status, 503);
  assert.equal(metricSum(await service.metrics(), 'lethe_dependency_awaited'), 2);

  await registry.start();
  await waitsFor(['BROKER_UNREACHABLE']);

  await kafka.start(broker!.id);
  const began = performance.now();
  await service.ready();
  const seconds = (performance.now() - began) / 1000;
  t.diagnostic(`ready ${seconds.toFixed(1)} s after the broker answered`);
  assert.equal(metricSum(await service.metrics(), 'lethe_dependency_awaited'), 0);
  await until('all records to be handled', async () => {
    const labels = { outcome: 'WRITTEN' };
    return metricSum(await service.metrics(), 'lethe_records_total', labels) >= RECORDS;
  });
  assert.equal(await service.stop(), 0, service.output());
  assert.equal((await readCommitted(kafka.bootstrapServers, 'public.early')).length, RECORDS);
  const told = service.output().match(/"event":"dependency\.\w+"/g) ?? [];
  assert.deepEqual(told.sort(), [
    '"event":"dependency.awaited"',
    '"event":"dependency.awaited"',
    '"event":"dependency.reached"',
    '"event":"dependency.reached"',
  ]);
});
