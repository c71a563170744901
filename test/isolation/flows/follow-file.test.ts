import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { followFile } from '../../../src/isolation/flows/follow-file.ts';

/** A file that is followed; every sleep runs the next step, and the stream ends after the last one. */
async function followed(
  t: TestContext,
  begin: string,
  steps: readonly ((path: string) => void)[],
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lethe-follow-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'flows.log');
  writeFileSync(path, begin);
  const end = new AbortController();
  const rest = [...steps];
  const sleep = (): Promise<void> => {
    const step = rest.shift();
    if (step === undefined) end.abort();
    else step(path);
    return Promise.resolve();
  };
  const parts: Buffer[] = [];
  for await (const part of followFile(path, { signal: end.signal, sleep }))
    parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString();
}

test('what is added comes too', async (t) => {
  const text = await followed(t, 'a\n', [
    (path) => appendFileSync(path, 'b\nc'),
    () => undefined,
    (path) => appendFileSync(path, 'd\n'),
  ]);
  assert.equal(text, 'a\nb\ncd\n');
});

test('a file that is moved away is read to its end, then the new one from its beginning', async (t) => {
  const text = await followed(t, 'a\n', [
    (path) => {
      appendFileSync(path, 'late\ncut');
      renameSync(path, `${path}.1`);
    },
    (path) => writeFileSync(path, 'new\n'),
    (path) => appendFileSync(path, 'more\n'),
  ]);
  assert.equal(text, 'a\nlate\ncut\nnew\nmore\n');
});

test('a file that is cut is read anew', async (t) => {
  const text = await followed(t, 'a long line\nhalf', [
    (path) => {
      truncateSync(path, 0);
      appendFileSync(path, 'new\n');
    },
  ]);
  assert.equal(text, 'a long line\nhalf\nnew\n');
});

test('a file larger than a piece comes whole', async (t) => {
  const long = 'x'.repeat(200_000);
  assert.equal(await followed(t, long, []), long);
});

test('a file that is not there, and a folder, are refused', async () => {
  const options = { signal: new AbortController().signal, sleep: () => Promise.resolve() };
  for (const path of ['/no/such/file', tmpdir()])
    await assert.rejects(followFile(path, options).next(), { code: 'FLOWS_UNREADABLE' });
});
