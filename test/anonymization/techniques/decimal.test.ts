import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decimalOf,
  readDecimal,
  unscaled,
  writeDecimal,
} from '../../../src/anonymization/techniques/decimal.ts';
import { bytes, decimal, fixed, int } from './leaves.ts';

test('only bytes and fixed with the logical type hold decimals', () => {
  assert.deepEqual(decimalOf(decimal(5, 2)), { precision: 5, scale: 2, size: null });
  const logical = { name: 'decimal', precision: 5, scale: 2 } as const;
  assert.deepEqual(decimalOf(fixed(4, logical)), { precision: 5, scale: 2, size: 4 });
  for (const leaf of [bytes, fixed(4), int, fixed(12, { name: 'duration' })]) {
    assert.equal(decimalOf(leaf), null);
  }
});

test('a number of a rule is taken by its decimal digits, exactly or not at all', () => {
  assert.equal(unscaled(1.5, 2), 150n);
  assert.equal(unscaled(-0.07, 2), -7n);
  assert.equal(unscaled(1e21, 1), 10n ** 22n);
  assert.equal(unscaled(1.5e-7, 8), 15n);
  assert.equal(unscaled(1.5e-7, 7), null);
  assert.equal(unscaled(0.001, 2), null);
  assert.equal(unscaled(2.5e22, 0), 25n * 10n ** 21n);
  assert.equal(unscaled(Infinity, 0), null);
});

test('what is written is read back, within precision and size', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (value) => {
      const written = writeDecimal(value, { precision: 31, scale: 0, size: null });
      assert.ok(written !== null);
      assert.equal(readDecimal(written, 0, written.length), value);
      const wide = writeDecimal(value, { precision: 31, scale: 0, size: 20 });
      assert.equal(wide?.length, 20);
      assert.equal(readDecimal(wide, 0, 20), value);
    }),
  );
  assert.equal(writeDecimal(100n, { precision: 2, scale: 0, size: null }), null);
  assert.equal(writeDecimal(200n, { precision: 3, scale: 0, size: 1 }), null);
  assert.deepEqual(writeDecimal(-1n, { precision: 3, scale: 0, size: null }), Buffer.of(0xff));
  assert.equal(readDecimal(Buffer.of(9), 1, 1), 0n);
});
