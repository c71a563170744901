import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentCache } from '../../../src/isolation/flows/recent-cache.ts';

test('what is asked for stays, what nobody asks for goes, and memory has a bound', () => {
  const cache = new RecentCache<number, string>(10);
  cache.set(-1, 'kept');
  for (let i = 0; i < 100; i += 1) {
    cache.set(i, `${i}`);
    assert.equal(cache.get(-1), 'kept');
  }
  assert.equal(cache.get(99), '99');
  assert.equal(cache.get(0), undefined);
  const held = Array.from({ length: 100 }, (_, i) => cache.get(i)).filter(
    (one) => one !== undefined,
  );
  assert.ok(held.length <= 10);
});

test('null is a value', () => {
  const cache = new RecentCache<string, null>(4);
  cache.set('a', null);
  assert.equal(cache.get('a'), null);
});
