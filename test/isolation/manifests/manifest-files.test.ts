import assert from 'node:assert/strict';
import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { readManifests } from '../../../src/isolation/manifests/manifest-files.ts';
import { workloadLabel } from '../../../src/isolation/manifests/objects.ts';
import { pod } from '../reachability/scene.ts';

describe('manifest files', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lethe-manifests-'));
    await mkdir(join(folder, 'deep'));
    await writeFile(join(folder, 'one.yaml'), pod('a/one'));
    await writeFile(join(folder, 'deep', 'two.YML'), pod('a/two'));
    await writeFile(join(folder, 'three.json'), '{"kind":"Pod","metadata":{"name":"three"}}');
    await writeFile(join(folder, 'notes.txt'), pod('a/four'));
    await symlink(folder, join(folder, 'deep', 'ring.yaml'));
    await symlink(join(folder, 'one.yaml'), join(folder, 'deep', 'link.yaml'));
  });
  after(async () => {
    await rm(folder, { recursive: true });
  });

  it('are found in folders by their names; links to folders are not followed', async () => {
    const { workloads, complaints } = await readManifests([folder]);
    assert.deepEqual(workloads.map(workloadLabel), [
      'a/one[Pod]',
      'a/two[Pod]',
      'default/three[Pod]',
    ]);
    assert.deepEqual(
      complaints.map(({ code }) => code),
      ['DUPLICATE_OBJECT'],
    );
  });

  it('may have any name where they are named', async () => {
    const { workloads } = await readManifests([join(folder, 'notes.txt')]);
    assert.deepEqual(workloads.map(workloadLabel), ['a/four[Pod]']);
  });

  it('are missed with an error', async () => {
    const { complaints } = await readManifests([join(folder, 'nowhere'), '/dev/null']);
    assert.deepEqual(
      complaints.map(({ severity, code }) => `${severity} ${code}`),
      ['error UNREADABLE', 'error UNREADABLE'],
    );
  });

  it('are bounded in size and number', async () => {
    const small = await readManifests([folder], { limits: { file: 60 } });
    assert.ok(small.complaints.some(({ code }) => code === 'TOO_LARGE'));
    const few = await readManifests([folder], { limits: { files: 1 } });
    assert.deepEqual(few.complaints.map(({ code }) => code).slice(0, 1), ['TOO_LARGE']);
    assert.equal(few.workloads.length, 1);
  });

  it('come from a stream, too, alone or beside files, up to the limit', async () => {
    const two = Readable.from([pod('a/one'), '\n---\n', pod('a/two')]);
    assert.equal((await readManifests(['-'], { stdin: two })).workloads.length, 2);
    const before = (await readManifests([folder])).workloads.length;
    const beside = await readManifests([folder, '-'], { stdin: Readable.from([pod('x/one')]) });
    assert.equal(beside.workloads.length, before + 1);
    const stdin = Readable.from([pod('a/one')]);
    const cut = await readManifests(['-'], { stdin, limits: { file: 9 } });
    assert.deepEqual(
      cut.complaints.map(({ code }) => code),
      ['TOO_LARGE'],
    );
  });
});
