import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { folder, lethe } from './lethe.ts';

const entry = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const config = (registry: string): string => `
kafka: { main: { bootstrapServers: ['127.0.0.1:1'], requestTimeout: 1s } }
registry: { url: '${registry}', retries: 0, auth: { bearer: canary-token } }
keys: { directory: keys, current: v1 }
rules: { tags: { PII: { technique: suppress }, CARD: { technique: fpe } } }
routes:
  - name: customers
    from: { topic: raw }
    to: { topic: public }
    key: { type: string, technique: keep }
    rules: { unclassified: pass }
service: { shards: 1, http: { host: 127.0.0.1, port: 0 } }
`;

async function prepared(t: TestContext, registry: string): Promise<string> {
  const cwd = folder(t, { 'lethe.yaml': config(registry) });
  await lethe(['keys', 'create', '--directory', 'keys', '--key-version', 'v1'], { cwd });
  return cwd;
}

function events(out: string): readonly Record<string, unknown>[] {
  return out
    .trim()
    .split('\n')
    .map((line) => {
      const value: unknown = JSON.parse(line);
      assert.ok(typeof value === 'object' && value !== null);
      return { ...value };
    });
}

test('run refuses a bad configuration with every problem and exit code 2', async (t) => {
  const cwd = folder(t, { 'lethe.yaml': config('nonsense').replace('shards: 1', 'shrads: 1') });
  const { code, out, err } = await lethe(['run', '--config', 'lethe.yaml'], { cwd });
  assert.equal(code, 2);
  assert.equal(out, '');
  assert.match(err, /registry\.url/);
  assert.match(err, /did you mean "shards"\?/);
  assert.doesNotMatch(err, /canary/);
});

test('run without its file says so', async () => {
  const { code, err } = await lethe(['run', '--config', '/absent/lethe.yaml']);
  assert.equal(code, 2);
  assert.match(err, /CONFIG_UNREADABLE/);
});

test('a dry run tells memory bound and warnings first, and exits with 1 when nothing can be reached', async (t) => {
  const cwd = await prepared(t, 'http://127.0.0.1:1');
  const { code, out, err } = await lethe(['run', '--config', 'lethe.yaml', '--dry-run'], { cwd });
  assert.equal(code, 1);
  assert.match(err, /^lethe: REGISTRY_UNREACHABLE/);
  const lines = events(out);
  assert.equal(lines[0]?.['event'], 'service.starting');
  assert.equal(lines[0]['memoryTotal'], lines[0]['memoryPerShard']);
  const warned = lines.filter(({ event }) => event === 'config.warning');
  assert.deepEqual(
    warned.map(({ path }) => path),
    ['rules.tags.CARD', 'routes[0].rules.unclassified', 'routes[0].key'],
  );
  assert.equal(lines.at(-1)?.['event'], 'service.failed');
  assert.doesNotMatch(out + err, /canary/);
});

test('run --check prints the configuration without secrets, and the bound and warnings', async (t) => {
  const cwd = folder(t, { 'lethe.yaml': config('http://127.0.0.1:1') });
  const { code, out, err } = await lethe(['run', '--config', 'lethe.yaml', '--check'], { cwd });
  assert.equal(code, 0);
  const shown: unknown = JSON.parse(out);
  assert.ok(typeof shown === 'object' && shown !== null && 'kafka' in shown && 'routes' in shown);
  assert.match(err, /^Record data takes at most 100\.9 MiB: 1 shards of 100\.9 MiB/);
  assert.match(err, /Warning: routes\[0\]\.rules\.unclassified/);
  assert.doesNotMatch(out + err, /canary/);
});

