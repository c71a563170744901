import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  AuthenticationError,
  MultipleErrors,
  NetworkError,
  ResponseError,
  TimeoutError,
  UnsupportedApiError,
} from '@platformatic/kafka';
import { toAdminError } from '../../../../src/streaming/kafka/admin-error.ts';
import {
  isConnectionLoss,
  protocolErrors,
  toKafkaError,
} from '../../../../src/streaming/kafka/connection/client-error.ts';
import { KafkaError } from '../../../../src/streaming/kafka/kafka-error.ts';

const response = (code: number): ResponseError =>
  new ResponseError(3, 12, { '/topics/0': [code, null] }, {});
const coded = (code: string): Error => Object.assign(new Error('x'), { code });

it('names the error of the protocol, however deep it lies', () => {
  const error = new MultipleErrors('outer', [new NetworkError('inner', { cause: response(29) })]);
  const found = toKafkaError(error, 'reading');
  assert.equal(found.code, 'AUTHORIZATION_DENIED');
  assert.equal(found.reason, 'TOPIC_AUTHORIZATION_FAILED');
  assert.deepEqual(
    protocolErrors(error).map(({ name }) => name),
    ['TOPIC_AUTHORIZATION_FAILED'],
  );
});

it('prefers what is fatal among several errors', () => {
  const error = new MultipleErrors('both', [response(6), response(90)]);
  assert.equal(toKafkaError(error, 'producing').code, 'SINK_FENCED');
});

it('tells lost connections, refused credentials, TLS and missing versions apart', () => {
  const cases: [Error, string][] = [
    [new NetworkError('closed'), 'BROKER_UNREACHABLE'],
    [new TimeoutError('late'), 'BROKER_UNREACHABLE'],
    [new AuthenticationError('no'), 'AUTHENTICATION_FAILED'],
    [new NetworkError('x', { cause: new AuthenticationError('no') }), 'AUTHENTICATION_FAILED'],
    [new AuthenticationError('no', { cause: new NetworkError('closed') }), 'BROKER_UNREACHABLE'],
    [new NetworkError('x', { cause: coded('SELF_SIGNED_CERT_IN_CHAIN') }), 'TLS_FAILED'],
    [new NetworkError('x', { cause: coded('ERR_TLS_CERT_ALTNAME_INVALID') }), 'TLS_FAILED'],
    [new NetworkError('x', { cause: coded('ERR_SSL_WRONG_VERSION_NUMBER') }), 'TLS_FAILED'],
    [new UnsupportedApiError('no Fetch'), 'PROTOCOL_UNSUPPORTED'],
    [new TypeError('boom'), 'KAFKA_FAILED'],
  ];
  for (const [error, code] of cases) assert.equal(toKafkaError(error, 'x').code, code);
  assert.equal(toKafkaError('a string', 'x').code, 'KAFKA_FAILED');
});

it('leaves its own errors as they are', () => {
  const own = new KafkaError('TOPIC_MISSING', 'x');
  assert.equal(toKafkaError(own, 'y'), own);
  assert.equal(toAdminError(own, 'y'), own);
});

it('knows that no answer came only where none did', () => {
  assert.equal(isConnectionLoss(new NetworkError('closed')), true);
  assert.equal(isConnectionLoss(response(6)), false);
  assert.equal(isConnectionLoss(new AuthenticationError('no')), false);
  assert.equal(isConnectionLoss(new Error('other')), false);
});

it('ends with errors that are their own cause', () => {
  const loop = new Error('loop');
  loop.cause = loop;
  assert.equal(toKafkaError(loop, 'x').code, 'KAFKA_FAILED');
  assert.equal(toAdminError(loop, 'x').code, 'KAFKA_FAILED');
});

it('reads the errors of kafkajs by class and protocol name', () => {
  const named = (name: string, extra: object = {}): Error =>
    Object.assign(new Error('text'), { name, ...extra });
  const cases: [Error, string][] = [
    [named('KafkaJSProtocolError', { type: 'TOPIC_ALREADY_EXISTS' }), 'TOPIC_REJECTED'],
    [
      named('KafkaJSAggregateError', {
        errors: [named('KafkaJSCreateTopicError', { type: 'INVALID_PARTITIONS' })],
      }),
      'TOPIC_REJECTED',
    ],
    [named('KafkaJSSASLAuthenticationError'), 'AUTHENTICATION_FAILED'],
    [
      named('KafkaJSNumberOfRetriesExceeded', { cause: named('KafkaJSConnectionError') }),
      'BROKER_UNREACHABLE',
    ],
    [
      named('KafkaJSConnectionError', { cause: new Error('self-signed certificate in chain') }),
      'TLS_FAILED',
    ],
    [named('KafkaJSNonRetriableError'), 'KAFKA_FAILED'],
  ];
  for (const [error, code] of cases) assert.equal(toAdminError(error, 'x').code, code);
});
