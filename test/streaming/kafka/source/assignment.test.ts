import assert from 'node:assert/strict';
import { it } from 'node:test';
import { assignInOrder } from '../../../../src/streaming/kafka/source/assignment.ts';

type Arguments = Parameters<typeof assignInOrder>;

function assign(members: string[], topics: Record<string, number>): Record<string, string[]> {
  const metadata = {
    topics: new Map(
      Object.entries(topics).map(([name, partitionsCount]) => [name, { partitionsCount }]),
    ),
  } as unknown as Arguments[3];
  const joined = new Map(members.map((id) => [id, {}])) as Arguments[1];
  const assigned = assignInOrder('a', joined, new Set(Object.keys(topics)), metadata);
  return Object.fromEntries(
    assigned.map(({ memberId, assignments }) => [
      memberId,
      [...assignments.values()].flatMap(({ topic, partitions }) =>
        partitions.map((partition) => `${topic}${partition}`),
      ),
    ]),
  );
}

it('deals out every partition once, evenly, across topics', () => {
  const dealt = assign(['b', 'a', 'c'], { y: 4, x: 3 });
  assert.deepEqual(dealt, { a: ['x0', 'y0', 'y3'], b: ['x1', 'y1'], c: ['x2', 'y2'] });
});

it('does not depend on the order in which members joined', () => {
  assert.deepEqual(assign(['a', 'b'], { t: 5 }), assign(['b', 'a'], { t: 5 }));
});

it('gives surplus members nothing', () => {
  assert.deepEqual(assign(['a', 'b'], { t: 1 }), { a: ['t0'], b: [] });
});
