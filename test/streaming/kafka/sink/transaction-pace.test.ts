import assert from 'node:assert/strict';
import { it } from 'node:test';
import { TransactionPace } from '../../../../src/streaming/kafka/sink/transaction-pace.ts';

it('does not wait before the first transaction, nor long after the last one', () => {
  const pace = new TransactionPace();
  assert.equal(pace.pause(0), 0);
  pace.ended(100);
  assert.equal(pace.pause(500), 0);
});

it('waits a moment after the end of a transaction', () => {
  const pace = new TransactionPace();
  pace.ended(100);
  assert.equal(pace.pause(100), 2);
  assert.equal(pace.pause(101.5), 0.5);
});

it('waits longer after a produce that was held, up to a bound, and shorter after one that was not', () => {
  const pace = new TransactionPace();
  for (let round = 0; round < 50; round++) {
    pace.ended(100);
    pace.produced(102, 25);
  }
  assert.equal(pace.pause(100), 12);
  for (let round = 0; round < 1000; round++) pace.produced(102, 3);
  assert.equal(pace.pause(100), 0.5);
});

it('learns nothing from a produce that began long after the last end', () => {
  const pace = new TransactionPace();
  pace.ended(100);
  pace.produced(5000, 100);
  assert.equal(pace.pause(100), 2);
});
