import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  nextSequence,
  ProduceLane,
  type StampedBatch,
} from '../../../../src/streaming/kafka/sink/produce-lane.ts';

function lane(count: number): { readonly lane: ProduceLane; readonly done: number[] } {
  const made = new ProduceLane('t', 0);
  const done: number[] = [];
  for (let sequence = 0; sequence < count; sequence++) {
    made.add({ bytes: Buffer.alloc(0), sequence, acknowledged: () => done.push(sequence) });
  }
  return { lane: made, done };
}

function takeAll(from: ProduceLane, now = 0): StampedBatch[] {
  const taken: StampedBatch[] = [];
  for (let batch = from.take(now, 5); batch !== null; batch = from.take(now, 5)) taken.push(batch);
  return taken;
}

describe('a lane of batches', () => {
  it('sends nothing behind the first batch until that is acknowledged', () => {
    const { lane: one, done } = lane(8);
    const first = takeAll(one);
    assert.deepEqual(
      first.map(({ sequence }) => sequence),
      [0],
    );
    one.acknowledge(first[0]!);
    assert.deepEqual(
      takeAll(one).map(({ sequence }) => sequence),
      [1, 2, 3, 4, 5],
    );
    assert.deepEqual(done, [0]);
    assert.equal(one.sent, 5);
  });

  it('repeats failed batches in order, one at a time, after a pause', () => {
    const { lane: one } = lane(4);
    one.acknowledge(takeAll(one)[0]!);
    const flying = takeAll(one);
    one.repeat(flying[0]!, 100, 50);
    // Those behind arrive out of order, in whatever order the answers come.
    one.repeat(flying[2]!, 100, 50);
    one.repeat(flying[1]!, 100, 50);
    assert.equal(one.stalled, true);
    assert.equal(one.pause(120), 30);
    assert.deepEqual(takeAll(one, 120), []);
    const again = takeAll(one, 150);
    assert.deepEqual(
      again.map(({ sequence }) => sequence),
      [1],
    );
    one.acknowledge(again[0]!);
    assert.equal(one.stalled, false);
    assert.deepEqual(
      takeAll(one, 150).map(({ sequence }) => sequence),
      [2, 3],
    );
  });

  it('counts failures in a row', () => {
    const { lane: one } = lane(1);
    for (let i = 1; i <= 3; i++) {
      one.repeat(one.take(i * 100, 5)!, i * 100, 1);
      assert.equal(one.failures, i);
    }
    one.acknowledge(one.take(1000, 5)!);
    assert.equal(one.failures, 0);
    assert.equal(one.waiting, 0);
  });
});

it('wraps sequence numbers after 2^31 − 1 as KIP-98 says', () => {
  assert.equal(nextSequence(0, 10), 10);
  assert.equal(nextSequence(2 ** 31 - 1, 1), 0);
  assert.equal(nextSequence(2 ** 31 - 5, 57), 52);
});
