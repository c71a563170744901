import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeTopic } from '../../../src/streaming/kafka/topic-description.ts';

const partitions = [{ replicas: [11, 12] }, { replicas: [12, 13] }];

test('what the broker does not tell has the default of Kafka', () => {
  assert.deepEqual(describeTopic('raw.orders', partitions, new Map()), {
    name: 'raw.orders',
    partitions: 2,
    replicationFactor: 2,
    compacted: false,
    cleanupPolicy: 'delete',
    maxMessageBytes: 1_048_588,
    minInSyncReplicas: 1,
    timestampType: 'CreateTime',
  });
});

test('a topic that deletes and compacts is compacted', () => {
  const settings = new Map([
    ['cleanup.policy', 'delete,compact'],
    ['max.message.bytes', '2000000'],
    ['min.insync.replicas', '2'],
    ['message.timestamp.type', 'LogAppendTime'],
  ]);
  const topic = describeTopic('raw.orders', partitions, settings);
  assert.equal(topic.compacted, true);
  assert.equal(topic.maxMessageBytes, 2_000_000);
  assert.equal(topic.minInSyncReplicas, 2);
  assert.equal(topic.timestampType, 'LogAppendTime');
});
