// The inner loop: format, lint, types, unit tests. Everything that needs no broker; aims at well under three minutes.
import { spawnSync } from 'node:child_process';
import { glob } from 'node:fs/promises';

const unit = [];
for await (const file of glob('test/**/*.test.ts')) {
  if (!file.startsWith('test/broker/')) unit.push(file);
}

const steps = [
  ['prettier', '--check', '--log-level', 'warn', '.'],
  ['eslint', '--cache', '--cache-location', 'node_modules/.cache/eslint/', '.'],
  ['tsc', '--noEmit'],
  ['node', '--test', '--test-reporter=dot', ...unit.sort()],
];

for (const [command, ...args] of steps) {
  const started = Date.now();
  const { status } = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, PATH: `node_modules/.bin:${process.env.PATH}` },
  });
  console.log(
    `${command}: ${status === 0 ? 'ok' : 'failed'} (${((Date.now() - started) / 1000).toFixed(1)} s)`,
  );
  if (status !== 0) process.exit(1);
}
