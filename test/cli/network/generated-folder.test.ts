import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeGenerated } from '../../../src/cli/network/generated-folder.ts';
import { marker } from '../../../src/isolation/policies/manifest.ts';
import { folder } from '../lethe.ts';

const file = (path: string, text = `${marker}\na: 1\n`) => ({ path, text });
const names = (at: string): readonly string[] =>
  readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .toSorted();

test('a folder is made where there is none, and holds whole files only', async (t) => {
  const at = join(folder(t, {}), 'new', 'policies');
  await writeGenerated(at, [file('a.yaml'), file('in/b.yaml')]);
  assert.deepEqual(names(at), ['a.yaml', 'b.yaml']);
  assert.equal(readFileSync(join(at, 'a.yaml'), 'utf8'), `${marker}\na: 1\n`);
});

test('generated files that are no longer wanted go, foreign ones stay', async (t) => {
  const at = folder(t, { 'mine.yaml': 'a: 1\n', 'notes.txt': 'keep' });
  await writeGenerated(at, [file('a.yaml'), file('in/b.yaml'), file('acls.json', '{}\n')]);
  await writeGenerated(at, [file('c.yaml')]);
  assert.deepEqual(names(at), ['c.yaml', 'mine.yaml', 'notes.txt']);
});

test('a generated file without a comment that somebody changed is no longer ours', async (t) => {
  const at = folder(t, {});
  await writeGenerated(at, [file('acls.json', '{}\n')]);
  writeFileSync(join(at, 'acls.json'), '{"changed": true}\n');
  await writeGenerated(at, [file('c.yaml')]);
  assert.ok(existsSync(join(at, 'acls.json')));
  await assert.rejects(writeGenerated(at, [file('acls.json', '{}\n')]), {
    code: 'CLI_FILE_UNWRITABLE',
  });
});

test('a foreign file of the same name is refused before anything is written', async (t) => {
  const at = folder(t, { 'b.yaml': 'a: 1\n' });
  await assert.rejects(writeGenerated(at, [file('a.yaml'), file('b.yaml')]), {
    code: 'CLI_FILE_UNWRITABLE',
    message: /"b\.yaml"/,
  });
  assert.deepEqual(names(at), ['b.yaml']);
  assert.equal(readFileSync(join(at, 'b.yaml'), 'utf8'), 'a: 1\n');
});

test('without pruning nothing goes, and it is known as ours later', async (t) => {
  const at = folder(t, {});
  await writeGenerated(at, [file('a.yaml'), file('acls.json', '{}\n')]);
  await writeGenerated(at, [file('plan/b.yaml')], { prune: false });
  assert.deepEqual(names(at), ['a.yaml', 'acls.json', 'b.yaml']);
  await writeGenerated(at, [file('a.yaml')]);
  assert.deepEqual(names(at), ['a.yaml']);
});

test('a file where the folder should be is refused', async (t) => {
  const at = folder(t, { file: 'x' });
  await assert.rejects(writeGenerated(join(at, 'file'), [file('a.yaml')]), {
    code: 'CLI_FILE_UNWRITABLE',
  });
});
