/** Manifests from files, folders and streams. */
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Complaints } from './complaints.ts';
import { manifestLimits, type ManifestLimits } from './documents.ts';
import { parseManifests, type ManifestFile, type Manifests } from './manifests.ts';

/**
 * Reads every `.yaml`, `.yml` and `.json` file below the paths (a path may be a file of any name), and `stdin` to its end where a path is `-`. Folders
 * that are links are not followed, so that no ring traps the reader; what can't be read is a complaint of severity `error`, never skipped in silence.
 */
export async function readManifests(
  paths: readonly string[],
  options: { readonly limits?: Partial<ManifestLimits>; readonly stdin?: Readable } = {},
): Promise<Manifests> {
  const limits = { ...manifestLimits, ...options.limits };
  const complaints = new Complaints();
  const files: ManifestFile[] = [];
  const names: string[] = [];
  for (const path of new Set(paths)) {
    if (path === '-' && options.stdin !== undefined) {
      const text = await readStream(options.stdin, limits.file, complaints);
      if (text !== undefined) files.push({ name: 'stdin', text });
    } else await find(path, 'named', names, limits.files, complaints);
  }
  for (const name of names) {
    const text = await readText(name, limits.file, complaints);
    if (text !== undefined) files.push({ name, text });
  }
  return parseManifests(files, { limits, complaints });
}

/** Text of a stream to its end or to the limit of a file. */
async function readStream(
  stream: Readable,
  most: number,
  complaints: Complaints,
): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of stream as AsyncIterable<Buffer | string>) {
    const bytes = Buffer.from(part as string);
    size += bytes.length;
    if (size > most) {
      complaints.add('error', 'TOO_LARGE', 'stdin', `send at most ${most} bytes`);
      return undefined;
    }
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString('utf8');
}

async function find(
  path: string,
  how: 'named' | 'found' | 'linked',
  into: string[],
  most: number,
  complaints: Complaints,
): Promise<void> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) {
      if (how === 'linked') return;
      const entries = await readdir(path, { withFileTypes: true });
      for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
        const child = join(path, entry.name);
        if (entry.isDirectory() || /\.(ya?ml|json)$/i.test(entry.name)) {
          const how = entry.isSymbolicLink() ? 'linked' : 'found';
          await find(child, how, into, most, complaints);
        }
      }
    } else if (!found.isFile()) {
      if (how === 'named') complaints.add('error', 'UNREADABLE', path, 'name a file or a folder');
    } else if (into.length < most) into.push(path);
    else if (into.length === most) {
      complaints.add('error', 'TOO_LARGE', path, `read at most ${most} files at once`);
    }
  } catch (error) {
    complaints.add('error', 'UNREADABLE', path, `make the path readable: ${reason(error)}`);
  }
}

async function readText(
  name: string,
  most: number,
  complaints: Complaints,
): Promise<string | undefined> {
  try {
    const { size } = await stat(name);
    if (size <= most) return await readFile(name, 'utf8');
    complaints.add('error', 'TOO_LARGE', name, `split the file: the limit is ${most} bytes`);
  } catch (error) {
    complaints.add('error', 'UNREADABLE', name, `make the file readable: ${reason(error)}`);
  }
  return undefined;
}

const reason = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
