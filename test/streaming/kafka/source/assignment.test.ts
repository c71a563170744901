import assert from 'node:assert/strict';
import { it } from 'node:test';
import { assignInOrder } from '../../../../src/streaming/kafka/source/assignment.ts';

type Arguments = Parameters<typeof assignInOrder>;

/** Members by id, each with the topics that it asked for; a list of ids asked for all. */
function assign(
  members: string[] | Record<string, string[]>,
  topics: Record<string, number>,
): Record<string, string[]> {
  const metadata = {
    topics: new Map(
      Object.entries(topics).map(([name, partitionsCount]) => [name, { partitionsCount }]),
    ),
  } as unknown as Arguments[3];
  const asked = Array.isArray(members)
    ? members.map((id) => [id, Object.keys(topics)] as const)
    : Object.entries(members);
  const joined = new Map(
    asked.map(([memberId, wanted]) => [memberId, { memberId, topics: [...wanted] }]),
  ) as Arguments[1];
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

it('gives the partitions of a topic to those only who asked for it', () => {
  const dealt = assign({ a: ['old'], b: ['new', 'old'], c: ['new', 'old'] }, { new: 3, old: 3 });
  assert.deepEqual(dealt, {
    a: ['old0'],
    b: ['new0', 'new2', 'old1'],
    c: ['new1', 'old2'],
  });
  assert.deepEqual(assign({ a: ['old'], b: ['old'] }, { new: 2, old: 1 }), { a: ['old0'], b: [] });
});
