import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as bits from '../../../src/isolation/reachability/bit-set.ts';

const size = 100;
const members = fc
  .uniqueArray(fc.integer({ min: 0, max: size - 1 }))
  .map((all) => all.toSorted((a, b) => a - b));
const setOf = (all: readonly number[]): bits.BitSet => {
  const set = bits.emptyBits(size);
  for (const one of all) bits.addBit(set, one);
  return set;
};

describe('bit sets', () => {
  it('equal sets of numbers', () => {
    fc.assert(
      fc.property(members, members, (a, b) => {
        assert.deepEqual(bits.membersOf(setOf(a)), a);
        assert.equal(bits.isEmptyBits(setOf(a)), a.length === 0);
        const union = setOf(a);
        bits.addAll(union, setOf(b));
        const kept = setOf(a);
        bits.keepAll(kept, setOf(b));
        const rest = setOf(a);
        bits.removeAll(rest, setOf(b));
        for (let n = 0; n < size; n += 1) {
          const [inA, inB] = [a.includes(n), b.includes(n)];
          assert.equal(bits.hasBit(setOf(a), n), inA);
          assert.equal(bits.hasBit(union, n), inA || inB);
          assert.equal(bits.hasBit(kept, n), inA && inB);
          assert.equal(bits.hasBit(rest, n), inA && !inB);
        }
        const common = bits.commonBits(setOf(a), setOf(b));
        assert.deepEqual(common === undefined ? [] : bits.membersOf(common), bits.membersOf(kept));
      }),
    );
  });

  for (const count of [0, 1, 31, 32, 33, 64, 100])
    it(`fills exactly ${count} bits`, () => {
      assert.deepEqual(
        bits.membersOf(bits.fullBits(count)),
        Array.from({ length: count }, (_, n) => n),
      );
    });
});
