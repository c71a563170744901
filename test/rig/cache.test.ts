import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { installOnce } from './cache.ts';
import { scratch, type Scratch } from './scratch.ts';

let root: Scratch;
const before = process.env['LETHE_CACHE'];
beforeEach(() => {
  root = scratch('cache');
  process.env['LETHE_CACHE'] = root.path;
});
afterEach(() => {
  if (before === undefined) delete process.env['LETHE_CACHE'];
  else process.env['LETHE_CACHE'] = before;
  root.remove();
});

const say = (): void => undefined;

describe('what is installed once', () => {
  it('is made once by all who want it at the same time', async () => {
    let made = 0;
    const fill = async (into: string): Promise<void> => {
      made++;
      await sleep(20);
      writeFileSync(join(into, 'tool'), '');
    };
    const homes = await Promise.all([1, 2, 3].map(() => installOnce({ name: 'a-1', say, fill })));
    assert.deepEqual(new Set(homes), new Set([join(root.path, 'a-1')]));
    assert.equal(made, 1);
    assert.deepEqual(readdirSync(root.path), ['a-1']);
  });

  it('is not there at all when making it failed, and is tried again', async () => {
    const broken = { name: 'a-1', say, fill: () => Promise.reject(new Error('no network')) };
    await assert.rejects(installOnce(broken), { message: 'no network' });
    assert.deepEqual(readdirSync(root.path), []);
    const home = await installOnce({ name: 'a-1', say, fill: () => Promise.resolve() });
    assert.ok(existsSync(home));
  });

  it('takes over the lock of a process that is gone, and clears what it left', async () => {
    // No process has the highest number that Linux can give.
    const gone = 4_194_304;
    writeFileSync(join(root.path, '.a-1.lock'), String(gone));
    mkdirSync(join(root.path, `.a-1-${gone}`));
    await installOnce({ name: 'a-1', say, fill: () => Promise.resolve() });
    assert.deepEqual(readdirSync(root.path), ['a-1']);
  });
});
