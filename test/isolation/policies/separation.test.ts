import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { separate, type Separation } from '../../../src/isolation/policies/separation.ts';
import { snapshotOf, topic } from '../topology/cluster-fixture.ts';
import type { ClusterSnapshot, TopicEntry } from '../../../src/isolation/topology/snapshot.ts';

const sideOf = (name: string) =>
  name.startsWith('raw') ? 'raw' : name.startsWith('open') ? 'open' : 'either';

function cluster(ids: readonly number[], ...topics: readonly TopicEntry[]): ClusterSnapshot {
  return {
    clusterId: 'c',
    brokers: ids.map((id) => ({ id, host: `b${id}`, port: 9092 })),
    topics,
  };
}

/** Replica lists after the moves, by topic. */
function after(
  { topics }: ClusterSnapshot,
  separation: Separation,
): ReadonlyMap<string, readonly (readonly number[])[]> {
  const moves = separation.kind === 'separated' ? separation.moves : [];
  return new Map(
    topics.map(({ name, partitions }) => [
      name,
      partitions.map(
        ({ partition, replicas }) =>
          moves.find((move) => move.topic === name && move.partition === partition)?.replicas ??
          replicas,
      ),
    ]),
  );
}

describe('separating raw from sanitized topics', () => {
  it('moves only what stands in the way', () => {
    const now = cluster([1, 2, 3, 4], topic('raw', [1, 2], [2, 3]), topic('open', [3, 4], [4, 3]));
    const found = separate(now, sideOf);
    assert.deepEqual(found, {
      kind: 'separated',
      raw: [1, 2],
      open: [3, 4],
      moves: [{ topic: 'raw', partition: 1, replicas: [2, 1] }],
    });
  });

  it('moves nothing where nothing is mixed', () => {
    const { main } = snapshotOf().clusters;
    const found = separate(main!, (name) =>
      name === 'raw.orders' ? 'raw' : name === 'public.orders' ? 'open' : 'either',
    );
    assert.ok(found.kind === 'separated');
    assert.deepEqual(found.moves, []);
  });

  it('says how many brokers each side would need', () => {
    const found = separate(cluster([1, 2, 3], topic('raw', [1, 2]), topic('open', [1, 2])), sideOf);
    assert.deepEqual(found, { kind: 'impossible', brokers: 3, raw: 2, open: 2 });
  });

  it('takes a running reassignment for done', () => {
    const moving = {
      name: 'raw',
      partitions: [{ partition: 0, leader: 1, replicas: [2, 1], adding: [2], removing: [1] }],
    };
    const found = separate(cluster([1, 2], moving, topic('open', [1])), sideOf);
    assert.ok(found.kind === 'separated');
    assert.deepEqual([found.raw, found.open, found.moves], [[2], [1], []]);
  });

  it('chooses new leaders that lead least', () => {
    const now = cluster([1, 2, 3], topic('raw', [3], [3]), topic('open', [3], [3], [3], [3]));
    const found = separate(now, sideOf);
    const open = after(now, found).get('open') ?? [];
    const leads = open.map(([first]) => first);
    assert.equal(new Set(leads).size, 2);
  });
});

describe('for every placement', () => {
  const nodes = [1, 2, 3, 4, 5, 6, 7];
  const partitions = fc.array(
    fc.uniqueArray(fc.constantFrom(...nodes), { minLength: 1, maxLength: 3 }),
    {
      minLength: 1,
      maxLength: 8,
    },
  );
  const clusters = fc
    .record({ raw: partitions, open: partitions, other: partitions })
    .map(({ raw, open, other }) =>
      cluster(nodes, topic('raw', ...raw), topic('open', ...open), topic('other', ...other)),
    );

  it('no broker is left with both, factors are kept, and load is level on each side', () => {
    fc.assert(
      fc.property(clusters, (now) => {
        const found = separate(now, sideOf);
        assert.ok(found.kind === 'separated');
        const lists = after(now, found);
        for (const side of ['raw', 'open'] as const) {
          const load = new Map(found[side].map((id) => [id, 0]));
          for (const [at, replicas] of (lists.get(side) ?? []).entries()) {
            const before = now.topics.find(({ name }) => name === side)?.partitions[at]?.replicas;
            assert.equal(new Set(replicas).size, before?.length);
            for (const id of replicas) {
              assert.ok(found[side].includes(id));
              load.set(id, (load.get(id) ?? 0) + 1);
            }
          }
          const counts = [...load.values()];
          assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, counts.join());
        }
        assert.deepEqual(
          lists.get('other'),
          now.topics.find(({ name }) => name === 'other')?.partitions.map((one) => one.replicas),
        );
        assert.equal(found.raw.length + found.open.length, nodes.length);
      }),
    );
  });

  it('the order of brokers and topics changes nothing', () => {
    fc.assert(
      fc.property(clusters, (now) => {
        const turned = {
          ...now,
          brokers: now.brokers.toReversed(),
          topics: now.topics.toReversed().map(({ name, partitions: own }) => ({
            name,
            partitions: own.toReversed(),
          })),
        };
        assert.deepEqual(separate(turned, sideOf), separate(now, sideOf));
      }),
    );
  });
});
