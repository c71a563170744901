import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import { test, type TestContext } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import { ApiServer } from '../../../src/isolation/cluster/api-server.ts';
import { builtIn } from '../../../src/isolation/cluster/resources.ts';
import { watch, type WatchEvent } from '../../../src/isolation/cluster/watch.ts';

/** A server that answers a watch by hand. */
async function served(
  t: TestContext,
  answer: (response: ServerResponse, url: string) => void,
): Promise<ApiServer> {
  const server = createServer((request, response) => answer(response, request.url ?? ''));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'c', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: 'u' },
  );
  return new ApiServer(config, { attempts: 1 });
}

async function watched(server: ApiServer, seconds = 60): Promise<readonly WatchEvent[]> {
  const events: WatchEvent[] = [];
  const { signal } = new AbortController();
  for await (const event of watch(server, builtIn.pods, '5', { signal, seconds }))
    events.push(event);
  return events;
}

const pod = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } });
const line = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;

test('changes are told one by one, however they are cut on the way', async (t) => {
  let asked = '';
  const server = await served(t, (response, url) => {
    asked = url;
    const text = `${line('ADDED', pod('ä', '6'))}${line('MODIFIED', pod('ä', '7'))}${line('BOOKMARK', pod('', '8'))}${line('DELETED', pod('ä', '9'))}`;
    const bytes = Buffer.from(text);
    response.write(bytes.subarray(0, 40));
    setTimeout(() => response.end(bytes.subarray(40)), 10);
  });
  const object = (resourceVersion: string) => ({
    ...pod('ä', resourceVersion),
    apiVersion: 'v1',
    kind: 'Pod',
  });
  assert.deepEqual(await watched(server), [
    { kind: 'open' },
    { kind: 'present', object: object('6'), resourceVersion: '6' },
    { kind: 'present', object: object('7'), resourceVersion: '7' },
    { kind: 'bookmark', resourceVersion: '8' },
    { kind: 'gone', object: object('9'), resourceVersion: '9' },
  ]);
  assert.match(asked, /^\/api\/v1\/pods\?watch=true&allowWatchBookmarks=true&resourceVersion=5&/);
});

test('a place that the server has forgotten is expired, whether by status or in the stream', async (t) => {
  const status = { kind: 'Status', code: 410, message: 'too old' };
  const byStatus = await served(t, (response) => {
    response.writeHead(410);
    response.end(JSON.stringify(status));
  });
  assert.deepEqual(await watched(byStatus), [{ kind: 'expired' }]);
  const inStream = await served(t, (response) => {
    response.end(line('ERROR', status) + line('ADDED', pod('late', '9')));
  });
  assert.deepEqual(await watched(inStream), [{ kind: 'open' }, { kind: 'expired' }]);
});

test('a watch that is refused says why', async (t) => {
  const server = await served(t, (response) => {
    response.writeHead(403);
    response.end(JSON.stringify({ kind: 'Status', code: 403, message: 'pods is forbidden' }));
  });
  assert.deepEqual(await watched(server), [
    { kind: 'refused', status: 403, reason: 'pods is forbidden' },
  ]);
  const proxy = await served(t, (response) => {
    response.writeHead(502);
    response.end('<html>Bad Gateway</html>');
  });
  assert.deepEqual(await watched(proxy), [
    { kind: 'refused', status: 502, reason: 'no reason given' },
  ]);
});

test('a connection that breaks is an error that may pass', async (t) => {
  const server = await served(t, (response) => {
    response.write(line('ADDED', pod('a', '6')));
    setTimeout(() => response.destroy(), 10);
  });
  await assert.rejects(watched(server), { code: 'KUBERNETES_UNREACHABLE', retriable: true });
});

test('words that are not known are refused, and so is what is no JSON', async (t) => {
  for (const text of [line('RENAMED', pod('a', '6')), 'hello\n', '{"type":"ADDED"}\n'])
    await assert.rejects(watched(await served(t, (response) => response.end(text))), {
      code: 'KUBERNETES_RESPONSE_INVALID',
    });
});

test('a watch ends with its signal', async (t) => {
  const server = await served(t, (response) => response.write(line('ADDED', pod('a', '6'))));
  const stop = new AbortController();
  const events: string[] = [];
  await assert.rejects(async () => {
    for await (const { kind } of watch(server, builtIn.pods, '5', { signal: stop.signal })) {
      events.push(kind);
      if (kind === 'present') stop.abort();
    }
  });
  assert.deepEqual(events, ['open', 'present']);
});
