import { handlingOf, type Handling } from './error-table.ts';
import { KafkaError, type KafkaErrorCode } from '../kafka-error.ts';

/** Every error below `error`: its causes and the members of aggregates, itself first. */
function* tree(error: unknown, depth = 0): Generator<object> {
  if (typeof error !== 'object' || error === null || depth > 8) return;
  yield error;
  if ('cause' in error) yield* tree(error.cause, depth + 1);
  if ('errors' in error && Array.isArray(error.errors)) {
    for (const inner of error.errors as unknown[]) yield* tree(inner, depth + 1);
  }
}

/** Error codes of Node's TLS and OpenSSL: certificates that don't verify, and peers that don't speak TLS. */
const tlsCode =
  /^(ERR_TLS|ERR_SSL|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_(GET|VERIFY|DECODE)|EPROTO|HOSTNAME_MISMATCH)/;

const transportCodes: ReadonlySet<string> = new Set(['PLT_KFK_NETWORK', 'PLT_KFK_TIMEOUT']);

/** What the library says where it keeps no code: a TLS record where a response should be, or the other way round. */
const tlsMessage = /requires TLS|TLS handshake failed/;

/** The cause lies deeper than its effects: a handshake that fails also looks like refused credentials and a lost connection. */
const ordered: readonly KafkaErrorCode[] = [
  'TLS_FAILED',
  'AUTHENTICATION_FAILED',
  'PROTOCOL_UNSUPPORTED',
  'BROKER_UNREACHABLE',
];

function textOf(item: object, field: string): string | null {
  const value: unknown = field in item ? (item as Record<string, unknown>)[field] : null;
  return typeof value === 'string' ? value : null;
}

/** The protocol errors that a client library reported, by our table. */
export function protocolErrors(error: unknown): readonly Handling[] {
  const found: Handling[] = [];
  for (const item of tree(error)) {
    if ('apiCode' in item && typeof item.apiCode === 'number' && item.apiCode !== 0) {
      found.push(handlingOf(item.apiCode));
    }
  }
  return found;
}

/** True where no answer came: whether the broker did what was asked isn't known. */
export function isConnectionLoss(error: unknown): boolean {
  return protocolErrors(error).length === 0 && codeOfTransport(error) === 'BROKER_UNREACHABLE';
}

/** True where a connection ended during authentication, which the library reports like a refusal: a restart, or a listener with TLS. */
function brokeOff(item: object): boolean {
  const causes = [...tree('cause' in item ? item.cause : null)];
  return causes.some((cause) => transportCodes.has(textOf(cause, 'code') ?? ''));
}

function codeOfTransport(error: unknown): KafkaErrorCode | null {
  const found = new Set<KafkaErrorCode>();
  for (const item of tree(error)) {
    const code = textOf(item, 'code') ?? '';
    const message = textOf(item, 'message') ?? '';
    if (tlsCode.test(code) || tlsMessage.test(message)) found.add('TLS_FAILED');
    if (code === 'PLT_KFK_AUTHENTICATION') {
      found.add(brokeOff(item) ? 'BROKER_UNREACHABLE' : 'AUTHENTICATION_FAILED');
    }
    if (code === 'PLT_KFK_UNSUPPORTED_API') found.add('PROTOCOL_UNSUPPORTED');
    if (transportCodes.has(code)) found.add('BROKER_UNREACHABLE');
  }
  return ordered.find((code) => found.has(code)) ?? null;
}

/** Turns an error of the client library into ours; an error that is ours already stays as it is. */
export function toKafkaError(error: unknown, action: string): KafkaError {
  if (error instanceof KafkaError) return error;
  const answers = protocolErrors(error);
  const worst = answers.find((answer) => answer.fatal) ?? answers[0];
  if (worst !== undefined) return new KafkaError(worst.code, action, { reason: worst.name });
  return new KafkaError(codeOfTransport(error) ?? 'KAFKA_FAILED', action, {
    // The library's errors are about frames and sockets, never about records.
    cause: error,
  });
}
