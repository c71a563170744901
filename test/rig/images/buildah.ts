/** Images without a Docker engine: Debian's buildah, with a storage of its own. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { administrationPath } from '../debian-packages.ts';
import { execute } from '../execute.ts';

const run = promisify(execFile);

export interface Build {
  /** Such as `localhost/kafka:1`. */
  readonly name: string;
  /** Folder that COPY takes from. */
  readonly context: string;
  readonly dockerfile: string;
  /** Values of ARG. An image out of an archive is `docker-archive:<path>`. */
  readonly values?: Readonly<Record<string, string>>;
  /** More flags of `buildah build`: what commands of the build see of the machine. */
  readonly flags?: readonly string[];
  /** Folder that keeps layers for the next build; without it there is nothing to gain, and nothing is kept. */
  readonly layers?: string;
  /** Folder for everything else that this makes. */
  readonly into: string;
}

/** Layers after which a kept storage starts anew: a rebuild adds about ten, of some megabytes in all. */
const MOST_LAYERS = 400;

/**
 * Builds an image with all its stages. Commands of RUN have a root file system of their own and the network of the machine.
 *
 * @returns path of an archive that `docker load` and `ctr images import` take; its layers aren't compressed.
 * @throws Error with the last lines of the build.
 */
export async function build(order: Build): Promise<string> {
  const { name, context, dockerfile, values = {}, flags = [], into } = order;
  const archive = join(into, 'image.tar');
  const temporary = join(into, '.temporary');
  mkdirSync(temporary);
  const driver = (await overlayWorks(temporary)) ? 'overlay' : 'vfs';
  // vfs copies each layer whole, so that keeping them costs more than it saves.
  const kept = driver === 'overlay' ? order.layers : undefined;
  const storage = kept ?? join(temporary, 'storage');
  mkdirSync(storage, { recursive: true });
  const lock = ['flock', join(storage, 'lock')];
  const buildah = async (...args: readonly string[]): Promise<void> => {
    await demandBuild(name, temporary, [
      // One build at a time has the storage, and its mounts end with it, however it ends.
      ...[...lock, 'unshare', '--mount', 'nice', '-n', '10', 'buildah'],
      ...['--root', join(storage, 'images'), '--runroot', join(temporary, 'run')],
      ...['--storage-driver', driver, ...args],
    ]);
  };
  try {
    if (crowded(storage))
      await execute(['flock', join(storage, 'lock'), 'rm', '-rf', join(storage, 'images')]);
    await buildah(
      ...['build', `--layers=${kept !== undefined}`, '--isolation', 'chroot'],
      ...['--format', 'docker', '--tag', name, '--file', dockerfile, ...flags],
      ...Object.entries(values).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]),
      context,
    );
    await buildah('push', '--quiet', name, `docker-archive:${archive}:${name}`);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return archive;
}

async function demandBuild(
  name: string,
  temporary: string,
  [command = '', ...args]: readonly string[],
): Promise<void> {
  try {
    const env = { ...process.env, PATH: administrationPath, TMPDIR: temporary };
    await run(command, args, { env, maxBuffer: 64 << 20 });
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string };
    const last = `${stdout}\n${stderr}`.trimEnd().split('\n').slice(-20).join('\n');
    throw new Error(`Cannot build the image ${name}:\n${last}`);
  }
}

/** Not on top of another overlay, for example, which is where many containers live. */
async function overlayWorks(folder: string): Promise<boolean> {
  const probe = join(folder, 'probe');
  for (const part of ['lower', 'upper', 'work', 'merged'])
    mkdirSync(join(probe, part), { recursive: true });
  const options = 'lowerdir=lower,upperdir=upper,workdir=work';
  const mount = ['mount', '-t', 'overlay', 'overlay', '-o', options, 'merged'];
  const { code } = await execute(['unshare', '--mount', ...mount], { cwd: probe });
  return code === 0;
}

function crowded(storage: string): boolean {
  const layers = join(storage, 'images', 'overlay');
  return existsSync(layers) && readdirSync(layers).length > MOST_LAYERS;
}
