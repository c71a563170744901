import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StreamClock } from '../../../src/isolation/flows/stream-clock.ts';

const limits = { silence: 1000, ahead: 500, behind: 100 };

test('a gap is told with its ends, lateness beyond the limit, and times from the future do not count', () => {
  const clock = new StreamClock(limits, () => 10_000);
  assert.equal(clock.see(null), null);
  assert.equal(clock.see(5000), null);
  assert.equal(clock.see(4950), null);
  assert.deepEqual(clock.see(4000), { kind: 'late' });
  assert.deepEqual(clock.see(6001), { kind: 'gap', from: 5000, to: 6001 });
  assert.deepEqual(clock.see(10_501), { kind: 'future' });
  assert.equal(clock.newest, 6001);
  assert.equal(clock.see(6500), null);
});

test('silence is told once, and anew after something was heard', () => {
  let now = 0;
  const clock = new StreamClock(limits, () => now);
  now = 1000;
  assert.equal(clock.silence(), null);
  now = 1001;
  assert.equal(clock.silence(), 1001);
  assert.equal(clock.silence(), null);
  clock.hear();
  now = 2100;
  assert.equal(clock.silence(), 1099);
});
