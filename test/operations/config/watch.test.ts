import assert from 'node:assert/strict';
import { mkdtempSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { watchPaths } from '../../../src/operations/config/watch.ts';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'lethe-watch-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function watching(t: TestContext, paths: readonly string[], interval = 60_000) {
  const state = { changes: 0 };
  const watcher = watchPaths({
    paths: () => paths,
    changed: () => {
      state.changes++;
    },
    debounce: 30,
    interval,
  });
  t.after(() => watcher.close());
  return state;
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!holds()) {
    assert.ok(performance.now() < deadline, 'waited in vain');
    await pause(10);
  }
}

const pause = (time: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, time));

test('a rewritten file is seen', async (t) => {
  const file = join(folder(t), 'lethe.yaml');
  writeFileSync(file, 'a');
  const state = watching(t, [file]);
  writeFileSync(file, 'bb');
  await until(() => state.changes === 1);
});

test('a file that is replaced by a rename is seen', async (t) => {
  const directory = folder(t);
  const file = join(directory, 'lethe.yaml');
  writeFileSync(file, 'a');
  const state = watching(t, [file]);
  writeFileSync(`${file}.new`, 'b');
  renameSync(`${file}.new`, file);
  await until(() => state.changes === 1);
});

test('the symbolic link swap of a mounted Secret is seen, for files and for key directories', async (t) => {
  const mount = folder(t);
  const put = (version: string, text: string): void => {
    mkdirSync(join(mount, version));
    writeFileSync(join(mount, version, 'lethe.yaml'), text);
    symlinkSync(version, join(mount, '..data_tmp'));
    renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
  };
  put('..one', 'a');
  symlinkSync('..data/lethe.yaml', join(mount, 'lethe.yaml'));
  const file = watching(t, [join(mount, 'lethe.yaml')]);
  const directory = watching(t, [mount]);
  put('..two', 'b');
  await until(() => file.changes === 1 && directory.changes === 1);
  put('..three', 'c');
  await until(() => file.changes === 2 && directory.changes === 2);
});

test('a key that is added to a watched directory is seen', async (t) => {
  const keys = folder(t);
  writeFileSync(join(keys, 'v1'), 'x');
  const state = watching(t, [keys]);
  writeFileSync(join(keys, 'v2'), 'y');
  await until(() => state.changes === 1);
});

test('changes that come together count once', async (t) => {
  const directory = folder(t);
  const files = ['a', 'b', 'c'].map((name) => join(directory, name));
  for (const file of files) writeFileSync(file, '1');
  const state = watching(t, files);
  for (const file of files) writeFileSync(file, '22');
  await until(() => state.changes > 0);
  await pause(150);
  assert.equal(state.changes, 1);
});

test('a file beside the watched one changes nothing', async (t) => {
  const directory = folder(t);
  const file = join(directory, 'lethe.yaml');
  writeFileSync(file, 'a');
  const state = watching(t, [file]);
  writeFileSync(join(directory, 'other'), 'b');
  await pause(150);
  assert.equal(state.changes, 0);
});

test('a file whose directory appears later is seen by the regular look', async (t) => {
  const directory = join(folder(t), 'later', 'deep');
  const file = join(directory, 'lethe.yaml');
  const state = watching(t, [file], 50);
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, 'a');
  await until(() => state.changes === 1);
});
