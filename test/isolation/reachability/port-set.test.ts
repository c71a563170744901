import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PortSet } from '../../../src/isolation/reachability/port-set.ts';

const part = fc
  .tuple(
    fc.constantFrom('TCP' as const, 'UDP' as const, 'SCTP' as const),
    fc.integer({ min: 1, max: 30 }),
    fc.integer({ min: 0, max: 5 }),
  )
  .map(([protocol, first, more]) => ({ protocol, first, last: first + more }));
const parts = fc.array(part, { maxLength: 6 });
type Parts = readonly { protocol: 'TCP' | 'UDP' | 'SCTP'; first: number; last: number }[];
const setOf = (all: Parts): PortSet =>
  PortSet.union(all.map(({ protocol, first, last }) => PortSet.of(protocol, first, last)));
const has = (all: Parts, protocol: string, port: number): boolean =>
  all.some((one) => one.protocol === protocol && port >= one.first && port <= one.last);

describe('port sets', () => {
  it('equal the naive model under union, intersection and difference', () => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const [x, y] = [setOf(a), setOf(b)];
        for (const protocol of ['TCP', 'UDP', 'SCTP'] as const)
          for (let port = 1; port <= 40; port += 1) {
            const [inA, inB] = [has(a, protocol, port), has(b, protocol, port)];
            assert.equal(x.contains(protocol, port), inA);
            assert.equal(x.union(y).contains(protocol, port), inA || inB);
            assert.equal(x.intersect(y).contains(protocol, port), inA && inB);
            assert.equal(x.subtract(y).contains(protocol, port), inA && !inB);
          }
        assert.equal(x.equals(y), x.subtract(y).isEmpty && y.subtract(x).isEmpty);
      }),
    );
  });

  it('prints as netpol-analyzer does', () => {
    const set = PortSet.union([
      PortSet.of('UDP', 53, 53),
      PortSet.of('TCP', 443, 445),
      PortSet.of('TCP', 80, 80),
      PortSet.of('SCTP', 7070, 7070),
    ]);
    assert.equal(set.toString(), 'SCTP 7070,TCP 80,443-445,UDP 53');
    assert.equal(PortSet.of('TCP').toString(), 'TCP 1-65535');
    assert.equal(PortSet.all.toString(), 'All Connections');
    assert.equal(PortSet.none.toString(), 'No Connections');
  });

  it('joins what touches and becomes all when nothing is missing', () => {
    const all = PortSet.union([
      PortSet.of('TCP', 1, 80),
      PortSet.of('TCP', 81),
      PortSet.of('UDP'),
      PortSet.of('SCTP'),
    ]);
    assert.ok(all.isAll);
    assert.deepEqual(all.ranges('TCP'), [{ first: 1, last: 65_535 }]);
    assert.ok(PortSet.all.subtract(all).isEmpty);
  });

  it('is empty where the range falls', () => {
    assert.ok(PortSet.of('TCP', 90, 80).isEmpty);
  });
});
