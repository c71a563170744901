import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Column,
  Replacements,
  rowKept,
  rowReplaced,
} from '../../../src/anonymization/techniques/column.ts';

test('a column that grows keeps its rows', () => {
  for (const shape of ['span', 'integer', 'real'] as const) {
    const column = new Column(shape, 2);
    column.count = 2;
    column.records.set([3, 4]);
    if (shape === 'span') column.ends.set([5, 6]);
    else if (shape === 'integer') column.high.set([-1, 7]);
    else column.reals.set([0.5, NaN]);
    column.grow();
    assert.equal(column.capacity, 4);
    assert.deepEqual(Array.from(column.records), [3, 4, 0, 0]);
    assert.equal(column.ends[1] ?? 6, 6);
    assert.equal(column.high[0] ?? -1, -1);
    assert.equal(column.reals[0] ?? 0.5, 0.5);
    assert.equal(column.starts.length, shape === 'span' ? 4 : 0);
  }
});

test('replacements are replaced rows until a technique says otherwise', () => {
  const out = new Replacements('span');
  out.prepare(3);
  out.status.fill(rowKept);
  out.prepare(3);
  assert.deepEqual(Array.from(out.status.subarray(0, 3)), [rowReplaced, rowReplaced, rowReplaced]);
  out.prepare(5000);
  assert.ok(out.starts.length >= 5000 && out.status.every((status) => status === rowReplaced));
});

test('an arena that grows keeps its bytes and has room behind them', () => {
  const out = new Replacements('span');
  out.reserve(10).write('abc');
  const arena = out.reserve(100_000);
  assert.equal(arena.toString('latin1', 0, 3), 'abc');
  assert.ok(arena.length >= 100_016);
  assert.equal(out.reserve(5), arena);
});
