import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { LetheError } from '../../src/foundation/errors.ts';
import { loadConfig } from '../../src/operations/config/load.ts';
import { runService } from '../../src/operations/run.ts';
import type { Served } from '../../src/operations/run.ts';
import type { StreamingSettings } from '../../src/streaming/settings.ts';
import { smallText } from './config/example.ts';

const text = `${smallText}service: { http: { host: 127.0.0.1, port: 0 } }\n`;

/** A process around a service that only remembers what it was told; streaming itself is tested on a real broker. */
function begin(t: TestContext, change: Partial<Served> = {}) {
  const path = mkdtempSync(join(tmpdir(), 'lethe-run-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  const file = join(path, 'lethe.yaml');
  writeFileSync(file, text);
  const lines: Record<string, unknown>[] = [];
  const reloaded: StreamingSettings[] = [];
  const failed = Promise.withResolvers<LetheError>();
  const ended = Promise.withResolvers<string>();
  const hangUp: { now: () => void } = { now: () => undefined };
  const served: Served = {
    start: () => Promise.resolve(),
    reload: (settings) => Promise.resolve(void reloaded.push(settings)),
    stop: () => Promise.resolve(true),
    status: () => ({ ready: true, phase: 'running', shards: [], halted: [], problems: [] }),
    failed: () => failed.promise,
    ...change,
  };
  const outcome = runService({
    version: '1.2.3',
    load: () => loadConfig(file, {}),
    sink: {
      write: (line) => {
        const value: unknown = JSON.parse(line);
        if (typeof value === 'object' && value !== null) lines.push({ ...value });
      },
    },
    observers: [],
    ended: ended.promise,
    onReload: (reload) => {
      hangUp.now = reload;
    },
    serve: () => served,
  });
  const line = async (name: string, nth = 1): Promise<Record<string, unknown>> => {
    const deadline = performance.now() + 10_000;
    for (;;) {
      const found = lines.filter(({ event }) => event === name)[nth - 1];
      if (found) return found;
      assert.ok(performance.now() < deadline, `no ${name} in ${JSON.stringify(lines)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const ask = async (page: string): Promise<Response> => {
    const { port } = await line('http.listening');
    return fetch(`http://127.0.0.1:${Number(port)}${page}`);
  };
  return { file, lines, reloaded, failed, ended, hangUp, outcome, line, ask };
}

test('a service that runs is ready, and drains when it is asked to end', async (t) => {
  const { ended, outcome, line, ask } = begin(t);
  await line('service.ready');
  assert.equal((await ask('/readyz')).status, 200);
  assert.match(await (await ask('/metrics')).text(), /^lethe_ready 1$/m);
  ended.resolve('SIGTERM');
  assert.equal(await outcome, 'drained');
  assert.equal((await line('service.stopped'))['drained'], true);
});

test('a drain that passes its deadline is told', async (t) => {
  const { ended, outcome, line } = begin(t, { stop: () => Promise.resolve(false) });
  await line('service.ready');
  ended.resolve('SIGINT');
  assert.equal(await outcome, 'not drained');
});

test('a changed file is taken while the service runs', async (t) => {
  const { file, reloaded, ended, outcome, line, ask } = begin(t);
  await line('service.ready');
  const changed = text.replace('public.customers', 'clean.customers').replace('port: 0', 'port: 1');
  writeFileSync(file, changed);
  assert.equal((await line('config.reloaded'))['routes'], 1);
  assert.equal(reloaded[0]?.routes[0]?.to.topic, 'clean.customers');
  assert.equal((await line('config.needs-restart'))['path'], 'service.http');
  const metrics = await (await ask('/metrics')).text();
  assert.match(metrics, /^lethe_config_reloads_total\{outcome="applied"\} 1$/m);
  ended.resolve('SIGTERM');
  await outcome;
});

test('a bad file is rejected whole and visibly: the old one keeps running and stays ready', async (t) => {
  const { file, reloaded, ended, outcome, line, ask } = begin(t);
  await line('service.ready');
  writeFileSync(file, text.replace('topic: raw.customers', 'topic: public.customers'));
  const rejected = await line('config.rejected');
  assert.equal(rejected['code'], 'CONFIG_ROUTE_LOOP');
  assert.equal(reloaded.length, 0);
  assert.equal((await ask('/readyz')).status, 200);
  const metrics = await (await ask('/metrics')).text();
  assert.match(metrics, /^lethe_config_reloads_total\{outcome="rejected"\} 1$/m);
  writeFileSync(file, text);
  await line('config.reloaded');
  ended.resolve('SIGTERM');
  assert.equal(await outcome, 'drained');
});

test('a settings change that the service refuses is rejected visibly', async (t) => {
  const refuse = () => Promise.reject(new LetheError('TOPIC_MISSING', 'create the topic'));
  const { hangUp, ended, outcome, line } = begin(t, { reload: refuse });
  await line('service.ready');
  hangUp.now();
  assert.equal((await line('config.rejected'))['code'], 'TOPIC_MISSING');
  ended.resolve('SIGTERM');
  assert.equal(await outcome, 'drained');
});

test('a reload asked for during the start goes to the service, which knows whether it still waits', async (t) => {
  const start = Promise.withResolvers<undefined>();
  const { hangUp, reloaded, ended, outcome, line } = begin(t, { start: () => start.promise });
  await line('http.listening');
  hangUp.now();
  await line('config.reloaded');
  assert.equal(reloaded.length, 1);
  start.resolve(undefined);
  await line('service.ready');
  ended.resolve('SIGTERM');
  assert.equal(await outcome, 'drained');
});

test('a start that waits is alive and not ready, and ends at once when it is asked to', async (t) => {
  const waits = { code: 'BROKER_UNREACHABLE', message: 'the start waits for kafka/main' };
  const { ended, outcome, line, ask } = begin(t, {
    start: () => new Promise(() => undefined),
    status: () => ({ ready: false, phase: 'starting', shards: [], halted: [], problems: [waits] }),
  });
  await line('http.listening');
  assert.equal((await ask('/livez')).status, 200);
  const answer = await ask('/readyz');
  assert.equal(answer.status, 503);
  const { reasons } = (await answer.json()) as { reasons: { code: string }[] };
  assert.deepEqual(
    reasons.map(({ code }) => code),
    ['PHASE_STARTING', 'BROKER_UNREACHABLE'],
  );
  ended.resolve('SIGTERM');
  assert.equal(await outcome, 'not started');
  assert.equal((await line('service.stopped'))['drained'], true);
});

test('a service that gives up ends the process as failed', async (t) => {
  const { failed, outcome, line } = begin(t);
  await line('service.ready');
  failed.resolve(new LetheError('SHARD_CRASH_LOOP', 'look at the shard'));
  assert.equal(await outcome, 'failed');
  assert.equal((await line('service.failed'))['code'], 'SHARD_CRASH_LOOP');
});

test('a start that fails is told and thrown', async (t) => {
  const start = () => Promise.reject(new LetheError('REGISTRY_UNREACHABLE', 'check the registry'));
  const { outcome, line } = begin(t, { start });
  await assert.rejects(outcome, { code: 'REGISTRY_UNREACHABLE' });
  assert.equal((await line('service.failed'))['code'], 'REGISTRY_UNREACHABLE');
});
