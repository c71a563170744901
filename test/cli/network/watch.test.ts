import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { folder, lethe } from '../lethe.ts';
import { config, snapshot } from '../network-scene.ts';
import { hubble, pods } from './watched-folder.ts';

const files = { 'lethe.yaml': config, 'saved.json': snapshot(0), 'pods.yaml': pods };
const args = ['network', 'watch', '--config', 'lethe.yaml', '--snapshot', 'saved.json'];

test('watch tells anomalies in their order, sums them up, and exits with 1', async (t) => {
  const log = [hubble('lethe', 'raw'), hubble('web', 'raw'), 'rubbish', hubble('web', 'raw')];
  const cwd = folder(t, { ...files, 'flows.log': log.join('\n') });
  const { code, out, err } = await lethe(
    [...args, '--manifests', 'pods.yaml', '--flows', 'flows.log'],
    { cwd },
  );
  assert.equal(err, 'Warning: flows.log:3: the line is no JSON (the first of its kind)\n');
  assert.equal(code, 1);
  const [first, ...others] = out.split('\n');
  assert.match(
    first ?? '',
    /^2026-01-02T03:04:05\.000Z error RAW_PEER_UNDECLARED shop\/web\[Pod\] => broker main\/0 TCP 9092: .* \(flows\.log:2\); /,
  );
  assert.ok(
    others.includes('flows.log (hubble): 4 lines, 3 flows, 1 not-json (first on line 3)'),
    out,
  );
  assert.ok(
    others.some(
      (line) => line.startsWith('error RAW_PEER_UNDECLARED') && line.includes(': 2 times'),
    ),
  );
});

test('nothing to tell but what was not seen is 0, and --fail-on makes it 1', async (t) => {
  const cwd = folder(t, { ...files, 'flows.log': hubble('lethe', 'raw') });
  const watch = [...args, '--manifests', 'pods.yaml', '--flows', 'flows.log'];
  assert.equal((await lethe(watch, { cwd })).code, 0);
  assert.equal((await lethe([...watch, '--fail-on', 'note'], { cwd })).code, 1);
});

test('standard input is read, and JSON is one object a line', async (t) => {
  const cwd = folder(t, files);
  const stdin = `${hubble('web', 'raw')}\n`;
  const watch = [...args, '--manifests', 'pods.yaml', '--flows', '-', '--output', 'json'];
  const { code, out } = await lethe(watch, { cwd, stdin });
  assert.equal(code, 1);
  const objects = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; code?: string });
  assert.deepEqual(
    objects.map(({ type }) => type),
    ['anomaly', 'summary'],
  );
  assert.equal(objects[0]?.code, 'RAW_PEER_UNDECLARED');
});

test('a watch that recognises nobody fails and says why', async (t) => {
  const cwd = folder(t, {
    ...files,
    'flows.log':
      '{"oob.family":2,"oob.prefix":"accept","ip.protocol":6,"src_ip":"10.0.0.1","dest_ip":"10.0.0.2","dest_port":9092}',
  });
  const { code, out, err } = await lethe([...args, '--flows', 'flows.log'], { cwd });
  assert.equal(code, 1);
  assert.match(err, /^Note: no pod has an address/);
  assert.match(out, /error PEERS_UNRESOLVED flows: 1 time\n/);
});

test('bad input is 2 with what to do', async (t) => {
  const cwd = folder(t, { ...files, 'flows.log': 'a\nb\n', 'empty.log': '\n' });
  const failing = async (expected: RegExp, ...more: readonly string[]): Promise<void> => {
    const { code, out, err } = await lethe([...args, ...more], { cwd });
    assert.equal(code, 2, err);
    assert.equal(out, '');
    assert.match(err, expected);
  };
  await failing(/FLOWS_FORMAT_UNKNOWN.*--format/, '--flows', 'flows.log');
  await failing(/FLOWS_NOT_UNDERSTOOD/, '--flows', 'flows.log', '--format', 'calico');
  await failing(/FLOWS_EMPTY/, '--flows', 'empty.log');
  await failing(/CLI_FILE_UNREADABLE/, '--flows', 'none.log');
  await failing(/CLI_OPTION_INVALID/, '--flows', 'flows.log', '--flows', 'flows.log');
  await failing(/CLI_OPTION_INVALID/, '--flows', '-', '--manifests', '-');
  await failing(/Write a number and a time/, '--flows', 'flows.log', '--burst', 'often');
  await failing(/Write a time/, '--flows', 'flows.log', '--silence', '0s');
  await failing(/Write a host and a port/, '--flows', 'flows.log', '--metrics', 'here');
});

test('a followed file is watched through its rotation, metrics are answered, and SIGINT sums up', async (t) => {
  const cwd = folder(t, { ...files, 'flows.log': `${hubble('lethe', 'raw')}\n` });
  const entry = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
  const watch = [
    ...args,
    '--manifests',
    'pods.yaml',
    '--flows',
    'flows.log',
    '--follow',
    '--metrics',
    '127.0.0.1:0',
  ];
  const child = spawn(process.execPath, [entry, ...watch], { cwd });
  t.after(() => child.kill('SIGKILL'));
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
  const until = async (pattern: RegExp, where: 'out' | 'err'): Promise<RegExpExecArray> => {
    for (let i = 0; i < 400; i += 1) {
      const found = pattern.exec(said[where]);
      if (found !== null) return found;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`nothing like ${pattern.source} in ${said[where]}`);
  };
  const [, port] = await until(/Metrics on port (\d+)/, 'err');
  const path = join(cwd, 'flows.log');
  appendFileSync(path, `${hubble('web', 'raw')}\n`);
  await until(/RAW_PEER_UNDECLARED shop\/web/, 'out');
  renameSync(path, `${path}.1`);
  writeFileSync(path, `${hubble('crm', 'raw')}\n`);
  await until(/RAW_PEER_UNDECLARED shop\/crm/, 'out');
  const response = await fetch(`http://127.0.0.1:${port ?? ''}/metrics`);
  assert.match(
    await response.text(),
    /lethe_network_anomalies_total\{code="RAW_PEER_UNDECLARED",severity="error"\} 2/,
  );
  child.kill('SIGINT');
  const [code] = (await once(child, 'close')) as [number];
  assert.equal(code, 1, said.err);
  assert.match(said.out, /declared flows seen: 1 of/);
});
