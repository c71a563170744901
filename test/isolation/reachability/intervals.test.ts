import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  combine,
  common,
  either,
  includes,
  without,
} from '../../../src/isolation/reachability/intervals.ts';

const most = 40;
const naive = fc.uniqueArray(fc.integer({ min: 0, max: most }), { maxLength: most });

/** Canonical boundaries of a set of whole numbers. */
function boundaries(members: readonly number[]): number[] {
  const result: number[] = [];
  for (let n = 0; n <= most + 1; n += 1)
    if (members.includes(n) !== members.includes(n - 1)) result.push(n);
  return result;
}

describe('intervals', () => {
  for (const [name, keep, model] of [
    ['either', either, (a: boolean, b: boolean) => a || b],
    ['common', common, (a: boolean, b: boolean) => a && b],
    ['without', without, (a: boolean, b: boolean) => a && !b],
  ] as const)
    it(`equals the naive model and stays canonical: ${name}`, () => {
      fc.assert(
        fc.property(naive, naive, (a, b) => {
          const expected = Array.from({ length: most + 1 }, (_, n) => n).filter((n) =>
            model(a.includes(n), b.includes(n)),
          );
          assert.deepEqual(combine(boundaries(a), boundaries(b), keep), boundaries(expected));
          const big = (set: readonly number[]): bigint[] => boundaries(set).map(BigInt);
          assert.deepEqual(combine(big(a), big(b), keep), boundaries(expected).map(BigInt));
        }),
      );
    });

  it('knows its members', () => {
    fc.assert(
      fc.property(naive, fc.integer({ min: 0, max: most }), (members, n) => {
        assert.equal(includes(boundaries(members), n), members.includes(n));
      }),
    );
  });
});
