import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DenialRate } from '../../../src/isolation/flows/denial-rate.ts';

const start = 1_767_323_040_000;

test('denials are a burst when enough of them are within the window', () => {
  const rate = new DenialRate({ count: 3, window: 10_000 });
  assert.equal(rate.add('a', start, 1), null);
  assert.equal(rate.add('a', start + 1000, 1), null);
  assert.equal(rate.add('b', start + 1000, 1), null);
  assert.equal(rate.add('a', start + 2000, 1), 3);
});

test('slow denials are none, however many', () => {
  const rate = new DenialRate({ count: 3, window: 10_000 });
  for (let i = 0; i < 100; i += 1) assert.equal(rate.add('a', start + i * 5000, 1), null);
});

test('a burst is told once, and again after it has calmed down', () => {
  const rate = new DenialRate({ count: 3, window: 10_000 });
  assert.equal(rate.add('a', start, 5), 5);
  assert.equal(rate.add('a', start + 100, 5), null);
  assert.equal(rate.add('a', start + 60_000, 1), null);
  assert.equal(rate.add('a', start + 60_100, 2), 3);
});

test('entries out of order count within the window, and not before it', () => {
  const rate = new DenialRate({ count: 3, window: 10_000 });
  assert.equal(rate.add('a', start + 20_000, 1), null);
  assert.equal(rate.add('a', start + 5000, 9), null);
  assert.equal(rate.add('a', start + 15_000, 2), 3);
});

test('sources that were forgotten are counted', () => {
  const rate = new DenialRate({ count: 3, window: 10_000 });
  for (let i = 0; i < 10_005; i += 1) rate.add(`s${i}`, start, 1);
  assert.equal(rate.evicted, 5);
});
