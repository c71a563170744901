/** One connection attempt with real packets, in bounded time. Sends nothing but a greeting, and reads nothing but whether it was answered. */
import { createSocket } from 'node:dgram';
import { connect as connectTcp, isIPv6, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { isKafkaAnswer, kafkaHello } from './kafka-hello.ts';
import type { ProbeOutcome } from './live.ts';

/** What to try. */
export interface KnockOptions {
  readonly protocol: 'tcp' | 'udp';
  /** Address or host name. */
  readonly host: string;
  readonly port: number;
  /** Milliseconds for everything together. */
  readonly timeout: number;
  /** After connecting, whether the other end speaks Kafka: a proxy may accept what it can't pass on. TCP only. */
  readonly kafka: boolean;
  /** Whether Kafka is spoken inside of TLS; the certificate is not judged, since the question is who can be reached. */
  readonly tls: boolean;
}

/** What was found. */
export interface KnockResult {
  readonly outcome: ProbeOutcome;
  /** Whether Kafka answered; `null` where it wasn't asked, or nobody was there to ask. */
  readonly kafka: boolean | null;
  /** The error of the system, such as `ECONNREFUSED`; `null` where there was none. */
  readonly error: string | null;
  /** Milliseconds. */
  readonly elapsed: number;
}

/** Knocks once. Never rejects: whatever the network does is a result. */
export async function knock(options: KnockOptions): Promise<KnockResult> {
  const start = performance.now();
  const found = await (options.protocol === 'tcp' ? knockTcp(options) : knockUdp(options));
  return { ...found, elapsed: Math.round(performance.now() - start) };
}

type Found = Omit<KnockResult, 'elapsed'>;

function knockTcp({ host, port, timeout, kafka, tls }: KnockOptions): Promise<Found> {
  const { promise, resolve } = Promise.withResolvers<Found>();
  const socket: Socket = tls
    ? connectTls({ host, port, rejectUnauthorized: false })
    : connectTcp({ host, port });
  let connected = false;
  const end = (found: Found): void => {
    clearTimeout(timer);
    socket.destroy();
    resolve(found);
  };
  const answered = (spoke: boolean | null, error: string | null): void =>
    end({ outcome: 'open', kafka: spoke, error });
  const timer = setTimeout(() => {
    if (connected) answered(kafka ? false : null, 'ETIMEDOUT');
    else end({ outcome: 'timeout', kafka: null, error: 'ETIMEDOUT' });
  }, timeout);
  socket.on('connect', () => {
    connected = true;
    if (!kafka) answered(null, null);
    else if (!tls) socket.write(kafkaHello);
  });
  if (tls) socket.on('secureConnect', () => socket.write(kafkaHello));
  let answer = Buffer.alloc(0);
  socket.on('data', (part: Buffer) => {
    answer = Buffer.concat([answer, part]);
    const spoke = isKafkaAnswer(answer);
    if (spoke !== undefined) answered(spoke, null);
  });
  socket.on('close', () => answered(kafka ? false : null, null));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    const code = error.code ?? 'unknown';
    if (connected) answered(kafka ? false : null, code);
    else end({ outcome: outcomeOf(code), kafka: null, error: code });
  });
  return promise;
}

/** UDP has no handshake: only an answer proves that it is open, and only an ICMP error that it is closed. */
function knockUdp({ host, port, timeout }: KnockOptions): Promise<Found> {
  const { promise, resolve } = Promise.withResolvers<Found>();
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  const end = (outcome: ProbeOutcome, error: string | null): void => {
    clearTimeout(timer);
    socket.removeAllListeners();
    socket.on('error', () => undefined);
    socket.close();
    resolve({ outcome, kafka: null, error });
  };
  const timer = setTimeout(() => end('timeout', 'ETIMEDOUT'), timeout);
  const failed = (error: NodeJS.ErrnoException): void =>
    end(outcomeOf(error.code ?? ''), error.code ?? 'unknown');
  socket.on('message', () => end('open', null));
  socket.on('error', failed);
  // Connected, the socket hears of ICMP errors.
  socket.connect(port, host, (error?: Error) => {
    if (error !== undefined) failed(error);
    else socket.send(port === 53 ? dnsQuestion : Buffer.from('lethe'));
  });
  return promise;
}

/** A question for the root servers (RFC 1035), which every name service answers in some way. */
const dnsQuestion = Buffer.from('4c4501000001000000000000' + '00' + '0002' + '0001', 'hex');

/** Codes of the system by what they say about the way: something said no, nothing came, or it could not be tried. */
function outcomeOf(code: string): ProbeOutcome {
  switch (code) {
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EPERM':
    case 'EACCES':
      return 'refused';
    case 'ETIMEDOUT':
      return 'timeout';
    default:
      return 'unsupported';
  }
}
