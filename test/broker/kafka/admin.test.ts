import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { KafkaAdmin } from '../../../src/streaming/kafka/admin.ts';
import { outsideClient } from '../../rig/client.ts';
import { startKafka, type Kafka } from '../../rig/kafka.ts';
import { clusterSettings } from '../../streaming/kafka/settings.ts';

describe('the administrator', { timeout: 120_000 }, () => {
  let kafka: Kafka;
  let admin: KafkaAdmin;

  before(async () => {
    kafka = await startKafka();
    admin = await KafkaAdmin.connect(clusterSettings(kafka.bootstrapServers));
  });

  after(async () => {
    await admin.close();
    await kafka.stop();
  });

  it('creates topics as asked, once, and describes what routes are checked against', async () => {
    const topic = {
      name: 'described',
      partitions: 3,
      replicationFactor: 1,
      configuration: { 'cleanup.policy': 'compact,delete', 'max.message.bytes': '5000' },
    };
    assert.equal(await admin.createTopic(topic), true);
    assert.equal(await admin.createTopic(topic), false);
    const found = await admin.describeTopics(['described', 'absent']);
    assert.deepEqual(
      [...found.values()],
      [
        {
          name: 'described',
          partitions: 3,
          replicationFactor: 1,
          compacted: true,
          cleanupPolicy: 'compact,delete',
          maxMessageBytes: 5000,
          minInSyncReplicas: 1,
          timestampType: 'CreateTime',
        },
      ],
    );
    assert.deepEqual(await admin.describeTopics(['absent']), new Map());
  });

  it('tells a cluster without an authorizer from one without ACLs', async () => {
    assert.equal(await admin.describeAcls(), null);
  });

  it('lists topics without the internal ones', async () => {
    await admin.createTopic({ name: 'listed', partitions: 1, replicationFactor: null });
    const names = await admin.listTopics();
    assert.ok(names.includes('listed'));
    assert.ok(names.every((name) => !name.startsWith('__')));
  });

  it('describes the cluster', async () => {
    const { brokers, clusterId } = await admin.describeCluster();
    assert.equal(brokers.length, 1);
    assert.ok(clusterId.length > 0);
  });

  it('refuses topics that the broker refuses, by its reason', async () => {
    await assert.rejects(admin.createTopic({ name: 'bad!', partitions: 1, replicationFactor: 1 }), {
      code: 'TOPIC_REJECTED',
      reason: 'INVALID_TOPIC_EXCEPTION',
    });
    await assert.rejects(admin.createTopic({ name: 'many', partitions: 1, replicationFactor: 3 }), {
      code: 'TOPIC_REJECTED',
      reason: 'INVALID_REPLICATION_FACTOR',
    });
  });

  it('says that no broker answers', async () => {
    await assert.rejects(KafkaAdmin.connect(clusterSettings('127.0.0.1:1')), {
      code: 'BROKER_UNREACHABLE',
    });
  });

  it('knows committed offsets and the range of logs', async () => {
    await admin.createTopic({ name: 'ranged', partitions: 2, replicationFactor: 1 });
    const client = outsideClient(kafka.bootstrapServers);
    const outside = client.admin();
    await outside.connect();
    await outside.setOffsets({
      groupId: 'ranger',
      topic: 'ranged',
      partitions: [{ partition: 1, offset: '0' }],
    });
    await outside.disconnect();
    const committed = await admin.committedOffsets('ranger', ['ranged']);
    assert.deepEqual(
      committed.map(({ offset }) => offset),
      [null, 0n],
    );
    const ranges = await admin.logRanges('ranged');
    assert.deepEqual(
      ranges.map(({ start, end }) => [start, end]),
      [
        [0n, 0n],
        [0n, 0n],
      ],
    );
  });
});
