/** What the network lab needs of the operating system, installed by its package manager where it is missing. */
import { execFile } from 'node:child_process';
import { accessSync, constants, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A file that each package brings: a program of PATH, or a pattern below `/`. */
const packages: Readonly<Record<string, string>> = {
  iproute2: 'ip',
  iptables: 'iptables',
  nftables: 'nft',
  ipset: 'ipset',
  conntrack: 'conntrack',
  ulogd2: 'ulogd',
  'ulogd2-json': '/usr/lib/*/ulogd/ulogd_output_JSON.so',
  buildah: 'buildah',
  gcc: 'gcc',
  'libc6-dev': '/usr/lib/*/libc.a',
  'default-jdk-headless': 'jlink',
};

/** PATH with the folders of administration programs, which a user's own may lack. */
export const administrationPath = [process.env['PATH'] ?? '', '/usr/sbin', '/sbin'].join(delimiter);

/** Installs the packages that are missing. @throws Error that names them where that can't be done. */
export async function installPackages(
  say: (line: string) => void = () => undefined,
): Promise<void> {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const remedy = `as root: apt-get install ${missing.join(' ')}`;
  if (process.getuid?.() !== 0)
    throw new Error(`The network lab needs Debian packages that are missing; ${remedy}`);
  say(`installing Debian packages: ${missing.join(' ')}`);
  const started = performance.now();
  const env = { ...process.env, PATH: administrationPath, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await run('apt-get', ['update', '-q'], { env, maxBuffer: 16 << 20 });
    await run('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...missing], {
      env,
      maxBuffer: 16 << 20,
    });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new Error(`Cannot install Debian packages; ${remedy}:\n${stderr.trimEnd()}`, {
      cause: error,
    });
  }
  const still = missingPackages();
  if (still.length > 0) throw new Error(`Installed in vain: ${still.join(' ')} still missing`);
  say(`installed Debian packages (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}

/** Names of the packages whose files aren't there. */
export function missingPackages(): readonly string[] {
  return Object.entries(packages)
    .filter(([, file]) => (file.startsWith('/') ? globSync(file).length === 0 : !program(file)))
    .map(([name]) => name);
}

function program(name: string): boolean {
  return administrationPath.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
