import assert from 'node:assert/strict';
import { it } from 'node:test';
import { KafkaError } from '../../../../src/streaming/kafka/kafka-error.ts';
import {
  briefly,
  isTransient,
  retrying,
} from '../../../../src/streaming/kafka/connection/retry.ts';

const moved = (): KafkaError =>
  new KafkaError('COORDINATOR_UNAVAILABLE', 'x', { reason: 'NOT_COORDINATOR' });

it('repeats what a moment can heal', async () => {
  let calls = 0;
  const result = await retrying(briefly(5000), () => {
    if (++calls < 4) return Promise.reject(moved());
    return Promise.resolve('done');
  });
  assert.equal(result, 'done');
  assert.equal(calls, 4);
});

it('gives up at the deadline with the last error', async () => {
  const started = performance.now();
  await assert.rejects(
    retrying(briefly(60), () => Promise.reject(moved())),
    { code: 'COORDINATOR_UNAVAILABLE' },
  );
  assert.ok(performance.now() - started < 1000);
});

it('does not repeat a refusal, a rebalance or a fault of its own', async () => {
  for (const error of [
    new KafkaError('AUTHORIZATION_DENIED', 'x', { reason: 'GROUP_AUTHORIZATION_FAILED' }),
    new KafkaError('GENERATION_STALE', 'x', { reason: 'ILLEGAL_GENERATION' }),
    new KafkaError('TRANSACTION_OUTCOME_UNKNOWN', 'x'),
    new TypeError('fault'),
  ]) {
    let calls = 0;
    const attempt = (): Promise<void> => {
      calls++;
      return Promise.reject(error);
    };
    await assert.rejects(retrying(briefly(1000), attempt), error);
    assert.equal(calls, 1);
  }
});

it('asks before each repetition', async () => {
  let asked = 0;
  await assert.rejects(
    retrying(
      briefly(1000),
      () => Promise.reject(moved()),
      () => ++asked < 3,
    ),
  );
  assert.equal(asked, 3);
});

it('takes a lost connection for transient', () => {
  assert.equal(isTransient(new KafkaError('BROKER_UNREACHABLE', 'x')), true);
  assert.equal(isTransient(new KafkaError('KAFKA_FAILED', 'x', { reason: 'NEVER_SEEN' })), false);
  assert.equal(isTransient(new KafkaError('TOPIC_MISSING', 'x')), false);
});
