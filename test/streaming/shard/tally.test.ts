import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tally } from '../../../src/streaming/shard/tally.ts';
import { bench, person, rawSlice, record, transformed } from './slices.ts';

test('a report holds what was committed since the last one, and lag in records and time', async () => {
  const tally = new Tally();
  const slice = rawSlice([record('a', person(1, 'Ann')), record('b', Buffer.from('x'))]);
  const output = await transformed(bench(), slice);
  const committedAt = 1_700_000_000_400;
  tally.committed([{ output, fetchedAt: committedAt - 30 }], committedAt);
  tally.aborted();
  const position = { topic: 'raw', partition: 0, position: 2n, end: 7n };
  const report = tally.take(3, committedAt + 100, [position], [], 42);
  assert.equal(report.shard, 3);
  assert.deepEqual(report.routes['people']?.outcomes, { WRITTEN: 1, FRAME_MISSING: 1 });
  assert.deepEqual(report.transactions, { committed: 1, aborted: 1 });
  assert.deepEqual(report.batchLatency, [30]);
  assert.deepEqual(report.endToEndLatency, [400]);
  assert.deepEqual(report.positions, [{ topic: 'raw', partition: 0, lag: 5, lagTime: 500 }]);
  assert.equal(report.inFlightBytes, 42);
  const next = tally.take(3, committedAt + 200, [{ ...position, position: 7n }], [], 0);
  assert.deepEqual(next.routes, {});
  assert.deepEqual(next.positions, [{ topic: 'raw', partition: 0, lag: 0, lagTime: 0 }]);
});

test('samples are bounded', async () => {
  const tally = new Tally();
  const output = await transformed(bench(), rawSlice([record('a', null)]));
  for (let i = 0; i < 1100; i++) tally.committed([{ output, fetchedAt: 0 }], 1);
  const report = tally.take(0, 0, [], [], 0);
  assert.equal(report.batchLatency.length, 1000);
  assert.equal(report.transactions.committed, 1100);
});
