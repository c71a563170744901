import assert from 'node:assert/strict';
import { it } from 'node:test';
import { protocolErrors } from '@platformatic/kafka';
import {
  handlingOf,
  handlingOfName,
} from '../../../../src/streaming/kafka/connection/error-table.ts';
import { KafkaError, kafkaErrorMeanings } from '../../../../src/streaming/kafka/kafka-error.ts';

it('knows every error code that the client library knows, by the same name', () => {
  for (const { id, code } of Object.values(protocolErrors)) {
    if (code === 0) continue;
    assert.equal(handlingOf(code).name, id);
    assert.equal(handlingOfName(id), handlingOf(code));
  }
});

it('has no gap from 1 to 133', () => {
  for (let code = 1; code <= 133; code++) {
    assert.doesNotMatch(handlingOf(code).name, /^ERROR_/, `code ${code}`);
  }
});

it('fails closed on codes of brokers to come', () => {
  assert.deepEqual(handlingOf(31_999), {
    name: 'ERROR_31999',
    retriable: false,
    refreshMetadata: false,
    findCoordinator: false,
    fatal: false,
    code: 'KAFKA_FAILED',
  });
});

it('never both retries and gives up for good', () => {
  for (let code = -1; code <= 133; code++) {
    if (code === 0) continue;
    const handling = handlingOf(code);
    assert.ok(!(handling.retriable && handling.fatal), handling.name);
    if (handling.refreshMetadata || handling.findCoordinator) assert.ok(handling.retriable);
  }
});

it('stops for identities that are lost, and refreshes for leaders that moved', () => {
  for (const name of ['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'FENCED_INSTANCE_ID']) {
    assert.equal(handlingOfName(name)?.fatal, true, name);
  }
  for (const name of ['NOT_LEADER_OR_FOLLOWER', 'FENCED_LEADER_EPOCH', 'UNKNOWN_TOPIC_ID']) {
    assert.equal(handlingOfName(name)?.refreshMetadata, true, name);
  }
  for (const name of ['NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE']) {
    assert.equal(handlingOfName(name)?.findCoordinator, true, name);
  }
});

it('gives every code a text and a remedy, and names the action first', () => {
  for (const [code, { text, remedy }] of Object.entries(kafkaErrorMeanings)) {
    const error = new KafkaError(
      code as keyof typeof kafkaErrorMeanings,
      'producing to topic "x"',
      {
        reason: 'SOME_REASON',
      },
    );
    assert.equal(error.message, `producing to topic "x" failed: ${text} (SOME_REASON); ${remedy}`);
    assert.ok(text.length > 10 && remedy.length > 3);
    assert.equal(error.problems[0]?.code, code);
  }
});
