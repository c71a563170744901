import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  readVarint,
  readVarint32,
  writeVarint,
} from '../../../../src/anonymization/formats/avro/varint.ts';
import { outcome } from '../../../../src/anonymization/outcomes.ts';

const register = new Int32Array(2);

/** Zigzag and base 128 as the specification words them. */
function encode(value: bigint): Uint8Array {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Uint8Array.from([...bytes, Number(rest)]);
}

function low(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

function high(value: bigint): number {
  return Number(BigInt.asIntN(32, value >> 32n));
}

const numbers = fc
  .oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.bigInt({ min: -(2n ** 31n), max: 2n ** 31n - 1n }),
    fc
      .nat(64)
      .chain((bits) => fc.constantFrom(-1n, 0n, 1n).map((more) => 2n ** BigInt(bits) + more)),
  )
  .map((value) => BigInt.asIntN(64, value));

describe('varints', () => {
  test('are read and written as the specification words them', () => {
    fc.assert(
      fc.property(numbers, (value) => {
        const bytes = encode(value);
        assert.equal(readVarint(bytes, 0, bytes.length, register), bytes.length);
        assert.deepEqual([...register], [low(value), high(value)]);
        const target = new Uint8Array(10);
        const end = writeVarint(target, 0, low(value), high(value));
        assert.deepEqual(target.subarray(0, end), bytes);
      }),
      { numRuns: 2000 },
    );
  });

  test('of an int must be in 32 bits and five bytes', () => {
    fc.assert(
      fc.property(numbers, (value) => {
        const bytes = encode(value);
        const after = readVarint32(bytes, 0, bytes.length, register);
        const fits = BigInt.asIntN(32, value) === value;
        if (fits) assert.equal(after, bytes.length);
        else if (bytes.length > 5) assert.equal(after, -outcome.VARINT_TOO_LONG);
        else assert.equal(after, -outcome.VALUE_TYPE_MISMATCH);
      }),
      { numRuns: 2000 },
    );
  });

  test('may be longer than needed, but not longer than ten bytes', () => {
    const padded = Uint8Array.from([0x82, 0x80, 0x00]);
    assert.equal(readVarint(padded, 0, 3, register), 3);
    assert.equal(register[0], 1);
    assert.equal(readVarint(padded, 0, 2, register), -outcome.RECORD_TRUNCATED);
    const eleven = new Uint8Array(11).fill(0x80);
    assert.equal(readVarint(eleven, 0, 11, register), -outcome.VARINT_TOO_LONG);
    const beyond = Uint8Array.from([...new Uint8Array(9).fill(0xff), 2]);
    assert.equal(readVarint(beyond, 0, 10, register), -outcome.VARINT_TOO_LONG);
    assert.equal(readVarint32(Uint8Array.of(), 0, 0, register), -outcome.RECORD_TRUNCATED);
  });
});
