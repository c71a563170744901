import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { agree, effectOf, refusalOf, specOf, transform } from './agreement.ts';
import { listOf } from './arbitraries.ts';
import { anyIsoText } from './dates.ts';
import { bytes, date, everyLeaf, int, long, longAs, text, uuid } from './leaves.ts';

const units = ['year', 'quarter', 'month', 'week', 'day', 'hour'] as const;
const of = (unit: string) => specOf({ technique: 'truncate-date', unit });
const cut = (unit: string, value: string): unknown => {
  const [result] = transform(of(unit), text, [value]);
  return result?.status === 'replaced' ? result.value : result?.status;
};
const scales = { millis: 1n, micros: 1000n, nanos: 1_000_000n } as const;

test('days since 1970 are cut to the start of their unit', () => {
  // The platform's calendar, the oracle, ends 10^8 days from 1970.
  const days = listOf(fc.bigInt({ min: -90_000_000n, max: 90_000_000n }));
  for (const unit of ['year', 'quarter', 'month', 'week'] as const) {
    fc.assert(fc.property(days, (values) => agree(of(unit), date, values)));
  }
});

for (const [name, scale] of Object.entries(scales)) {
  test(`timestamps in ${name} are cut to the start of their unit, in UTC`, () => {
    const limit = scale === 1n ? 8_000_000_000_000_000n : (1n << 63n) - 1n;
    const bound = limit / scale > 8_000_000_000_000_000n ? 8_000_000_000_000_000n * scale : limit;
    const near = fc.bigInt({ min: -4_000_000_000_000n * scale, max: 4_000_000_000_000n * scale });
    const ticks = listOf(fc.oneof(near, fc.bigInt({ min: -bound, max: bound })));
    for (const unit of units) {
      for (const kind of ['timestamp', 'local-timestamp'] as const) {
        const leaf = longAs(`${kind}-${name as keyof typeof scales}`);
        fc.assert(
          fc.property(ticks, (values) => agree(of(unit), leaf, values)),
          { numRuns: 30 },
        );
      }
    }
  });
}

test('a timestamp whose unit begins before the first one is outside the domain', () => {
  const [result] = transform(of('year'), longAs('timestamp-nanos'), [-(1n << 63n)]);
  assert.deepEqual(result, { status: 'VALUE_OUTSIDE_DOMAIN' });
});

test('text is cut in its own form', () => {
  assert.equal(cut('year', '1984-06-15'), '1984-01-01');
  assert.equal(cut('month', '1984-06-15T12:34:56.789'), '1984-06-01T00:00:00');
  assert.equal(cut('day', '2026-01-01T00:30:00+02:00'), '2025-12-31T00:00:00Z');
  assert.equal(cut('hour', '2026-01-01T10:59:59Z'), '2026-01-01T10:00:00Z');
  assert.equal(cut('hour', '2026-01-01'), '2026-01-01');
  assert.equal(cut('week', '2026-11-22'), '2026-11-16');
  assert.equal(cut('year', 'about 1984'), 'VALUE_OUTSIDE_DOMAIN');
  assert.equal(cut('year', '2023-02-29'), 'VALUE_OUTSIDE_DOMAIN');
  for (const unit of units) {
    fc.assert(
      fc.property(listOf(anyIsoText), (values) => agree(of(unit), text, wellFormed(values))),
    );
  }
});

test('only dates have units, and a date has no hour', () => {
  for (const leaf of [int, long, bytes, uuid, longAs('time-micros')]) {
    assert.deepEqual(refusalOf(of('year'), leaf), ['TECHNIQUE_NOT_APPLICABLE']);
  }
  for (const unit of ['hour', 'day']) {
    assert.deepEqual(refusalOf(of(unit), date), ['TECHNIQUE_PARAMETER_INVALID']);
  }
  const fits = everyLeaf.filter((leaf) => !refuses(leaf));
  assert.deepEqual(fits, [text, date, longAs('timestamp-millis'), longAs('timestamp-nanos')]);
});

function refuses(leaf: (typeof everyLeaf)[number]): boolean {
  try {
    effectOf(of('year'), leaf);
    return false;
  } catch {
    return true;
  }
}

function wellFormed(values: readonly string[]): string[] {
  return values.map((value) => value.toWellFormed());
}
