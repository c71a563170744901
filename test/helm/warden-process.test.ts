import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../cli/lethe.ts';
import { execute } from '../rig/execute.ts';
import { chartFolder, listAt, only, render } from './chart.ts';

const root = join(chartFolder, '..', '..');

const config = `
kafka: { main: { bootstrapServers: ["127.0.0.1:9"] } }
registry: { url: "http://127.0.0.1:9" }
keys: { directory: keys, current: one }
rules: { tags: { PII: { technique: pseudonymize } } }
routes: [{ name: a, from: { topic: raw }, to: { topic: public }, key: { type: string, technique: keep } }]
isolation: { mode: brokers }
`;

test('the warden loads under the flags that the chart gives it, which allow neither threads nor addons', async (t) => {
  const settings = folder(t, { 'lethe.yaml': config });
  const objects = await render({ values: ['warden-observe-values.yaml'] });
  const command = listAt(
    only(objects, 'Deployment'),
    ...['spec', 'template', 'spec', 'containers', 0, 'command'],
  ).map(String);
  assert.deepEqual([command.at(0), command.at(-1)], ['/app/node', '/app/dist/main.js']);
  const flags = command
    .slice(1, -1)
    .map((flag) => flag.replace(/=\/app$/, `=${root}`).replace('/etc/lethe', settings));
  assert.ok(!flags.some((flag) => /worker|addons|write/.test(flag)));
  const { err } = await execute(
    [
      ...([process.execPath, ...flags, join(root, 'src', 'main.ts'), 'warden'] as const),
      ...['--config', join(settings, 'lethe.yaml')],
      // It ends where there is no cluster; everything is loaded by then.
      ...['--kubeconfig', join(settings, 'none.yaml')],
    ],
    { env: {} },
  );
  assert.match(err, /KUBECONFIG_INVALID/);
  assert.doesNotMatch(err, /Warning|EvalError|ACCESS_DENIED/);
});
