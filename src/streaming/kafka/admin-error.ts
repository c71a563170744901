import { handlingOfName } from './connection/error-table.ts';
import { KafkaError } from './kafka-error.ts';

/** Node's codes for certificates that don't verify and peers that don't speak TLS, where kafkajs kept only the text. */
const tlsText =
  /certificate|self[- ]signed|SSL routines|TLS|wrong version number|disconnected before secure/i;

function* tree(error: unknown, depth = 0): Generator<Record<string, unknown>> {
  if (typeof error !== 'object' || error === null || depth > 8) return;
  yield error as Record<string, unknown>;
  for (const inner of ['cause', 'originalError']) {
    if (inner in error) yield* tree((error as Record<string, unknown>)[inner], depth + 1);
  }
  if ('errors' in error && Array.isArray(error.errors)) {
    for (const inner of error.errors as unknown[]) yield* tree(inner, depth + 1);
  }
}

/** Turns an error of kafkajs into ours, by its class name and the protocol's error name; its text stays behind as the cause. */
export function toAdminError(error: unknown, action: string): KafkaError {
  if (error instanceof KafkaError) return error;
  let unreachable = false;
  for (const item of tree(error)) {
    const { name, type, message } = item;
    const handling = typeof type === 'string' ? handlingOfName(type) : undefined;
    if (handling !== undefined) {
      return new KafkaError(handling.code, action, { reason: handling.name, cause: error });
    }
    if (name === 'KafkaJSSASLAuthenticationError') {
      return new KafkaError('AUTHENTICATION_FAILED', action, { cause: error });
    }
    if (typeof message === 'string' && tlsText.test(message)) {
      return new KafkaError('TLS_FAILED', action, { cause: error });
    }
    unreachable ||=
      name === 'KafkaJSConnectionError' ||
      name === 'KafkaJSConnectionClosedError' ||
      name === 'KafkaJSRequestTimeoutError' ||
      name === 'KafkaJSBrokerNotFound';
  }
  return new KafkaError(unreachable ? 'BROKER_UNREACHABLE' : 'KAFKA_FAILED', action, {
    cause: error,
  });
}
