import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LetheError } from '../../src/foundation/errors.ts';
import { Awaiting } from '../../src/streaming/awaiting.ts';
import { KafkaError } from '../../src/streaming/kafka/kafka-error.ts';
import { RegistryError } from '../../src/streaming/registry/errors.ts';
import { ShardError } from '../../src/streaming/shard/errors.ts';
import type { StreamingEvent } from '../../src/streaming/telemetry.ts';

const away = (): Error => new RegistryError('REGISTRY_UNREACHABLE', 'check found no server');
const slow = (): Error => new RegistryError('REGISTRY_TIMEOUT', 'check had no answer in time');

function begin(patient = true) {
  const events: StreamingEvent[] = [];
  const awaiting = new Awaiting({ patient, event: (event) => events.push(event) });
  return { events, awaiting };
}

/** Work that fails with each of these in turn, and then succeeds. */
function failing(...errors: readonly Error[]): () => Promise<string> {
  const left = [...errors];
  return () => {
    const error = left.shift();
    return error === undefined ? Promise.resolve('reached') : Promise.reject(error);
  };
}

test('what answers at once is not worth a line', async () => {
  const { events, awaiting } = begin();
  assert.equal(await awaiting.reach('registry', failing()), 'reached');
  assert.deepEqual(events, []);
  assert.deepEqual(awaiting.problems, []);
});

test('a dependency that does not answer is tried again, with one line for each change of its error', async () => {
  const { events, awaiting } = begin();
  const work = failing(away(), away(), slow(), slow());
  assert.equal(await awaiting.reach('registry', work), 'reached');
  assert.deepEqual(
    events.map((told) => ('code' in told ? `${told.event} ${told.code}` : told.event)),
    [
      'dependency.awaited REGISTRY_UNREACHABLE',
      'dependency.awaited REGISTRY_TIMEOUT',
      'dependency.reached',
    ],
  );
  assert.deepEqual(awaiting.problems, []);
});

test('while it waits, each dependency has a problem with the code of its last error', async () => {
  const { awaiting } = begin();
  const unreachable = new KafkaError('BROKER_UNREACHABLE', 'connecting to cluster "main"');
  const silent = Promise.withResolvers<string>();
  const waits = [
    awaiting.reach('kafka/main', () => Promise.reject(unreachable)),
    awaiting.reach('registry', () => silent.promise),
  ];
  await new Promise((resolve) => setTimeout(resolve, 20));
  const [first, second] = awaiting.problems;
  assert.equal(first?.code, 'BROKER_UNREACHABLE');
  assert.match(first.message, /^the start waits for kafka\/main: connecting to cluster "main"/);
  assert.equal(second?.code, 'DEPENDENCY_AWAITED');
  awaiting.interrupt();
  for (const wait of waits) await assert.rejects(wait, { code: 'SERVICE_STATE' });
});

const definite: readonly Error[] = [
  new KafkaError('AUTHENTICATION_FAILED', 'connecting'),
  new KafkaError('AUTHORIZATION_DENIED', 'describing topics'),
  new KafkaError('TLS_FAILED', 'connecting'),
  new KafkaError('PROTOCOL_UNSUPPORTED', 'connecting'),
  new RegistryError('REGISTRY_UNAUTHORIZED', 'check was answered with 401'),
  new RegistryError('REGISTRY_RESPONSE_INVALID', 'check was answered with 404'),
  new ShardError('TOPIC_MISSING', 'create "raw"'),
  new LetheError('PLAN_REFUSED', 'classify the leaf', { retriable: true }),
  new TypeError('a fault of ours'),
];

for (const error of definite)
  test(`${'code' in error ? String(error.code) : error.name} ends the start, also after a wait`, async () => {
    const { events, awaiting } = begin();
    await assert.rejects(awaiting.reach('it', failing(away(), error)), error);
    assert.equal(events.length, 1);
    assert.deepEqual(awaiting.problems, []);
  });

test('the impatient get the first error', async () => {
  const { events, awaiting } = begin(false);
  await assert.rejects(awaiting.reach('registry', failing(away())), {
    code: 'REGISTRY_UNREACHABLE',
  });
  assert.deepEqual(events, []);
});

test('an interruption ends every wait at once, and nothing is told or tried afterwards', async () => {
  const { events, awaiting } = begin();
  let attempts = 0;
  const late = Promise.withResolvers<string>();
  const hanging = awaiting.reach('kafka/main', () => late.promise);
  const pausing = awaiting.reach('registry', () => {
    attempts++;
    return Promise.reject(away());
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  const began = performance.now();
  awaiting.interrupt();
  await assert.rejects(hanging, { code: 'SERVICE_STATE' });
  await assert.rejects(pausing, { code: 'SERVICE_STATE' });
  assert.ok(performance.now() - began < 50);
  late.reject(away());
  await new Promise((resolve) => setTimeout(resolve, 250));
  assert.equal(attempts, 1);
  assert.equal(events.length, 1);
  await assert.rejects(awaiting.reach('topics', failing()), { code: 'SERVICE_STATE' });
  assert.deepEqual(awaiting.problems, []);
});
