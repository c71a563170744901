import assert from 'node:assert/strict';
import { it } from 'node:test';
import { freeMemory } from '../../../src/streaming/shard/free-memory.ts';

it('empties a large buffer and every view of it', () => {
  const buffer = Buffer.allocUnsafeSlow(1 << 20);
  const view = buffer.subarray(5, 10);
  freeMemory(view);
  assert.equal(buffer.length, 0);
  assert.equal(view.length, 0);
});

it('may be told twice', () => {
  const buffer = Buffer.allocUnsafeSlow(1 << 20);
  freeMemory(buffer);
  freeMemory(buffer);
  assert.equal(buffer.length, 0);
});

it('leaves a small buffer alone, as it may share its memory', () => {
  const one = Buffer.from('one');
  const other = Buffer.from('other');
  freeMemory(one);
  assert.equal(one.toString(), 'one');
  assert.equal(other.toString(), 'other');
});
