import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  AddressSet,
  formatRange,
  partition,
} from '../../../src/isolation/reachability/address-set.ts';
import { parseAddress, parseCidr } from '../../../src/isolation/manifests/addresses.ts';

const cidr = (text: string) => parseCidr(text)!;
const block = (text: string, ...except: readonly string[]): AddressSet =>
  AddressSet.block(cidr(text), except.map(cidr));

/** Blocks inside of a space of 32 addresses, so that every address can be tried. */
const small = fc
  .tuple(fc.integer({ min: 0, max: 31 }), fc.integer({ min: 27, max: 32 }), fc.boolean())
  .map(([host, bits, six]) =>
    six ? `fd00::${host.toString(16)}/${bits + 96}` : `10.0.0.${host}/${bits}`,
  );
const smalls = fc.array(small, { maxLength: 4 });
const every = Array.from({ length: 32 }, (_, host) => [
  `10.0.0.${host}`,
  `fd00::${host.toString(16)}`,
])
  .flat()
  .map((text) => parseAddress(text)!);
const setOf = (texts: readonly string[]): AddressSet =>
  texts.reduce((set, text) => set.union(block(text)), AddressSet.none);
const inside = (texts: readonly string[], { family, number }: (typeof every)[number]): boolean =>
  texts.some((text) => {
    const range = cidr(text);
    return range.family === family && number >= range.first && number <= range.last;
  });

describe('address sets', () => {
  it('equal the naive model in both families', () => {
    fc.assert(
      fc.property(smalls, smalls, (a, b) => {
        const [x, y] = [setOf(a), setOf(b)];
        for (const address of every) {
          const [inA, inB] = [inside(a, address), inside(b, address)];
          assert.equal(x.contains(address), inA);
          assert.equal(x.union(y).contains(address), inA || inB);
          assert.equal(x.intersect(y).contains(address), inA && inB);
          assert.equal(x.subtract(y).contains(address), inA && !inB);
        }
        assert.equal(x.equals(y), x.subtract(y).isEmpty && y.subtract(x).isEmpty);
      }),
    );
  });

  it('takes exceptions out of a block', () => {
    assert.deepEqual(block('10.0.0.0/8', '10.10.0.0/16').ranges().map(formatRange), [
      '10.0.0.0-10.9.255.255',
      '10.11.0.0-10.255.255.255',
    ]);
  });

  it('cuts the family where some set begins or ends, and nowhere else', () => {
    fc.assert(
      fc.property(fc.array(smalls, { maxLength: 4 }), (groups) => {
        const sets = groups.map(setOf);
        for (const family of [4, 6] as const) {
          const ranges = partition(family, sets);
          assert.equal(ranges[0]!.first, 0n);
          for (const [index, range] of ranges.entries()) {
            if (index === 0) continue;
            const before = ranges[index - 1]!;
            assert.equal(before.last + 1n, range.first);
            assert.ok(
              sets.some(
                (set) =>
                  set.contains({ family, number: before.last }) !==
                  set.contains({ family, number: range.first }),
              ),
            );
          }
        }
      }),
    );
  });

  it('never mixes families', () => {
    assert.ok(!block('0.0.0.0/0').contains(parseAddress('::ffff:10.0.0.1')!));
  });
});
