import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { agree, effectOf, refusalOf, specOf, transform } from './agreement.ts';
import { anyLong, listOf } from './arbitraries.ts';
import { anyIsoText } from './dates.ts';
import { bytes, date, double, int, long, longAs, text } from './leaves.ts';

const of = (maxDays: number) => specOf({ technique: 'shift-date', maxDays });
const place = { topic: 't', partition: 2, first: 77 };
const days = listOf(fc.bigInt({ min: -(1n << 31n), max: (1n << 31n) - 1n }));
const quick = { numRuns: 40 };

function shifts(
  values: readonly bigint[],
  setting: Parameters<typeof agree>[3],
): readonly bigint[] {
  return transform(of(30), date, values, setting).map((result, i) => {
    assert.ok(result.status === 'replaced');
    return (result.value as bigint) - values[i]!;
  });
}

test('dates move as the reference moves them, by record, by value, by subject', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3650 }), days, (maxDays, values) => {
      agree(of(maxDays), date, values);
      agree(of(maxDays), date, values, { place });
      const subjects = {
        leaf: text,
        values: values.map((value, i) => (i % 4 === 3 ? null : `u${value % 5n}`)),
      };
      agree(of(maxDays), date, values, { place, subjects });
      agree(of(maxDays), date, values, { subjects });
    }),
    quick,
  );
});

test('timestamps of every precision move by whole days', () => {
  for (const unit of ['millis', 'micros', 'nanos'] as const) {
    const leaf = longAs(`timestamp-${unit}`);
    fc.assert(
      fc.property(listOf(anyLong), (values) => agree(of(365), leaf, values, { place })),
      quick,
    );
  }
});

test('text moves by whole days and keeps its time as written', () => {
  const [result] = transform(of(3), text, ['2026-11-22T10:11:12.5+01:00'], { place });
  assert.ok(result?.status === 'replaced');
  assert.match(String(result.value), /^2026-11-\d\dT10:11:12\.5\+01:00$/);
  const texts = listOf(anyIsoText.map((value) => value.toWellFormed()));
  fc.assert(fc.property(texts, (values) => agree(of(3650), text, values, { place })));
});

test('no date stays where it is, and none moves further than allowed', () => {
  for (const maxDays of [1, 2, 30]) {
    const values = Array.from({ length: 2000 }, () => 10_000n);
    const moved = transform(of(maxDays), date, values, { place }).map((result) => {
      assert.ok(result.status === 'replaced');
      return Number(result.value) - 10_000;
    });
    assert.equal(new Set(moved).size, maxDays * 2);
    assert.ok(moved.every((shift) => shift !== 0 && Math.abs(shift) <= maxDays));
  }
});

test('all dates of one subject move alike, so intervals stay', () => {
  const subjects = {
    leaf: text,
    values: ['ann', 'bob', 'ann', 'a\u030angstro\u0308m', 'ångström'],
  };
  const moved = shifts([1n, 1n, 5000n, 9n, 8n], { place, subjects });
  assert.equal(moved[0], moved[2]);
  assert.equal(moved[3], moved[4]);
});

test('subjects of every type key a shift', () => {
  const values = [1n, 2n, 3n];
  const { subjects: none, ...rest } = { place, subjects: undefined };
  assert.equal(none, undefined);
  agree(of(9), date, values, { ...rest, subjects: { leaf: long, values: [5n, -5n, null] } });
  agree(of(9), date, values, { ...rest, subjects: { leaf: double, values: [0.5, -0, null] } });
  const ids = [Buffer.of(1), Buffer.of(0xff, 0xfe), null];
  const raw = shifts(values, { ...rest, subjects: { leaf: bytes, values: ids } });
  assert.equal(raw.length, 3);
});

test('all dates of one record move alike where there is no subject', () => {
  const [a, b] = shifts([100n, 900n], { place, records: [0, 0] });
  assert.equal(a, b);
});

test('a date that leaves its type is outside the domain', () => {
  const edge = [(1n << 31n) - 1n, -(1n << 31n)];
  agree(
    of(3650),
    date,
    Array.from({ length: 20 }, (_, i) => edge[i % 2]!),
    { place },
  );
});

test('only dates move', () => {
  for (const leaf of [int, long, bytes, longAs('time-micros')]) {
    assert.deepEqual(refusalOf(of(1), leaf), ['TECHNIQUE_NOT_APPLICABLE']);
  }
  assert.ok(!effectOf(of(1), date).deterministic);
});
