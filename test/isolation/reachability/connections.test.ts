import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { renderConnections } from '../../../src/isolation/reachability/connections.ts';
import { Reachability } from '../../../src/isolation/reachability/reachability.ts';
import { readManifests } from '../../../src/isolation/manifests/manifest-files.ts';
import { vectors } from './vectors.ts';

describe('the list of connections', () => {
  const root = join(vectors, 'reachability');
  const cases = readdirSync(root, { withFileTypes: true }).filter((one) => one.isDirectory());

  it('has all of the outside judge’s cases at hand', () => {
    assert.equal(cases.length, 20);
  });

  for (const { name } of cases)
    it(`equals netpol-analyzer's byte for byte: ${name}`, async () => {
      const manifests = await readManifests([join(root, name, 'manifests')]);
      assert.deepEqual(manifests.complaints, []);
      const list = [...renderConnections(new Reachability(manifests))].join('');
      assert.equal(list, readFileSync(join(root, name, 'connections.txt'), 'utf8'));
    });
});
