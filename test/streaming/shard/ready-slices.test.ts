import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReadySlices } from '../../../src/streaming/shard/ready-slices.ts';
import type { ReadySlice } from '../../../src/streaming/shard/ready-slices.ts';
import { rawSlice } from './slices.ts';

function ready(partition: number, next: bigint, end: bigint, bytes = 10): ReadySlice {
  return {
    fetchedAt: 0,
    output: {
      source: rawSlice([], { partition, next, end }),
      next,
      outputs: [],
      bytes,
      route: 'r',
      counters: { outcomes: {}, techniques: {}, headersDropped: 0, bytesIn: 0, bytesOut: 0 },
      events: [],
      lastTimestamp: 0,
      halt: null,
    },
  };
}

test('a shard that has caught up flushes at once, one that is behind gathers until age or size', () => {
  const clock = { now: 100 };
  const slices = new ReadySlices({ maxAge: 20, maxBytes: 100 }, () => clock.now);
  slices.add(ready(0, 5n, 5n));
  assert.equal(slices.untilDue(), 0);
  slices.add(ready(1, 5n, 9n));
  assert.equal(slices.untilDue(), 20);
  clock.now = 115;
  assert.equal(slices.untilDue(), 5);
  slices.add(ready(0, 6n, 6n, 80));
  assert.equal(slices.untilDue(), 0, 'large');
  assert.equal(slices.take().length, 3);
  assert.equal(slices.empty, true);
  slices.add(ready(0, 7n, 7n));
  assert.equal(slices.untilDue(), 20, 'partition 1 is still behind');
  slices.forget({ topic: 'raw', partition: 1 });
  assert.equal(slices.untilDue(), 0);
  slices.drop();
  assert.equal(slices.empty, true);
});
