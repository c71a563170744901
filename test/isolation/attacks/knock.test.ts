import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { knock, type KnockOptions } from '../../../src/isolation/attacks/knock.ts';
import { kafkaHello } from '../../../src/isolation/attacks/kafka-hello.ts';

const host = '127.0.0.1';
const base: Omit<KnockOptions, 'port'> = {
  protocol: 'tcp',
  host,
  timeout: 2000,
  kafka: false,
  tls: false,
};

/** A TCP server that does this with whoever connects. */
async function server(t: TestContext, serve: (socket: Socket) => void): Promise<number> {
  const open = new Set<Socket>();
  const one = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  t.after(() => {
    for (const socket of open) socket.destroy();
    one.close();
  });
  one.listen(0, host);
  await once(one, 'listening');
  return (one.address() as AddressInfo).port;
}

/** A port that nobody has. */
async function closedPort(): Promise<number> {
  const one = createServer();
  one.listen(0, host);
  await once(one, 'listening');
  const { port } = one.address() as AddressInfo;
  one.close();
  await once(one, 'close');
  return port;
}

describe('a knock by TCP', () => {
  it('is open where somebody accepts, and refused where nobody does', async (t) => {
    const port = await server(t, () => undefined);
    const { elapsed, ...open } = await knock({ ...base, port });
    assert.deepEqual(open, { outcome: 'open', kafka: null, error: null });
    assert.ok(elapsed < 2000);
    const refused = await knock({ ...base, port: await closedPort() });
    assert.equal(refused.outcome, 'refused');
    assert.equal(refused.error, 'ECONNREFUSED');
  });

  it('is no answer about the way where the name is unknown', async () => {
    const { outcome, error } = await knock({ ...base, host: 'nobody.invalid', port: 1 });
    assert.equal(outcome, 'unsupported');
    assert.match(error ?? '', /^E/);
  });

  it('tells Kafka from what only accepts, talks otherwise, or hangs up', async (t) => {
    const ask = async (serve: (socket: Socket) => void, timeout = 2000) => {
      const { outcome, kafka } = await knock({
        ...base,
        timeout,
        kafka: true,
        port: await server(t, serve),
      });
      return { outcome, kafka };
    };
    const answer = Buffer.concat([Buffer.from([0, 0, 0, 10]), kafkaHello.subarray(8, 12)]);
    const speaks = (socket: Socket): void => {
      socket.once('data', (hello: Buffer) => {
        assert.deepEqual(hello, kafkaHello);
        // In two parts, as networks do.
        socket.write(answer.subarray(0, 3));
        setTimeout(() => socket.write(answer.subarray(3)), 10);
      });
    };
    assert.deepEqual(await ask(speaks), { outcome: 'open', kafka: true });
    assert.deepEqual(await ask((socket) => void socket.write('220 mail ready\r\n')), {
      outcome: 'open',
      kafka: false,
    });
    assert.deepEqual(await ask((socket) => socket.end()), { outcome: 'open', kafka: false });
    assert.deepEqual(await ask(() => undefined, 50), { outcome: 'open', kafka: false });
  });

  it('is open, and no Kafka, where TLS is asked of somebody who has none', async (t) => {
    const port = await server(t, (socket) => socket.end('no'));
    const { outcome, kafka } = await knock({ ...base, kafka: true, tls: true, port });
    assert.equal(outcome, 'open');
    assert.equal(kafka, false);
  });
});

describe('a knock by UDP', () => {
  it('is open only where somebody answers', async (t) => {
    const echo = createSocket('udp4');
    t.after(() => echo.close());
    const heard: number[] = [];
    echo.on('message', (message, { port }) => {
      heard.push(message.length);
      echo.send('yes', port, host);
    });
    echo.bind(0, host);
    await once(echo, 'listening');
    const { port } = echo.address();
    assert.equal((await knock({ ...base, protocol: 'udp', port })).outcome, 'open');
    assert.deepEqual(heard, [5]);
    const closed = await knock({ ...base, protocol: 'udp', port: await closedPort() });
    assert.equal(closed.outcome, 'refused');
  });

  it('is a timeout where somebody listens and says nothing', async (t) => {
    const mute = createSocket('udp4');
    t.after(() => mute.close());
    mute.bind(0, host);
    await once(mute, 'listening');
    const { port } = mute.address();
    const { outcome } = await knock({ ...base, protocol: 'udp', timeout: 50, port });
    assert.equal(outcome, 'timeout');
  });

  it('is no answer about the way where the name is unknown', async () => {
    const { outcome } = await knock({ ...base, protocol: 'udp', host: 'nobody.invalid', port: 1 });
    assert.equal(outcome, 'unsupported');
  });
});
