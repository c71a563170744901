import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';

const root = join(import.meta.dirname, '..', '..', '..', 'src', 'assurance', 'leak-audit');

it('the auditor takes plans from the engine that it judges, and none of its code for records', () => {
  const files = globSync('**/*.ts', { cwd: root });
  assert.ok(files.length > 20);
  for (const file of files) {
    const imports = [...readFileSync(join(root, file), 'utf8').matchAll(/from '([^']+)'/g)];
    for (const [, from = ''] of imports)
      assert.doesNotMatch(from, /anonymization\/(formats|techniques|crypto)|^avsc$/, file);
  }
});
