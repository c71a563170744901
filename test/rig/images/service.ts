import { cpSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cacheRoot } from '../cache.ts';
import { scratch } from '../scratch.ts';
import { buildBase, runtimeBase } from './bases.ts';
import { cachedImage, fromArchive, type BuiltImage, type Say } from './cached-image.ts';
import { npmFlags } from './npm-settings.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/**
 * The service's image, built by the repository's own Dockerfile from the working tree as it is, `.dockerignore` applied. The same tree twice
 * is built once.
 */
export async function serviceImage(say?: Say): Promise<BuiltImage> {
  const [build, runtime] = [await buildBase(say), await runtimeBase(say)];
  const paths = sentPaths();
  const secrets = scratch('npm-settings');
  try {
    const image = await cachedImage(
      {
        name: 'localhost/lethe:rig',
        dockerfile: readFileSync(join(ROOT, 'Dockerfile'), 'utf8'),
        values: { BUILD_IMAGE: fromArchive(build), RUNTIME_IMAGE: fromArchive(runtime) },
        inputs: paths.flatMap(contents),
        flags: npmFlags(secrets.path),
        layers: join(cacheRoot(), 'image-layers'),
        fill: (context) => {
          for (const path of paths)
            cpSync(join(ROOT, path), join(context, path), { recursive: true });
        },
      },
      say,
    );
    forgetAllBut(image);
    return image;
  } finally {
    secrets.remove();
  }
}

/** What `.dockerignore` lets through. */
function sentPaths(): readonly string[] {
  const lines = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  return lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
}

/** Names and texts of all files below a path. */
function contents(path: string): readonly string[] {
  const full = join(ROOT, path);
  if (!statSync(full).isDirectory()) return [path, readFileSync(full, 'base64')];
  return readdirSync(full)
    .sort()
    .flatMap((name) => contents(join(path, name)));
}

/** Every change of the tree is another image; only the latest few are worth their place. */
function forgetAllBut(image: BuiltImage): void {
  const folders = readdirSync(cacheRoot())
    .filter((name) => name.startsWith('image-lethe-rig-'))
    .map((name) => join(cacheRoot(), name))
    .filter((folder) => !image.archive.startsWith(folder))
    .sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);
  for (const folder of folders.slice(2)) rmSync(folder, { recursive: true, force: true });
}
