import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { at, chartFolder, only, render } from './chart.ts';

/** A port of loopback that answers, and one that refuses. */
async function port(t: TestContext, answers: boolean): Promise<number> {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const found = typeof address === 'object' && address !== null ? address.port : 0;
  if (answers) t.after(() => server.close());
  else await new Promise((resolve) => server.close(resolve));
  return found;
}

function probe(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string }> {
  const file = join(chartFolder, 'files', 'probe.mjs');
  const flags = ['--permission', `--allow-fs-read=${file}`, file];
  return new Promise((resolve) => {
    execFile(process.execPath, [...flags, '--attempts=1', ...args], (error, out) => {
      resolve({ code: error === null ? 0 : Number(error.code), out });
    });
  });
}

test('the probe passes when every denied address refuses', async (t) => {
  const [open, shut] = [await port(t, true), await port(t, false)];
  const { code, out } = await probe(`--denied=127.0.0.1:${shut}`, `--reached=127.0.0.1:${open}`);
  assert.equal(code, 0, out);
  assert.match(out, /^ok: .* must be reached: open\nok: .* must not be reached: ECONNREFUSED\n$/);
});

test('the probe fails when a denied address answers', async (t) => {
  const { code, out } = await probe(`--denied=127.0.0.1:${await port(t, true)}`);
  assert.equal(code, 1);
  assert.match(out, /not ok: .* must not be reached: open/);
});

test('the probe fails when an address that must answer refuses: then a refusal means nothing', async (t) => {
  const shut = await port(t, false);
  const { code } = await probe(`--denied=127.0.0.1:${shut}`, `--reached=127.0.0.1:${shut}`);
  assert.equal(code, 1);
});

test('the probe fails when a name is unknown, and when there is nothing to try', async () => {
  const unknown = await probe('--denied=nowhere.invalid:9092');
  assert.equal(unknown.code, 1);
  assert.match(unknown.out, /has no address/);
  assert.equal((await probe()).code, 1);
});

test('helm test tries the servers of every cluster that holds raw topics', async () => {
  const over = `
config:
  kafka:
    open: { bootstrapServers: ["open.kafka:9092"] }
  routes:
    - name: customers
      from: { topic: raw.customers }
      to: { cluster: open, topic: public.customers }
      key: { type: string, technique: pseudonymize }
networkPolicy: { brokers: { open: [{ namespace: open, podSelector: { app: kafka }, ports: [9092] }] } }
`;
  const args = async (more: string) =>
    at(only(await render({ over: `${over}${more}` }), 'Pod'), 'spec', 'containers', 0, 'args');
  assert.deepEqual(await args(''), ['--denied=kafka-bootstrap.kafka:9092']);
  assert.deepEqual(await args('probe: { denied: ["a:1"], reached: ["b:2"] }'), [
    '--denied=a:1',
    '--reached=b:2',
  ]);
});

test('the probe has neither the identity nor the labels of the anonymizer', async () => {
  const objects = await render({ values: ['admission-values.yaml'] });
  const pod = only(objects, 'Pod');
  assert.equal(at(pod, 'spec', 'serviceAccountName'), undefined);
  assert.equal(at(pod, 'metadata', 'labels', 'app.kubernetes.io/component'), 'probe');
  assert.equal(at(pod, 'metadata', 'annotations', 'helm.sh/hook'), 'test');
});
