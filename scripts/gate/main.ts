/** The gate: everything that must hold before a change goes in. `--quick` leaves out what needs a broker, a build or minutes. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installClusterTools } from '../../test/rig/cluster-tools.ts';
import { installImageTools } from '../../test/rig/images/images.ts';
import { installRigs } from '../../test/rig/install.ts';
import { command } from './command.ts';
import { staleFiles } from './generated.ts';
import { leftovers } from './leftovers.ts';
import { runSuite, testFiles, type Counts } from './suite.ts';

const quick = process.argv.includes('--quick');
const inCi = process.env['CI'] === 'true';
const VECTORS = join('..', 'shared', 'vectors');
const FUZZ_RECORDS = '1000000';
const MUTATIONS = '800';

const folder = mkdtempSync(join(tmpdir(), 'lethe-gate-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
/** Temporary files of all steps go here, so that what is left at the end can be seen. */
const temporary = join(folder, 'tmp');
mkdirSync(temporary);

const total = { passed: 0, failed: 0, skipped: 0, broken: false };

async function step(name: string, work: () => Promise<boolean>): Promise<void> {
  // What follows a broken step would only repeat its errors.
  if (total.broken) return;
  const started = performance.now();
  const holds = await work().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return false;
  });
  console.log(
    `${name}: ${holds ? 'ok' : 'failed'} (${((performance.now() - started) / 1000).toFixed(1)} s)`,
  );
  if (!holds) total.broken = true;
}

const tool = (name: string, ...args: readonly string[]) =>
  step(name, async () => (await command(name, args)) === 0);

const suite = (name: string, run: () => Promise<Counts>) =>
  step(name, async () => {
    const counts = await run();
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
    console.log(
      `\n${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`,
    );
    if (inCi && counts.skipped > 0) {
      console.error('In CI no test may be skipped');
      return false;
    }
    return counts.failed === 0 && counts.passed > 0;
  });

if (!quick) {
  await step('vectors', () => {
    if (existsSync(VECTORS) || !inCi) return Promise.resolve(true);
    throw new Error(`Put the test vectors beside the checkout: ${VECTORS} is missing`);
  });
  await step('rigs', () => installRigs((line) => console.log(line)).then(() => true));
  await step('cluster tools', () =>
    installClusterTools((line) => console.log(line)).then(() => true),
  );
  await step('images', () => installImageTools((line) => console.log(line)).then(() => true));
}
await tool('prettier', '--check', '--log-level', 'warn', '.');
await tool('eslint', '--cache', '--cache-location', 'node_modules/.cache/eslint/', '.');
await tool('tsc', '--noEmit');
await suite('unit tests', () =>
  runSuite({
    files: testFiles('unit'),
    scratch: folder,
    env: {
      TMPDIR: temporary,
      ...(quick ? {} : { LETHE_FUZZ_RECORDS: FUZZ_RECORDS, LETHE_MUTATIONS: MUTATIONS }),
    },
  }),
);
if (!quick) {
  await step('generated files', async () => {
    const stale = await staleFiles();
    for (const file of stale) console.error(`Run "npm run generate" and commit: ${file}`);
    return stale.length === 0;
  });
  await step('build', async () => {
    rmSync('dist', { recursive: true, force: true });
    return (
      (await command('tsc', ['-p', 'tsconfig.build.json'])) === 0 &&
      (await command('node', ['dist/main.js', '--help'])) === 0
    );
  });
  await suite('differential tests', () =>
    runSuite({
      files: testFiles('differential'),
      scratch: folder,
      env: { TMPDIR: temporary },
    }),
  );
  await suite('chart tests', () =>
    runSuite({
      files: testFiles('helm'),
      scratch: folder,
      env: { TMPDIR: temporary },
    }),
  );
  await suite('image tests', () =>
    runSuite({
      files: testFiles('image'),
      scratch: folder,
      flags: ['--test-concurrency=1', '--test-timeout=600000'],
      env: { TMPDIR: temporary },
    }),
  );
  await suite('broker tests', () =>
    runSuite({
      files: testFiles('broker'),
      scratch: folder,
      // One after the other: brokers and the service need the processors to themselves.
      flags: ['--test-concurrency=1', '--test-timeout=600000'],
      env: { TMPDIR: temporary, LETHE_BUILT: '1' },
    }),
  );
  await suite('Kubernetes tests', () =>
    runSuite({
      files: testFiles('kubernetes'),
      scratch: folder,
      flags: ['--test-concurrency=1', '--test-timeout=600000'],
      env: { TMPDIR: temporary },
    }),
  );
  await suite('cluster tests', () =>
    runSuite({
      files: testFiles('cluster'),
      scratch: folder,
      // One after the other, as the broker tests.
      flags: ['--test-concurrency=1', '--test-timeout=600000'],
      env: { TMPDIR: temporary },
    }),
  );
}
await step('nothing left behind', () => {
  const found = leftovers(temporary);
  for (const one of found) console.error(`Left behind: ${one}`);
  return Promise.resolve(found.length === 0);
});

if (total.passed === 0) total.broken = true;
if (total.broken && total.failed === 0) total.failed = 1;
if (total.skipped > 0) console.log(`${total.skipped} skipped`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.broken ? 1 : 0;
