import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { HttpServer } from '../../../src/operations/http/server.ts';
import type { Readiness } from '../../../src/operations/health.ts';

const state = { live: true, ready: true, broken: false };
const options = { host: '127.0.0.1', port: 0, requestTimeout: 300, maxConnections: 8 };
const server = new HttpServer(options, {
  live: () => state.live,
  readiness: (): Readiness => ({
    ready: state.ready,
    reasons: state.ready ? [] : [{ code: 'PHASE_STARTING', message: 'The service is starting' }],
  }),
  metrics: () =>
    state.broken ? Promise.reject(new Error('canary')) : Promise.resolve('lethe_ready 1\n'),
  metricsType: 'text/plain; version=0.0.4',
});
const port = await server.listen();
after(() => server.close());
const url = (path: string): string => `http://127.0.0.1:${port}${path}`;

test('/livez answers 200 while the service lives, else 503', async () => {
  assert.equal((await fetch(url('/livez'))).status, 200);
  state.live = false;
  assert.equal((await fetch(url('/livez'))).status, 503);
  state.live = true;
});

test('/readyz answers reasons as JSON', async () => {
  const good = await fetch(url('/readyz?verbose'));
  assert.equal(good.status, 200);
  assert.deepEqual(await good.json(), { ready: true, reasons: [] });
  state.ready = false;
  const bad = await fetch(url('/readyz'));
  state.ready = true;
  assert.equal(bad.status, 503);
  assert.deepEqual(await bad.json(), {
    ready: false,
    reasons: [{ code: 'PHASE_STARTING', message: 'The service is starting' }],
  });
});

test('/metrics answers in the format of Prometheus', async () => {
  const response = await fetch(url('/metrics'));
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4');
  assert.equal(await response.text(), 'lethe_ready 1\n');
});

test('a failure of the metrics is answered without its text', async () => {
  state.broken = true;
  const response = await fetch(url('/metrics'));
  state.broken = false;
  assert.equal(response.status, 500);
  assert.doesNotMatch(await response.text(), /canary/);
});

test('other paths and methods are refused', async () => {
  assert.equal((await fetch(url('/'))).status, 404);
  assert.equal((await fetch(url('/metrics/../etc/passwd'))).status, 404);
  const post = await fetch(url('/livez'), { method: 'POST', body: 'x' });
  assert.equal(post.status, 405);
  assert.equal(post.headers.get('allow'), 'GET, HEAD');
  const head = await fetch(url('/livez'), { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), '');
});

test('a client that sends its request too slowly is cut off', async () => {
  const started = performance.now();
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /livez HTTP/1.1\r\nHost:');
  await new Promise<void>((resolve) => {
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.resume();
  });
  assert.ok(performance.now() - started < 5000);
});

test('bytes that are not HTTP end the connection, not the server', async () => {
  const socket = connect(port, '127.0.0.1');
  socket.write('\u0000\u0001nonsense\r\n\r\n');
  await new Promise<void>((resolve) => {
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.resume();
  });
  assert.equal((await fetch(url('/livez'))).status, 200);
});

test('a port that is taken is said so', async () => {
  const second = new HttpServer(
    { ...options, port },
    {
      live: () => true,
      readiness: () => ({ ready: true, reasons: [] }),
      metrics: () => Promise.resolve(''),
      metricsType: '',
    },
  );
  await assert.rejects(second.listen(), { code: 'HTTP_PORT_TAKEN' });
});

test('an address that is not ours is said so', async () => {
  const second = new HttpServer(
    { ...options, host: '192.0.2.1' },
    {
      live: () => true,
      readiness: () => ({ ready: true, reasons: [] }),
      metrics: () => Promise.resolve(''),
      metricsType: '',
    },
  );
  await assert.rejects(second.listen(), { code: 'HTTP_LISTEN_FAILED' });
});
