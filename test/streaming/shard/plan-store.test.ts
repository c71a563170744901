import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlanAnswer } from '../../../src/streaming/shard/messages.ts';
import { PlanStore } from '../../../src/streaming/shard/plan-store.ts';
import { answer } from './slices.ts';

const place = { route: 'people', topic: 'raw', part: 'value' } as const;
const id = (number: number) => ({ kind: 'id', id: number }) as const;

function store(answers: (id: number) => PlanAnswer | Promise<PlanAnswer>, bound = 2) {
  const clock = { now: 0 };
  const asked: number[] = [];
  const made = new PlanStore({
    ask: async ({ schema }) => {
      const number = schema.kind === 'id' ? schema.id : -1;
      asked.push(number);
      return await answers(number);
    },
    link: () => {
      throw new Error('not linked here');
    },
    bound,
    now: () => clock.now,
  });
  return { made, asked, clock };
}

const refused = (schemaId: number): PlanAnswer => ({
  kind: 'refused',
  outcome: 'SCHEMA_REFUSED',
  schemaId,
  ttl: 100,
});

test('a refusal is believed for its time', async () => {
  const { made, asked, clock } = store(refused);
  assert.equal(made.find(place, id(1)), null);
  await Promise.all([made.want(place, id(1)), made.want(place, id(1))]);
  assert.equal(made.find(place, id(1))?.kind, 'refused');
  clock.now = 100;
  assert.equal(made.find(place, id(1)), null);
  assert.deepEqual(asked, [1]);
});

test('what was not used for longest goes first, but nothing that the round at hand uses', async () => {
  const { made } = store(refused);
  for (const number of [1, 2, 3]) await made.want(place, id(number));
  assert.deepEqual(
    [1, 2, 3].map((number) => made.find(place, id(number)) !== null),
    [true, true, true],
  );
  made.startRound();
  made.find(place, id(1));
  await made.want(place, id(4));
  assert.deepEqual(
    [1, 2, 3, 4].map((number) => made.find(place, id(number)) !== null),
    [true, false, true, true],
  );
});

test('an answer that is unavailable is asked for again', async () => {
  let visits = 0;
  const { made, asked } = store((number) =>
    visits++ === 0 ? { kind: 'unavailable', code: 'REGISTRY_TIMEOUT' } : refused(number),
  );
  await made.want(place, id(1));
  assert.deepEqual(asked, [1, 1]);
});

test('a closed store lets go of those who wait', async () => {
  const { made } = store(() => ({ kind: 'unavailable', code: 'REGISTRY_TIMEOUT' }));
  const waiting = made.want(place, id(1));
  setTimeout(() => made.close(), 10);
  await waiting;
  assert.equal(made.find(place, id(1)), null);
});

test('a plan that can not be linked refuses its records', async () => {
  const { made } = store((number) => answer({ ...place, schema: id(number) }));
  await made.want(place, id(1));
  assert.equal(made.find(place, id(1))?.kind, 'refused');
});
