/** Runs inside the network namespace of a pod and does what lines on standard input ask for. Ends with its input. */
import { createSocket } from 'node:dgram';
import { connect, createServer, isIPv6, type ListenOptions, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { AgentAnswer, AgentOutcome, AgentRequest } from './agent-protocol.ts';

/** A request for the versions of a broker's API: Kafka answers it, and so does an echo. */
const QUESTION = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 255, 255]);

const held = new Map<number, Socket>();

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const request = JSON.parse(line) as AgentRequest;
  const started = performance.now();
  void answer(request).then((outcome) => {
    const took = performance.now() - started;
    const said: AgentAnswer = { id: request.id, outcome, took };
    process.stdout.write(`${JSON.stringify(said)}\n`);
  });
});
lines.on('close', () => process.exit(0));
process.stdout.write('{"ready":true}\n');

function answer(request: AgentRequest): Promise<AgentOutcome> {
  switch (request.do) {
    case 'connect':
      return request.protocol === 'TCP' ? connectStream(request) : ask(request);
    case 'use':
      return use(request);
    case 'listen':
      return request.protocol === 'TCP' ? listenStream(request.port) : listenDatagrams(request);
  }
}

type Listen = Extract<AgentRequest, { do: 'listen' }>;
type Connect = Extract<AgentRequest, { do: 'connect' }>;

/** Connected is open: who listens is no question of the network. */
function connectStream(request: Connect): Promise<AgentOutcome> {
  const { id, host, port, source, patience, hold } = request;
  return new Promise((resolve) => {
    const socket = connect({ host, port, ...(source === null ? {} : { localAddress: source }) });
    const timer = setTimeout(() => end('timeout'), patience);
    const end = (outcome: AgentOutcome): void => {
      clearTimeout(timer);
      if (outcome === 'open' && hold) held.set(id, socket);
      else socket.destroy();
      resolve(outcome);
    };
    socket.once('connect', () => end('open'));
    socket.on('error', (error) => end(failure(error)));
  });
}

function use({ held: id, patience }: Extract<AgentRequest, { do: 'use' }>): Promise<AgentOutcome> {
  const socket = held.get(id);
  if (socket === undefined || socket.destroyed) return Promise.resolve('refused');
  return new Promise((resolve) => {
    const timer = setTimeout(() => end('timeout'), patience);
    const end = (outcome: AgentOutcome): void => {
      clearTimeout(timer);
      socket.removeAllListeners('data');
      resolve(outcome);
    };
    socket.once('data', () => end('open'));
    socket.once('error', (error) => end(failure(error)));
    socket.once('close', () => end('refused'));
    socket.write(QUESTION);
  });
}

/** A datagram proves nothing unless somebody answers it. */
function ask({ host, port, source, patience }: Connect): Promise<AgentOutcome> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    const timer = setTimeout(() => end('timeout'), patience);
    const end = (outcome: AgentOutcome): void => {
      clearTimeout(timer);
      socket.close();
      resolve(outcome);
    };
    socket.once('message', () => end('open'));
    socket.once('error', (error) => end(failure(error)));
    // Only a connected socket hears of ICMP errors.
    socket.bind({ ...(source === null ? {} : { address: source }) }, () =>
      socket.connect(port, host, () => socket.send(QUESTION)),
    );
  });
}

const refusals: ReadonlySet<string | undefined> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EACCES',
  'EPERM',
]);

function failure(error: Error): AgentOutcome {
  const { code } = error as NodeJS.ErrnoException;
  if (refusals.has(code)) return 'refused';
  return code === 'ETIMEDOUT' ? 'timeout' : 'unsupported';
}

/** Both families; where a program of the pod has the port of one already, the other is left. */
async function listenStream(port: number): Promise<AgentOutcome> {
  const both = await echo({ port, host: '::' });
  return both === 'EADDRINUSE'
    ? outcomeOf(await echo({ port, host: '::', ipv6Only: true }))
    : outcomeOf(both);
}

/** @returns null, or the code of the error. */
function echo(options: ListenOptions): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.pipe(socket);
    });
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    server.listen(options, () => resolve(null));
  });
}

function listenDatagrams({ port, address: own }: Listen): Promise<AgentOutcome> {
  return new Promise((resolve) => {
    const socket = createSocket(
      own === null || isIPv6(own) ? 'udp6' : 'udp4',
      (message, { port: from, address }) => socket.send(message, from, address),
    );
    socket.once('error', (error: NodeJS.ErrnoException) =>
      resolve(outcomeOf(error.code ?? 'unknown')),
    );
    socket.bind({ port, ...(own === null ? {} : { address: own }) }, () => resolve('open'));
  });
}

/** Somebody else answers there already: as good. */
const outcomeOf = (failed: string | null): AgentOutcome =>
  failed === null || failed === 'EADDRINUSE' ? 'open' : 'unsupported';
