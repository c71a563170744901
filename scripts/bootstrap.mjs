// What `demo` and `test` share: from a bare checkout to a script under the Node that package-lock.json pins.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules', '.bin');

/** True when node_modules holds exactly what package-lock.json says. npm writes what it installed into a lockfile of its own. */
function installed() {
  const receipt = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(receipt) || !existsSync(join(bin, 'node'))) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const found = JSON.parse(readFileSync(receipt, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || optional === true || found[path]?.version === version,
  );
}

/** Runs `npm ci` when node_modules is missing or out of date. */
export async function install() {
  if (installed()) return;
  console.log('installing dependencies: npm ci');
  const code = await run('npm', ['ci', '--no-audit', '--no-fund']);
  if (code !== 0) {
    throw new Error('Cannot install dependencies: "npm ci" failed, see its output above');
  }
}

/** Runs a TypeScript file under the pinned Node with the tools of node_modules first in PATH. */
export async function handOver(script, args) {
  await install();
  return run(join(bin, 'node'), [join(root, script), ...args]);
}

/** Runs a command with its streams on ours. Signals go to the child, which cleans up and ends. */
export function run(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, ...env },
    });
    // A terminal sends Ctrl-C to the child as well: here it only must not end this process first.
    const ignore = () => undefined;
    const forward = () => child.kill('SIGTERM');
    process.on('SIGINT', ignore);
    process.on('SIGTERM', forward);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('SIGINT', ignore);
      process.off('SIGTERM', forward);
      resolve(signal === null ? (code ?? 1) : 1);
    });
  });
}
