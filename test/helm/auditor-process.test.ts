import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../cli/lethe.ts';
import { execute } from '../rig/execute.ts';
import { chartFolder, listAt, only, render } from './chart.ts';

const root = join(chartFolder, '..', '..');

const config = `
kafka: { main: { bootstrapServers: ["127.0.0.1:9"] } }
registry: { url: "http://127.0.0.1:9", retries: 0 }
keys: { directory: keys, current: one }
rules: { tags: { PII: { technique: pseudonymize } } }
routes: [{ name: a, from: { pattern: "raw.*" }, to: { topic: public }, key: { type: string, technique: keep } }]
`;

test('the auditor loads under the flags that the chart gives it, which allow no thread and no file to be written', async (t) => {
  const settings = folder(t, { 'lethe.yaml': config });
  const objects = await render({ values: ['auditor-values.yaml'] });
  const command = listAt(
    only(objects, 'Deployment'),
    ...['spec', 'template', 'spec', 'containers', 0, 'command'],
  ).map(String);
  assert.deepEqual([command.at(0), command.at(-1)], ['/app/node', '/app/dist/main.js']);
  const flags = command.slice(1, -1).map((flag) =>
    flag
      .replace(/=\/app$/, `=${root}`)
      .replace('=/app/without', `=${join(root, 'image')}/without`)
      .replace('/etc/lethe', settings),
  );
  assert.ok(!flags.some((flag) => /worker|write|wasi|child/.test(flag)));
  const { code, err } = await execute(
    [
      ...([process.execPath, ...flags, join(root, 'src', 'main.ts'), 'audit'] as const),
      // It ends where there is no registry; everything is loaded by then.
      ...['--config', join(settings, 'lethe.yaml'), '--once'],
    ],
    { env: {} },
  );
  assert.equal(code, 1, err);
  assert.match(err, /REGISTRY_UNREACHABLE/);
  assert.doesNotMatch(err, /Warning|EvalError|ACCESS_DENIED/);
});
