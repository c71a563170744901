import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { digest, KUBERNETES_VERSION } from './go-tools.ts';
import { scratch } from './scratch.ts';

const SOURCES = join(import.meta.dirname, 'go');

describe('the sources of Go tools', () => {
  it('agree about the version of Kubernetes', () => {
    for (const tool of ['kubernetes', 'definitions'])
      assert.match(
        readFileSync(join(SOURCES, tool, 'go.mod'), 'utf8'),
        new RegExp(`^\\tk8s.io/kubernetes ${KUBERNETES_VERSION}$`, 'm'),
      );
  });

  it('pin every module by its sum', () => {
    for (const tool of readdirSync(SOURCES))
      assert.match(readFileSync(join(SOURCES, tool, 'go.sum'), 'utf8'), / h1:/);
  });

  it('decide about the name of what is built', () => {
    const folder = scratch('go-tools');
    const source = mkdtempSync(join(folder.path, 'tool-'));
    writeFileSync(join(source, 'go.sum'), 'a');
    const first = digest(source, ['-trimpath']);
    assert.equal(digest(source, ['-trimpath']), first);
    assert.notEqual(digest(source, []), first);
    writeFileSync(join(source, 'go.sum'), 'b');
    assert.notEqual(digest(source, ['-trimpath']), first);
    folder.remove();
  });
});
