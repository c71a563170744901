import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  afterMove,
  parseReassignment,
  renderReassignment,
} from '../../../src/isolation/policies/reassignment.ts';
import { snapshotOf } from '../topology/cluster-fixture.ts';

const moves = [
  { topic: 'raw.orders', partition: 0, replicas: [13, 12] },
  { topic: 'public.orders', partition: 1, replicas: [11] },
];

test('a reassignment is written sorted, and read again', () => {
  const text = renderReassignment(moves);
  assert.equal(
    text,
    '{\n  "version": 1,\n  "partitions": [\n' +
      '    {"topic":"public.orders","partition":1,"replicas":[11]},\n' +
      '    {"topic":"raw.orders","partition":0,"replicas":[13,12]}\n  ]\n}\n',
  );
  assert.deepEqual(parseReassignment(text), moves.toReversed());
});

test('what Kafka itself writes is read, log directories included', () => {
  const text =
    '{"version":1,"partitions":[{"topic":"a","partition":0,"replicas":[1],"log_dirs":["any"]}]}';
  assert.deepEqual(parseReassignment(text), [{ topic: 'a', partition: 0, replicas: [1] }]);
});

for (const [what, text, code] of [
  ['no JSON', '{', 'REASSIGNMENT_NOT_JSON'],
  ['another version', '{"version":2,"partitions":[]}', 'REASSIGNMENT_INVALID'],
  [
    'no replicas',
    '{"version":1,"partitions":[{"topic":"a","partition":0,"replicas":[]}]}',
    'REASSIGNMENT_INVALID',
  ],
  ['a partition twice', renderReassignment([moves[0]!, moves[0]!]), 'REASSIGNMENT_CONTRADICTORY'],
  [
    'a replica twice',
    renderReassignment([{ topic: 'a', partition: 0, replicas: [1, 1] }]),
    'REASSIGNMENT_CONTRADICTORY',
  ],
] as const)
  test(`${what} is refused with ${code}`, () => {
    assert.throws(() => parseReassignment(text), { code });
  });

test('after the move replicas are as wanted, and the leader stays where it can', () => {
  const { main } = afterMove(snapshotOf(), 'main', moves).clusters;
  const entry = (name: string, at: number) =>
    main?.topics.find((topic) => topic.name === name)?.partitions[at];
  assert.deepEqual(entry('raw.orders', 0), {
    partition: 0,
    leader: 13,
    replicas: [13, 12],
    adding: [],
    removing: [],
  });
  assert.equal(entry('public.orders', 0)?.leader, 12);
  const stays = afterMove(snapshotOf(), 'main', [
    { topic: 'public.orders', partition: 0, replicas: [13, 12] },
  ]);
  const moved = stays.clusters['main']?.topics.find(({ name }) => name === 'public.orders');
  assert.equal(moved?.partitions[0]?.leader, 12);
});

for (const [what, cluster, move] of [
  ['a cluster', 'other', moves[0]!],
  ['a partition', 'main', { topic: 'absent', partition: 0, replicas: [11] }],
  ['a broker', 'main', { topic: 'raw.orders', partition: 0, replicas: [99] }],
] as const)
  test(`a move of ${what} that is not there is refused`, () => {
    assert.throws(() => afterMove(snapshotOf(), cluster, [move]), {
      code: 'REASSIGNMENT_CONTRADICTORY',
    });
  });
