import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Puts the files of Debian packages into a folder, without their dependencies and without running their scripts: what is installed in the
 * system stays as it is.
 *
 * @throws Error where the packages can't be had.
 */
export async function unpackPackages(packages: readonly string[], into: string): Promise<void> {
  const archives = join(into, '.archives');
  mkdirSync(archives);
  try {
    await download(packages, archives);
    for (const archive of readdirSync(archives))
      await run('dpkg-deb', ['--extract', join(archives, archive), into]);
  } finally {
    rmSync(archives, { recursive: true });
  }
}

async function download(packages: readonly string[], cwd: string): Promise<void> {
  try {
    await run('apt-get', ['update', '-q']);
    // Root's downloads go through a user without rights, who can't write here.
    await run('apt-get', ['download', '-q', '-o', 'APT::Sandbox::User=root', ...packages], { cwd });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new Error(
      `Cannot download the Debian packages ${packages.join(', ')}; check the network and the sources of apt:\n${stderr.trimEnd()}`,
      { cause: error },
    );
  }
}
