import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BlockCipher } from '../../../src/anonymization/crypto/aes-ecb.ts';
import { permuteIntegers } from '../../../src/anonymization/crypto/ff1-integers.ts';
import { referenceFf1 } from '../techniques/reference-crypto.ts';

const key = Buffer.alloc(32, 0x21);

function permuted(values: readonly bigint[], width: 32 | 64): readonly bigint[] {
  const low = Int32Array.from(values, (v) => Number(BigInt.asIntN(32, v)));
  const high = Int32Array.from(values, (v) => Number(BigInt.asIntN(32, v >> 32n)));
  const outLow = new Int32Array(values.length);
  const outHigh = new Int32Array(values.length);
  permuteIntegers(new BlockCipher(key), low, high, values.length, width, outLow, outHigh);
  return values.map((_, i) => (BigInt(outHigh[i]!) << 32n) | BigInt(outLow[i]! >>> 0));
}

function expected(value: bigint, width: 32 | 64): bigint {
  const magnitude = value < 0n ? ~value : value;
  const bits = Array.from(magnitude.toString(2).padStart(width - 1, '0'), Number);
  const out = BigInt(`0b${referenceFf1(key, 2, Buffer.of(value < 0n ? 1 : 0), bits).join('')}`);
  return value < 0n ? ~out : out;
}

for (const width of [32, 64] as const) {
  const limit = 1n << BigInt(width - 1);

  test(`integers of ${width} bits are permuted as FF1 over their magnitude bits, sign kept`, () => {
    const edges = [0n, 1n, -1n, -2n, limit - 1n, -limit, 0xffffn, 0x10000n, -0x10000n];
    assert.deepEqual(
      permuted(edges, width),
      edges.map((v) => expected(v, width)),
    );
    const values = fc.array(fc.bigInt({ min: -limit, max: limit - 1n }), { maxLength: 20 });
    fc.assert(
      fc.property(values, (list) => {
        const out = permuted(list, width);
        assert.deepEqual(
          out,
          list.map((v) => expected(v, width)),
        );
        assert.ok(out.every((v, i) => v < 0n === list[i]! < 0n));
      }),
      { numRuns: 30 },
    );
  });
}

test('a column across chunks is permuted row by row, without collisions', () => {
  const values = Array.from({ length: 9000 }, (_, i) => BigInt(i - 4500));
  const out = permuted(values, 32);
  assert.equal(new Set(out).size, values.length);
  for (const i of [0, 4095, 4096, 8191, 8192, 8999]) {
    assert.equal(out[i], expected(values[i]!, 32));
  }
});
