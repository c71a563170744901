import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

const root = join(import.meta.dirname, '..', '..');
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');

/** The entry point of the image, as a list. */
const entryPoint = (): readonly string[] => {
  const [, list = ''] = /^ENTRYPOINT (\[[^\]]*\])/m.exec(dockerfile) ?? [];
  return JSON.parse(list.replaceAll('\\\n', '')) as readonly string[];
};

/** Flags of the image for a checkout: /app is the tree, /etc/lethe a folder of the test. */
function flags(settings: string): readonly string[] {
  return entryPoint()
    .slice(1, -1)
    .map((flag) =>
      flag
        .replace('/app/without', `${root}/image/without`)
        .replace(/=\/app$/, `=${root}`)
        .replace('/etc/lethe', settings),
    );
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'lethe-image-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

function node(
  args: readonly string[],
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env: {} }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

const config = `
kafka: { main: { bootstrapServers: ["127.0.0.1:9"] } }
registry: { url: "http://127.0.0.1:9" }
keys: { directory: keys, current: one }
rules: { tags: { PII: { technique: pseudonymize } } }
routes: [{ name: a, from: { topic: raw }, to: { topic: public }, key: { type: string, technique: keep } }]
`;

test('the service loads under the flags of the image, with everything it needs of Kafka', async (t) => {
  const settings = folder(t);
  writeFileSync(join(settings, 'lethe.yaml'), config);
  const run = ['run', '--config', join(settings, 'lethe.yaml'), '--check'];
  const { code, out, err } = await node([...flags(settings), join(root, 'src', 'main.ts'), ...run]);
  assert.equal(code, 0, err);
  assert.match(out, /"routes"/);
});

test('without the stand-ins it would not: the image still needs them', async (t) => {
  const settings = folder(t);
  writeFileSync(join(settings, 'lethe.yaml'), config);
  const without = flags(settings).filter((flag) => !flag.startsWith('--import='));
  const run = ['run', '--config', join(settings, 'lethe.yaml'), '--check'];
  const { code, err } = await node([...without, join(root, 'src', 'main.ts'), ...run]);
  assert.notEqual(code, 0);
  assert.match(err, /EvalError/);
});

const tries = `
import { readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { isMainThread, Worker } from 'node:worker_threads';
import { crc32c } from '@node-rs/crc32';
import { compressSync } from 'snappy';
import * as lz4 from 'lz4-napi';
const attempt = (name, act) => {
  try { act(); console.log(name, 'works'); } catch (error) { console.log(name, error.code ?? error.name); }
};
attempt('addons', () => { crc32c('a'); compressSync('a'); lz4.compressSync('a'); });
attempt('code', () => new Function('return 1')());
attempt('read', () => readFileSync('/etc/hostname'));
attempt('environment', () => readFileSync('/proc/self/environ'));
attempt('memory', () => readFileSync('/proc/self/status'));
attempt('write', () => writeFileSync(new URL('written', import.meta.url), ''));
attempt('run', () => execFileSync('/bin/true'));
if (isMainThread) await new Promise((end) => new Worker(new URL(import.meta.url)).on('exit', end));
`;

test('what the service does not need is denied, in threads as well', async (t) => {
  const settings = folder(t);
  const scratch = join(root, '.lethe', 'image-test');
  mkdirSync(scratch, { recursive: true });
  t.after(() => rmSync(scratch, { recursive: true }));
  writeFileSync(join(scratch, 'tries.mjs'), tries);
  const { code, out, err } = await node([...flags(settings), join(scratch, 'tries.mjs')]);
  assert.equal(code, 0, err);
  const each = [
    'addons works',
    'code EvalError',
    'read ERR_ACCESS_DENIED',
    'environment ERR_ACCESS_DENIED',
    'memory works',
    'write ERR_ACCESS_DENIED',
    'run ERR_ACCESS_DENIED',
  ];
  assert.deepEqual(out.trim().split('\n'), [...each, ...each]);
});

test('base images are pinned by digest and can be replaced', () => {
  for (const name of ['BUILD_IMAGE', 'RUNTIME_IMAGE'])
    assert.match(dockerfile, new RegExp(`^ARG ${name}=\\S+@sha256:[0-9a-f]{64}$`, 'm'));
  const from = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  assert.deepEqual(from, ['${BUILD_IMAGE}', 'packages', 'packages', '${RUNTIME_IMAGE}']);
});

test('the image runs as somebody else than root and starts without a shell', () => {
  assert.match(dockerfile, /^USER 65532:65532$/m);
  assert.equal(entryPoint()[0], '/app/node');
  assert.equal(entryPoint().at(-1), '/app/dist/main.js');
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
  assert.doesNotMatch(last, /^RUN /m);
});

test('everything that is copied into a builder is let through, and nothing else', () => {
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8');
  const allowed = [...ignored.matchAll(/^!(\S+)$/gm)].map(([, path = '']) => path);
  assert.match(ignored, /^\*$/m);
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, paths = '']) =>
    paths.split(' '),
  );
  for (const path of copied) {
    assert.ok(existsSync(join(root, path)), path);
    assert.ok(
      allowed.some((one) => path === one || path.startsWith(`${one}/`)),
      path,
    );
  }
  assert.deepEqual(
    allowed.filter((one) => !copied.some((path) => path === one || path.startsWith(`${one}/`))),
    [],
  );
});
