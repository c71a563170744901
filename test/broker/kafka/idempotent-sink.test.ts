/** Two clusters, which no transaction spans. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { KafkaAdmin } from '../../../src/streaming/kafka/admin.ts';
import { recordBatchAdapter } from '../../../src/streaming/kafka/record-batch-adapter.ts';
import { outsideClient, readTopic } from '../../rig/client.ts';
import { startKafka, type Kafka } from '../../rig/kafka.ts';
import {
  copyUntilIdle,
  copySlices,
  startMember,
  stopMember,
} from '../../streaming/kafka/copying.ts';
import { clusterSettings, serviceSettings } from '../../streaming/kafka/settings.ts';

describe('between two clusters', { timeout: 120_000 }, () => {
  let from: Kafka;
  let to: Kafka;

  before(async () => {
    [from, to] = await Promise.all([startKafka(), startKafka()]);
  });

  after(async () => {
    await Promise.all([from.stop(), to.stop()]);
  });

  it('records go over, offsets stay behind, and a crash in between repeats but never loses', async () => {
    const source = clusterSettings(from.bootstrapServers, { name: 'raw' });
    const target = clusterSettings(to.bootstrapServers, { name: 'open' });
    for (const cluster of [source, target]) {
      await using admin = await KafkaAdmin.connect(cluster);
      await admin.createTopic({ name: 'bridge', partitions: 2, replicationFactor: 1 });
    }
    const client = outsideClient(from.bootstrapServers);
    const producer = client.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const values = Array.from({ length: 200 }, (_, i) => `${i}`);
    await producer.send({
      topic: 'bridge',
      messages: values.map((value, i) => ({ value, partition: i % 2 })),
    });
    await producer.disconnect();
    const options = {
      adapter: recordBatchAdapter,
      cluster: source,
      target,
      service: serviceSettings('bridge'),
      topics: ['bridge'],
      name: 'bridge-1',
      transactionalId: 'bridge-1',
    };
    const how = { transactional: false, maxBatchBytes: 400 };
    const first = await startMember(options);
    const slices = await first.source.fetch(5000);
    const { out, offsets, count } = copySlices(slices, 'bridge', how);
    first.sink.begin();
    await first.sink.produce(out);
    await first.sink.commitOffsets(offsets, slices[0]!.generation);
    await stopMember(first, false);
    const second = await startMember(options);
    assert.equal(await copyUntilIdle(second, 'bridge', how), 200);
    await stopMember(second);
    const third = await startMember(options);
    assert.equal(await copyUntilIdle(third, 'bridge', how), 0);
    await stopMember(third);
    const seen = new Map<string, number>();
    await readTopic(outsideClient(to.bootstrapServers), 'bridge', (records) => {
      for (const { value } of records) {
        const text = value?.toString() ?? '';
        seen.set(text, (seen.get(text) ?? 0) + 1);
      }
    });
    assert.equal(seen.size, 200);
    assert.equal([...seen.values()].filter((times) => times === 2).length, count);
  });

  it('refuses to commit under a generation that is over', async () => {
    const source = clusterSettings(from.bootstrapServers, { name: 'raw' });
    const target = clusterSettings(to.bootstrapServers, { name: 'open' });
    const sink = recordBatchAdapter.createSink({
      cluster: target,
      sourceCluster: source,
      service: serviceSettings('bridge'),
      transactionalId: 'unused',
    });
    await sink.open();
    sink.begin();
    const generation = { id: 3, memberId: 'nobody', groupInstanceId: null };
    await sink.commitOffsets([{ topic: 'bridge', partition: 0, next: 5n }], generation);
    await assert.rejects(sink.end(true), { code: 'GENERATION_STALE', retriable: true });
    await sink.close();
  });
});
