import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedMap } from '../../../src/isolation/flows/bounded-map.ts';

test('the map forgets what was used longest ago, as a plain model does', () => {
  const map = new BoundedMap<number, number>(7);
  let model: number[] = [];
  let evicted = 0;
  let state = 12_345;
  for (let i = 0; i < 5000; i += 1) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const key = (state >> 8) % 12;
    const known = model.includes(key);
    if (i % 3 === 0) {
      assert.equal(map.get(key) !== undefined, known);
      if (!known) continue;
    } else map.set(key, i);
    model = [...model.filter((one) => one !== key), key];
    if (model.length > 7) {
      model.shift();
      evicted += 1;
    }
    assert.equal(map.size, model.length);
  }
  assert.equal(map.evicted, evicted);
  assert.ok(evicted > 500);
});
