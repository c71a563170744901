import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import {
  createKey,
  listKeys,
  parseRootKey,
  readKeyDirectory,
  rotateKey,
} from '../../../src/anonymization/crypto/key-directory.ts';

async function emptyDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'lethe-keys-'));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}

const key = Uint8Array.from({ length: 32 }, (_, i) => i + 1);

test('a created key can be read back and is for its owner only', async (t) => {
  const directory = join(await emptyDirectory(t), 'keys');
  await createKey(directory, '2026-11');
  await rotateKey(directory, '2026-12');
  const { keys, files } = await readKeyDirectory(directory);
  assert.deepEqual([...keys.keys()], ['2026-11', '2026-12']);
  assert.equal(keys.get('2026-11')!.length, 32);
  assert.notDeepEqual(keys.get('2026-11'), keys.get('2026-12'));
  assert.deepEqual(
    files.map(({ version, worldReadable }) => ({ version, worldReadable })),
    [
      { version: '2026-11', worldReadable: false },
      { version: '2026-12', worldReadable: false },
    ],
  );
  assert.equal((await stat(join(directory, '2026-11'))).mode & 0o777, 0o600);
  assert.equal((await stat(directory)).mode & 0o777, 0o700);
  assert.ok(files[0]!.modified instanceof Date);
});

test('key bytes come from the given source', async (t) => {
  const directory = await emptyDirectory(t);
  await createKey(directory, 'v1', () => Uint8Array.from(key));
  assert.deepEqual((await readKeyDirectory(directory)).keys.get('v1'), key);
});

test('a key is never overwritten', async (t) => {
  const directory = await emptyDirectory(t);
  await createKey(directory, 'v1');
  const before = await readFile(join(directory, 'v1'));
  await assert.rejects(createKey(directory, 'v1'), { code: 'KEY_VERSION_EXISTS' });
  await assert.rejects(rotateKey(directory, 'v1'), { code: 'KEY_VERSION_EXISTS' });
  assert.deepEqual(await readFile(join(directory, 'v1')), before);
});

test('a mounted Secret is read through its links, dot entries and folders passed over', async (t) => {
  const directory = await emptyDirectory(t);
  await mkdir(join(directory, '..2026_11_01'));
  await writeFile(join(directory, '..2026_11_01', 'v1'), key, { mode: 0o644 });
  await symlink('..2026_11_01', join(directory, '..data'));
  await symlink('..data/v1', join(directory, 'v1'));
  await mkdir(join(directory, 'lost+found'));
  await chmod(join(directory, '..2026_11_01', 'v1'), 0o644);
  const { keys, files } = await readKeyDirectory(directory);
  assert.deepEqual([...keys], [['v1', key]]);
  assert.equal(files[0]!.worldReadable, true);
});

test('keys may be written as hexadecimal or base64 text', () => {
  const buffer = Buffer.from(key);
  for (const text of [
    buffer.toString('hex'),
    `${buffer.toString('hex').toUpperCase()}\n`,
    buffer.toString('base64'),
    `${buffer.toString('base64')}\r\n`,
    buffer.toString('base64url'),
  ]) {
    assert.deepEqual(parseRootKey('v1', Buffer.from(text)), key);
  }
  assert.deepEqual(parseRootKey('v1', key), key);
});

test('a key of another size is refused without showing it', () => {
  for (const content of ['', 'secret', 'ab'.repeat(31), 'ab'.repeat(33), 'z'.repeat(64)]) {
    assert.throws(
      () => parseRootKey('v1', Buffer.from(content)),
      (error: Error & { code: string }) =>
        error.code === 'KEY_SIZE_INVALID' && (content === '' || !error.message.includes(content)),
    );
  }
});

test('a directory that is empty, missing or not a directory is refused', async (t) => {
  const directory = await emptyDirectory(t);
  await assert.rejects(readKeyDirectory(directory), { code: 'KEY_MISSING' });
  await assert.rejects(rotateKey(directory, 'v1'), { code: 'KEY_MISSING' });
  const missing = join(directory, 'missing');
  await assert.rejects(readKeyDirectory(missing), { code: 'KEY_DIRECTORY_UNREADABLE' });
  await writeFile(join(directory, 'file'), 'x');
  await assert.rejects(listKeys(join(directory, 'file')), { code: 'KEY_DIRECTORY_UNREADABLE' });
  await assert.rejects(createKey(join(directory, 'file'), 'v1'), {
    code: 'KEY_DIRECTORY_UNWRITABLE',
  });
});

test(
  'a directory that takes no file is refused',
  { skip: process.platform !== 'linux' },
  async () => {
    await assert.rejects(createKey('/proc/self', 'v1'), { code: 'KEY_DIRECTORY_UNWRITABLE' });
  },
);

test('a version is a plain name', async (t) => {
  const directory = await emptyDirectory(t);
  for (const version of ['', '.', '../x', 'a/b', '-a', 'a b', 'x'.repeat(64)]) {
    await assert.rejects(createKey(directory, version), { code: 'KEY_VERSION_INVALID' });
  }
  await writeFile(join(directory, 'old key'), key);
  await assert.rejects(listKeys(directory), { code: 'KEY_VERSION_INVALID' });
});
