import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKafkaAnswer, kafkaHello } from '../../../src/isolation/attacks/kafka-hello.ts';

test('the hello is an ApiVersions request of the size that it says', () => {
  assert.equal(kafkaHello.readInt32BE(0), kafkaHello.length - 4);
  assert.equal(kafkaHello.readInt16BE(4), 18);
  assert.equal(kafkaHello.readInt16BE(6), 0);
});

test('an answer repeats the correlation id; anything else is no Kafka', () => {
  const answer = Buffer.concat([Buffer.from([0, 0, 0, 10]), kafkaHello.subarray(8, 12)]);
  assert.equal(isKafkaAnswer(answer.subarray(0, 7)), undefined);
  assert.equal(isKafkaAnswer(answer), true);
  assert.equal(isKafkaAnswer(Buffer.from('HTTP/1.1 400 Bad Request')), false);
  assert.equal(isKafkaAnswer(Buffer.concat([Buffer.alloc(4), kafkaHello.subarray(8, 12)])), false);
});
