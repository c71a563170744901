import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PartitionGate } from '../../../src/streaming/shard/partition-gate.ts';
import { rawSlice } from './slices.ts';

const place = { topic: 'raw', partition: 0 };
const slice = (from: bigint) => rawSlice([], { from, next: from + 1n });

test('slices queue behind the one that waits, in order', () => {
  const gate = new PartitionGate();
  assert.equal(gate.waits(slice(0n), 0), false);
  gate.hold(slice(0n), 0);
  assert.equal(gate.waits(slice(1n), 1), true);
  assert.equal(gate.isClosed(place), true);
  assert.deepEqual(
    gate.release(place).map((held) => [held.slice.from, held.fetchedAt]),
    [
      [0n, 0],
      [1n, 1],
    ],
  );
  assert.equal(gate.isClosed(place), false);
});

test('a halt answers what it drops, and reopening answers what was closed', () => {
  const gate = new PartitionGate();
  gate.hold(slice(0n), 0);
  assert.equal(gate.halt(place, 'X').length, 1);
  assert.deepEqual(gate.halted(), [{ ...place, code: 'X' }]);
  gate.hold({ ...slice(0n), partition: 1 }, 0);
  gate.drop();
  assert.deepEqual(
    gate.reopen().map(({ partition }) => partition),
    [1, 0],
  );
  assert.deepEqual(gate.halted(), []);
  assert.deepEqual(gate.reopen(), []);
});
