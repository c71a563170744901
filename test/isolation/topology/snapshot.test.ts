import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseSnapshot, SnapshotError } from '../../../src/isolation/topology/snapshot.ts';
import { snapshotOf, topic } from './cluster-fixture.ts';

const good = snapshotOf();

it('reads what was saved', () => {
  assert.deepEqual(parseSnapshot(JSON.stringify(good)), good);
});

for (const [what, text, code, path] of [
  ['text that is no JSON', '{', 'SNAPSHOT_NOT_JSON', ''],
  ['another file', '{"a":1}', 'SNAPSHOT_INVALID', 'format'],
  ['another version', edited('"lethe-kafka-snapshot/1"', '"x/2"'), 'SNAPSHOT_INVALID', 'format'],
  [
    'a key that nobody knows',
    edited('"clusterId":"c"', '"clusterId":"c","x":1'),
    'SNAPSHOT_INVALID',
    'clusters.main',
  ],
  [
    'a partition without replicas',
    edited('"replicas":[11]', '"replicas":[]'),
    'SNAPSHOT_INVALID',
    'clusters.main.topics.2.partitions.0.replicas',
  ],
  [
    'a node id that is none',
    edited('"id":11', '"id":-1'),
    'SNAPSHOT_INVALID',
    'clusters.main.brokers.0.id',
  ],
  [
    'one broker twice',
    edited('"id":12', '"id":11'),
    'SNAPSHOT_CONTRADICTORY',
    'clusters.main.brokers.1',
  ],
  [
    'one topic twice',
    edited('"raw.orders"', '"public.orders"'),
    'SNAPSHOT_CONTRADICTORY',
    'clusters.main.topics.3',
  ],
  [
    'one partition twice',
    JSON.stringify(
      snapshotOf({
        name: 'raw.orders',
        partitions: [topic('x', [11]).partitions[0]!, topic('x', [12]).partitions[0]!],
      }),
    ),
    'SNAPSHOT_CONTRADICTORY',
    'clusters.main.topics.2.partitions.1',
  ],
] as const)
  it(`refuses ${what} with ${code}`, () => {
    assert.throws(
      () => parseSnapshot(text),
      (error) => {
        assert.ok(error instanceof SnapshotError);
        assert.equal(error.code, code);
        assert.ok(
          error.problems.some((problem) => problem.path === path),
          error.problems.map((problem) => problem.path).join(' '),
        );
        return true;
      },
    );
  });

function edited(from: string, to: string): string {
  const text = JSON.stringify(good);
  assert.ok(text.includes(from));
  return text.replace(from, to);
}
