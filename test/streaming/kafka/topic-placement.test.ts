import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placements } from '../../../src/streaming/kafka/topic-placement.ts';

const partition = (partitionId: number, leader: number, ...replicas: number[]) => ({
  partitionErrorCode: 0,
  partitionId,
  leader,
  replicas,
  isr: replicas,
});

test('topics come by name and partitions by number, whatever the order of the answer', () => {
  const found = placements(
    [
      { name: 'raw.orders', partitions: [partition(1, 12, 12), partition(0, 11, 11)] },
      { name: '__consumer_offsets', partitions: [] },
    ],
    { topics: [] },
  );
  assert.deepEqual(
    found.map(({ name }) => name),
    ['__consumer_offsets', 'raw.orders'],
  );
  assert.deepEqual(
    found[1]?.partitions.map(({ partition: number, leader }) => [number, leader]),
    [
      [0, 11],
      [1, 12],
    ],
  );
});

test('a running reassignment names who comes and who goes, of its own partition alone', () => {
  const [topic] = placements(
    [{ name: 'raw.orders', partitions: [partition(0, 11, 11, 12), partition(1, 11, 11)] }],
    {
      topics: [
        {
          name: 'raw.orders',
          partitions: [{ partition: 0, addingReplicas: [12], removingReplicas: [11] }],
        },
        {
          name: 'public.orders',
          partitions: [{ partition: 1, addingReplicas: [13], removingReplicas: [] }],
        },
      ],
    },
  );
  assert.deepEqual(topic?.partitions, [
    { partition: 0, leader: 11, replicas: [11, 12], adding: [12], removing: [11] },
    { partition: 1, leader: 11, replicas: [11], adding: [], removing: [] },
  ]);
});

test('a partition without a leader has none', () => {
  const [topic] = placements([{ name: 'raw.orders', partitions: [partition(0, -1, 11)] }], {
    topics: [],
  });
  assert.equal(topic?.partitions[0]?.leader, null);
});
