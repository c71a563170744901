import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BlockCipher } from '../../../src/anonymization/crypto/aes-ecb.ts';
import { Ff1 } from '../../../src/anonymization/crypto/ff1.ts';
import { referenceFf1 } from '../techniques/reference-crypto.ts';

const key = Buffer.alloc(32, 0x77);

function permuted(rows: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const digits = Uint8Array.from(rows.flat());
  const ends = new Int32Array(rows.length);
  const starts = new Int32Array(rows.length);
  let at = 0;
  for (const [i, row] of rows.entries()) {
    starts[i] = at;
    at += row.length;
    ends[i] = at;
  }
  new Ff1(new BlockCipher(key)).digits(digits, starts, ends, rows.length);
  return rows.map((_, i) => Array.from(digits.subarray(starts[i], ends[i])));
}

const expected = (row: readonly number[]): readonly number[] =>
  row.length < 2 ? row : referenceFf1(key, 10, Buffer.alloc(0), row);

test('digit strings of all lengths to 60 are permuted as FF1 does one by one', () => {
  const rows = Array.from({ length: 61 }, (_, n) =>
    Array.from({ length: n }, (_, i) => (i * n) % 10),
  );
  assert.deepEqual(permuted(rows), rows.map(expected));
});

test('extreme and random digits of mixed lengths are exact on the fast path', () => {
  const nines = Array.from({ length: 25 }, (_, n) => new Array<number>(n).fill(9));
  assert.deepEqual(permuted(nines), nines.map(expected));
  const rows = fc.array(fc.array(fc.nat({ max: 9 }), { minLength: 6, maxLength: 24 }), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(rows, (list) => assert.deepEqual(permuted(list), list.map(expected))),
    { numRuns: 60 },
  );
});

test('a column across chunks is permuted row by row', () => {
  const rows = Array.from({ length: 4200 }, (_, i) =>
    Array.from(String(1_000_000 + i * 7919), Number),
  );
  const out = permuted(rows);
  for (const i of [0, 2047, 2048, 4095, 4096, 4199]) assert.deepEqual(out[i], expected(rows[i]!));
  assert.equal(new Set(out.map((row) => row.join(''))).size, rows.length);
});
