import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { agree, effectOf, refusalOf, specOf, transform } from './agreement.ts';
import { anyInt, anyLong, listOf } from './arbitraries.ts';
import {
  boolean,
  bytes,
  color,
  date,
  decimal,
  double,
  fixed,
  float,
  int,
  long,
  longAs,
  nothing,
  text,
} from './leaves.ts';

const of = (parameters: object) => specOf({ technique: 'bucket', ...parameters });
const bySize = fc.integer({ min: 1, max: 100_000 }).map((size) => of({ size }));
const byBounds = fc
  .uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 6 })
  .map((bounds) => of({ bounds: bounds.sort((a, b) => a - b) }));
const anyBucket = fc.oneof(bySize, byBounds);

test('integers fall to the lower bound of their interval', () => {
  const size = of({ size: 10 });
  assert.deepEqual(
    transform(size, int, [0n, 9n, 10n, -1n, -10n]),
    [0n, 0n, 10n, -10n, -10n].map((value) => ({ status: 'replaced', value })),
  );
  fc.assert(fc.property(anyBucket, listOf(anyInt), (spec, values) => agree(spec, int, values)));
  fc.assert(fc.property(anyBucket, listOf(anyLong), (spec, values) => agree(spec, long, values)));
  agree(of({ size: Number.MAX_SAFE_INTEGER }), long, [(1n << 63n) - 1n, -(1n << 63n), -1n]);
});

test('reals fall to the lower bound of their interval, not numbers are outside the domain', () => {
  const reals = fc.array(fc.double({ min: -1e9, max: 1e9 }).map((x) => Math.round(x * 8) / 8 + 0));
  fc.assert(fc.property(anyBucket, reals, (spec, values) => agree(spec, double, values)));
  agree(of({ size: 0.25 }), float, [0.3, -0.3]);
  agree(of({ size: 5 }), double, [NaN, Infinity, -Infinity, 7]);
  agree(of({ bounds: [0, 18, 65] }), double, [NaN, Infinity, -Infinity, 17.9, 18, -1]);
});

test('tenths are the doubles that tenths are written as', () => {
  const results = transform(of({ size: 0.1 }), double, [0.3, 0.35, 0.7, -0.05]);
  assert.deepEqual(
    results.map((result) => (result.status === 'replaced' ? result.value : result)),
    [0.3, 0.3, 0.7, -0.1],
  );
  assert.deepEqual(transform(of({ size: 0.3 }), double, [0.9]), [
    { status: 'replaced', value: 3 * 0.3 },
  ]);
});

test('decimals fall exactly', () => {
  const cents = (value: bigint): Buffer => {
    const out = Buffer.alloc(6);
    out.writeIntBE(Number(value), 0, 6);
    return out;
  };
  const values = [0n, 1n, 149n, 150n, -1n, -150n, 999_999n].map(cents);
  agree(of({ size: 1.5 }), decimal(8, 2), [...values, Buffer.of(), Buffer.of(0x80)]);
  agree(of({ bounds: [-1, 0, 2.5] }), decimal(8, 2), values);
  const six = fixed(6, { name: 'decimal', precision: 6, scale: 2 });
  agree(of({ size: 100 }), six, [...values, cents(-999_999n)]);
});

test('a decimal of absurd length is outside the domain', () => {
  const [result] = transform(of({ size: 1 }), decimal(4, 2), [Buffer.alloc(5000)]);
  assert.deepEqual(result, { status: 'VALUE_OUTSIDE_DOMAIN' });
});

test('either a size or ascending bounds are given', () => {
  const invalid = ['TECHNIQUE_PARAMETER_INVALID'];
  assert.deepEqual(refusalOf(of({}), int), invalid);
  assert.deepEqual(refusalOf(of({ size: 1, bounds: [1] }), int), invalid);
  assert.deepEqual(refusalOf(of({ bounds: [1, 1] }), int), invalid);
  assert.deepEqual(refusalOf(of({ size: 1.5 }), int), invalid);
  assert.deepEqual(refusalOf(of({ bounds: [0.5] }), long), invalid);
  assert.deepEqual(refusalOf(of({ size: 0.001 }), decimal(4, 2)), invalid);
});

test('only numbers have intervals', () => {
  const size = of({ size: 1 });
  const time = longAs('time-micros');
  assert.deepEqual(effectOf(size, time).output, time);
  for (const leaf of [
    nothing,
    boolean,
    text,
    bytes,
    fixed(4),
    color,
    date,
    longAs('timestamp-millis'),
  ]) {
    assert.deepEqual(refusalOf(size, leaf), ['TECHNIQUE_NOT_APPLICABLE']);
  }
});
