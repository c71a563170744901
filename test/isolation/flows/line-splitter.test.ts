import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineSplitter } from '../../../src/isolation/flows/line-splitter.ts';

/** The lines of bytes that come in pieces of this size. */
function split(bytes: Buffer, size: number, most?: number): (string | null)[] {
  const splitter = new LineSplitter(most);
  const lines: (string | null)[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    // The memory of a piece is used again, as a pipe does.
    const piece = Buffer.from(bytes.subarray(at, at + size));
    lines.push(...splitter.push(piece));
    piece.fill(0);
  }
  const last = splitter.end();
  if (last !== undefined) lines.push(last);
  return lines;
}

test('lines are the same whatever pieces they come in', () => {
  const bytes = Buffer.from('a\r\n\nžluťoučký 🐎\nlong long line\r\r\nlast');
  const whole = ['a', '', 'žluťoučký 🐎', 'long long line\r', 'last'];
  for (let size = 1; size <= bytes.length; size += 1) assert.deepEqual(split(bytes, size), whole);
});

test('a line that is too long is null, and nothing of it is kept', () => {
  const bytes = Buffer.from(`short\n${'x'.repeat(100)}\nnext\n${'y'.repeat(11)}`);
  for (let size = 1; size <= bytes.length; size += 1)
    assert.deepEqual(split(bytes, size, 10), ['short', null, 'next', null]);
  assert.deepEqual(split(Buffer.from(`${'x'.repeat(10)}\n`), 3, 10), ['x'.repeat(10)]);
});

test('a line end at the end of the stream begins no line', () => {
  assert.deepEqual(split(Buffer.from('a\n'), 1), ['a']);
  assert.deepEqual(split(Buffer.from(''), 1), []);
  assert.deepEqual(split(Buffer.from('\n\n'), 1), ['', '']);
});
