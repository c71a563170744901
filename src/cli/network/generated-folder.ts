/** Writes generated files to a folder that may hold others: nothing foreign is replaced or removed, and no file is ever half there. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { marker } from '../../isolation/policies/manifest.ts';
import { CliError } from '../errors.ts';

interface File {
  /** Relative, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Tells which files without a comment are ours, by what they held. */
const indexName = '.lethe-generated';

/**
 * Makes the folder hold these generated files, besides what others keep there. Generated files of before go, unless `prune` is false: a plan
 * beside the policies that are in force must not take them away.
 *
 * @throws CliError `CLI_FILE_UNWRITABLE`, before anything is written where a foreign file has one of the names
 */
export async function writeGenerated(
  folder: string,
  files: readonly File[],
  { prune = true }: { readonly prune?: boolean } = {},
): Promise<void> {
  const known = await readIndex(folder);
  const paths = files.map(({ path }) => path);
  const present = await filesBeside(folder, [...paths, ...known.keys()]);
  const foreign: string[] = [];
  const stale: string[] = [];
  const wanted = new Set(paths);
  for (const path of present) {
    if (path === indexName) continue;
    const own = await isOurs(folder, path, known);
    if (wanted.has(path) && !own) foreign.push(path);
    if (prune && !wanted.has(path) && own) stale.push(path);
  }
  if (foreign.length > 0)
    throw new CliError(
      'CLI_FILE_UNWRITABLE',
      `Choose another folder, or move ${foreign.map((path) => `"${path}"`).join(', ')} out of "${folder}": lethe did not write it`,
    );
  try {
    for (const { path, text } of files) await replace(join(folder, path), text);
    // The list of files changes before those that it names no more are gone.
    await replace(join(folder, indexName), indexOf(prune ? new Map() : known, files));
    for (const path of stale) await rm(join(folder, path));
  } catch (cause) {
    throw new CliError('CLI_FILE_UNWRITABLE', `Name a writable folder for -o: "${folder}"`, {
      cause,
    });
  }
}

async function replace(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.partial`;
  await writeFile(partial, text);
  await rename(partial, path);
}

/** Files beside which the given ones are or will be, relative; none where the folder isn't there. */
async function filesBeside(folder: string, paths: readonly string[]): Promise<readonly string[]> {
  const folders = [...new Set(['.', ...paths.map((path) => dirname(path))])].toSorted();
  const found: string[] = [];
  for (const inner of folders) found.push(...(await filesIn(folder, inner)));
  return found;
}

async function filesIn(folder: string, inner: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(join(folder, inner), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map(({ name }) => join(inner, name))
      .toSorted();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw new CliError('CLI_FILE_UNWRITABLE', `Name a folder for -o: "${folder}"`, { cause });
  }
}

async function isOurs(
  folder: string,
  path: string,
  known: ReadonlyMap<string, string>,
): Promise<boolean> {
  const text = await readFile(join(folder, path), 'utf8');
  return text.startsWith(`${marker}\n`) || known.get(path) === digestOf(text);
}

/** Digests by path; none where there is no index that can be read. */
async function readIndex(folder: string): Promise<ReadonlyMap<string, string>> {
  try {
    const value: unknown = JSON.parse(await readFile(join(folder, indexName), 'utf8'));
    if (typeof value !== 'object' || value === null) return new Map();
    return new Map(
      Object.entries(value).flatMap(([path, digest]) =>
        typeof digest === 'string' ? [[path, digest]] : [],
      ),
    );
  } catch {
    return new Map();
  }
}

function indexOf(before: ReadonlyMap<string, string>, files: readonly File[]): string {
  const digests = new Map([
    ...before,
    ...files.map(({ path, text }) => [path, digestOf(text)] as const),
  ]);
  const sorted = [...digests].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`;
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
