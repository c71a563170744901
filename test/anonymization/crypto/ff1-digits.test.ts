import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BlockCipher } from '../../../src/anonymization/crypto/aes-ecb.ts';
import { remainder } from '../../../src/anonymization/crypto/ff1-digits.ts';
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

test('remainders are exact on both sides of every multiple', () => {
  for (let power = 1; power <= 10; power++) {
    const m = 10 ** power;
    for (let k = 1; k <= 65_536; k++) {
      const below = remainder(k * m - 1, m, 1 / m);
      const at = k === 65_536 ? 0 : remainder(k * m, m, 1 / m);
      if (below !== m - 1 || at !== 0) assert.fail(`wrong near ${k} times ${m}`);
    }
  }
});

test('a column across chunks is permuted row by row', () => {
  const rows = Array.from({ length: 4200 }, (_, i) =>
    Array.from(String(1_000_000 + i * 7919), Number),
  );
  const out = permuted(rows);
  const exact = new Ff1(new BlockCipher(key));
  assert.deepEqual(
    out,
    rows.map((row) => exact.encrypt(10, new Uint8Array(0), row)),
  );
  assert.equal(new Set(out.map((row) => row.join(''))).size, rows.length);
});
