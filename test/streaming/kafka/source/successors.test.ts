import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isOf } from '../../../../src/streaming/kafka/source/successors.ts';

it('knows the shards of an instance from those of others', () => {
  assert.equal(isOf('lethe-1', 'lethe-1-0'), true);
  assert.equal(isOf('lethe-1', 'lethe-1-12'), true);
  assert.equal(isOf('lethe-1', 'lethe-1'), true);
  for (const other of ['lethe-10-0', 'lethe-1-0-0', 'lethe-1-', 'lethe-2-0', null, undefined])
    assert.equal(isOf('lethe-1', other), false, String(other));
});
