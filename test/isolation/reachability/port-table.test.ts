import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PortSet } from '../../../src/isolation/reachability/port-set.ts';
import { PortTable } from '../../../src/isolation/reachability/port-table.ts';

const set = fc.oneof(
  fc.constantFrom(PortSet.none, PortSet.all),
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 9 }))
    .map(([first, more]) => PortSet.of('TCP', first, first + more)),
);

describe('the port table', () => {
  it('computes on numbers what port sets compute', () => {
    const table = new PortTable();
    fc.assert(
      fc.property(set, set, (a, b) => {
        const [x, y] = [table.id(a), table.id(b)];
        // Twice, since the second answer comes from memory.
        for (let time = 0; time < 2; time += 1) {
          assert.ok(table.set(table.union(x, y)).equals(a.union(b)));
          assert.ok(table.set(table.intersect(x, y)).equals(a.intersect(b)));
          assert.ok(table.set(table.subtract(x, y)).equals(a.subtract(b)));
        }
      }),
    );
  });

  it('gives equal sets one number', () => {
    const table = new PortTable();
    assert.equal(table.id(PortSet.of('UDP', 1, 2)), table.id(PortSet.of('UDP', 1, 2)));
    assert.equal(table.id(PortSet.none), PortTable.none);
    assert.equal(table.id(PortSet.all), PortTable.all);
  });
});