/** A registry that takes calls and never answers, so that the start lasts; or answers each with an empty list. */
async function silentRegistry(t: TestContext, answer: string | null = null): Promise<string> {
  const server = createServer((_, response) => {
    if (answer !== null) response.end(answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `http://127.0.0.1:${address.port}`;
}

/** A running process whose lines can be waited for. */
function start(cwd: string) {
  const child = spawn(process.execPath, [entry, 'run', '--config', 'lethe.yaml'], { cwd });
  const state = { out: '' };
  child.stdout.on('data', (chunk: Buffer) => (state.out += chunk.toString()));
  child.stderr.resume();
  const line = async (name: string): Promise<Record<string, unknown>> => {
    const deadline = performance.now() + 30_000;
    for (;;) {
      const whole = state.out.slice(0, state.out.lastIndexOf('\n') + 1);
      const found = whole === '' ? undefined : events(whole).find(({ event }) => event === name);
      if (found) return found;
      assert.ok(performance.now() < deadline, `no ${name} in ${state.out}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const ended = once(child, 'exit').then(([code]: (number | null)[]) => code);
  return { child, state, line, ended };
}

test('run answers health while it starts, and ends on SIGTERM', async (t) => {
  const cwd = await prepared(t, await silentRegistry(t));
  const { child, line, ended } = start(cwd);
  t.after(() => child.kill('SIGKILL'));
  const { port } = await line('http.listening');
  const url = `http://127.0.0.1:${Number(port)}`;
  assert.equal((await fetch(`${url}/livez`)).status, 200);
  const ready = await fetch(`${url}/readyz`);
  assert.equal(ready.status, 503);
  assert.match(await ready.text(), /PHASE_STARTING/);
  assert.match(await (await fetch(`${url}/metrics`)).text(), /^lethe_ready 0$/m);
  child.kill('SIGTERM');
  assert.equal((await line('service.stopping'))['reason'], 'SIGTERM');
  assert.equal(await ended, 0);
});

test('a changed file during the start harms nothing', async (t) => {
  const cwd = await prepared(t, await silentRegistry(t));
  const { child, line, ended } = start(cwd);
  t.after(() => child.kill('SIGKILL'));
  await line('http.listening');
  writeFileSync(join(cwd, 'lethe.yaml'), 'nonsense: [');
  child.kill('SIGHUP');
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(child.exitCode, null);
  child.kill('SIGINT');
  assert.equal((await line('service.stopping'))['reason'], 'SIGINT');
  assert.equal(await ended, 0);
});

test('run waits for what does not answer, says each once, and takes a file that names another place', async (t) => {
  const cwd = await prepared(t, 'http://127.0.0.1:1');
  const { child, state, line, ended } = start(cwd);
  t.after(() => child.kill('SIGKILL'));
  const url = `http://127.0.0.1:${Number((await line('http.listening'))['port'])}`;
  const told = (): readonly string[] =>
    events(state.out.slice(0, state.out.lastIndexOf('\n') + 1))
      .filter(({ event }) => event === 'dependency.awaited')
      .map(({ dependency, code }) => `${String(dependency)} ${String(code)}`)
      .sort();
  const both = ['kafka/main BROKER_UNREACHABLE', 'registry REGISTRY_UNREACHABLE'];
  while (told().length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal((await fetch(`${url}/livez`)).status, 200);
  const ready = await fetch(`${url}/readyz`);
  assert.equal(ready.status, 503);
  const { reasons } = (await ready.json()) as { reasons: { code: string; message: string }[] };
  assert.deepEqual(reasons.map(({ code }) => code).sort(), [
    'BROKER_UNREACHABLE',
    'PHASE_STARTING',
    'REGISTRY_UNREACHABLE',
  ]);
  assert.match(reasons.map(({ message }) => message).join('\n'), /waits for kafka\/main: /);
  const waits = /^lethe_dependency_awaited\{dependency="registry"\} 1$/m;
  assert.match(await (await fetch(`${url}/metrics`)).text(), waits);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  assert.deepEqual(told(), both, 'each state is told once');
  writeFileSync(join(cwd, 'lethe.yaml'), config(await silentRegistry(t, '[]')));
  assert.equal((await line('dependency.reached'))['dependency'], 'registry');
  assert.doesNotMatch(await (await fetch(`${url}/metrics`)).text(), waits);
  assert.deepEqual(told(), both, 'the broker is still the same');
  child.kill('SIGTERM');
  const asked = performance.now();
  assert.equal(await ended, 0);
  assert.ok(performance.now() - asked < 3000);
});

test('a run that ends by its duration without having been ready is refused', async (t) => {
  const cwd = await prepared(t, 'http://127.0.0.1:1');
  const { code } = await lethe(['run', '--config', 'lethe.yaml', '--duration', '1s'], { cwd });
  assert.equal(code, 1);
});
