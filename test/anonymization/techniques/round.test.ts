import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { agree, effectOf, refusalOf, specOf, transform } from './agreement.ts';
import { anyInt, anyLong, listOf } from './arbitraries.ts';
import { date, decimal, double, int, long, longAs, text } from './leaves.ts';

const of = (to: number) => specOf({ technique: 'round', to });
const anyRound = fc.integer({ min: 1, max: 1_000_000 }).map(of);

test('integers go to the nearest multiple, halves away from zero', () => {
  assert.deepEqual(
    transform(of(10), int, [14n, 15n, -14n, -15n, 0n]),
    [10n, 20n, -10n, -20n, 0n].map((value) => ({ status: 'replaced', value })),
  );
  fc.assert(fc.property(anyRound, listOf(anyInt), (spec, values) => agree(spec, int, values)));
  fc.assert(fc.property(anyRound, listOf(anyLong), (spec, values) => agree(spec, long, values)));
});

test('a number that leaves its type is outside the domain', () => {
  agree(of(1000), int, [(1n << 31n) - 1n, -(1n << 31n)]);
  agree(of(1000), long, [(1n << 63n) - 1n, -(1n << 63n)]);
  assert.deepEqual(transform(of(1000), int, [(1n << 31n) - 1n]), [
    { status: 'VALUE_OUTSIDE_DOMAIN' },
  ]);
});

test('reals go to the nearest multiple', () => {
  const reals = fc.array(fc.integer({ min: -1e6, max: 1e6 }).map((x) => x / 8));
  fc.assert(fc.property(anyRound, reals, (spec, values) => agree(spec, double, values)));
  agree(of(0.5), double, [0.7, -0.75, NaN, Infinity]);
  const results = transform(of(0.1), double, [0.34, 0.25, -0.31]);
  assert.deepEqual(
    results.map((result) => (result.status === 'replaced' ? result.value : result)),
    [0.3, 0.3, -0.3],
  );
});

test('decimals go to the nearest multiple exactly, within their precision', () => {
  const values = [0, 1, 49, 50, -50, -49, 127, -128].map((value) => Buffer.of(value));
  agree(of(1), decimal(4, 2), values);
  const top = Buffer.from([0x27, 0x0f]);
  agree(of(1), decimal(4, 2), [top]);
  assert.deepEqual(transform(of(1), decimal(4, 2), [top]), [{ status: 'VALUE_OUTSIDE_DOMAIN' }]);
});

test('only numbers round; a time could leave its day', () => {
  for (const leaf of [text, date, longAs('time-micros'), longAs('timestamp-micros')]) {
    assert.deepEqual(refusalOf(of(5), leaf), ['TECHNIQUE_NOT_APPLICABLE']);
  }
  assert.deepEqual(refusalOf(of(0.5), long), ['TECHNIQUE_PARAMETER_INVALID']);
  assert.deepEqual(effectOf(of(0.5), double).output, double);
});
