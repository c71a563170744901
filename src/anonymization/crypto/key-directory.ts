import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyError } from './key-errors.ts';
import type { KeyErrorCode } from './key-errors.ts';
import { rootKeySize } from './key-ring.ts';

/** One file of a key directory, without its key. */
export interface KeyFile {
  /** The file's name. */
  readonly version: string;
  /** When the file was last written. */
  readonly modified: Date;
  /** Others than owner and group may read it: worth a warning, not a refusal, since a mounted Secret may be made so. */
  readonly worldReadable: boolean;
}

/** What a key directory holds: root keys by version, and the files they came from, both sorted by version. */
export interface KeyDirectory {
  readonly keys: ReadonlyMap<string, Uint8Array>;
  readonly files: readonly KeyFile[];
}

/** Up to 63 letters, digits, dots, dashes and underscores, beginning with a letter or digit. */
const versionPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/**
 * Lists the versions of a key directory: one file each, file name = version. Names with a leading dot (the `..data` links of a
 * mounted Kubernetes Secret) and subdirectories are passed over.
 *
 * @throws KeyError `KEY_DIRECTORY_UNREADABLE`, `KEY_VERSION_INVALID`
 */
export async function listKeys(directory: string): Promise<readonly KeyFile[]> {
  return reading('KEY_DIRECTORY_UNREADABLE', directory, 'make it readable', async () => {
    const files: KeyFile[] = [];
    for (const version of (await readdir(directory)).sort()) {
      if (version.startsWith('.')) continue;
      const info = await stat(join(directory, version));
      if (!info.isFile()) continue;
      checkVersion(version);
      files.push({ version, modified: info.mtime, worldReadable: (info.mode & 0o004) !== 0 });
    }
    return files;
  });
}

/**
 * Reads all keys: 32 raw bytes a file, or 32 bytes as hexadecimal or base64 text.
 *
 * @throws KeyError `KEY_MISSING` no file, `KEY_SIZE_INVALID`, `KEY_DIRECTORY_UNREADABLE`, `KEY_VERSION_INVALID`
 */
export async function readKeyDirectory(directory: string): Promise<KeyDirectory> {
  const files = await listKeys(directory);
  if (files.length === 0) {
    throw new KeyError('KEY_MISSING', `run \`lethe keys create\`: "${directory}" holds no key`);
  }
  const keys = new Map<string, Uint8Array>();
  for (const { version } of files) {
    const content = await reading(
      'KEY_DIRECTORY_UNREADABLE',
      directory,
      'make its files readable',
      () => readFile(join(directory, version)),
    );
    keys.set(version, parseRootKey(version, content));
    content.fill(0);
  }
  return { keys, files };
}

/**
 * Makes a key directory with its first version (directory 0700, file 0600).
 *
 * @param random - source of key bytes; the system's generator by default.
 * @throws KeyError `KEY_VERSION_EXISTS`, `KEY_VERSION_INVALID`, `KEY_DIRECTORY_UNWRITABLE`
 */
export async function createKey(
  directory: string,
  version: string,
  random: (size: number) => Uint8Array = randomBytes,
): Promise<void> {
  checkVersion(version);
  const key = random(rootKeySize);
  try {
    await reading('KEY_DIRECTORY_UNWRITABLE', directory, 'make it writable', async () => {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      try {
        await writeFile(join(directory, version), key, { flag: 'wx', mode: 0o600 });
      } catch (cause) {
        if (codeOf(cause) !== 'EEXIST') throw cause;
        throw new KeyError(
          'KEY_VERSION_EXISTS',
          `choose another version: "${version}" exists, and a key is never overwritten`,
        );
      }
    });
  } finally {
    key.fill(0);
  }
}

/**
 * Adds a version to a directory that already holds keys; old versions stay. Choosing it as current is a change of the configuration.
 *
 * @throws KeyError `KEY_MISSING` nothing to rotate, and all codes of {@link createKey} and {@link listKeys}
 */
export async function rotateKey(
  directory: string,
  version: string,
  random: (size: number) => Uint8Array = randomBytes,
): Promise<void> {
  if ((await listKeys(directory)).length === 0) {
    throw new KeyError(
      'KEY_MISSING',
      `run \`lethe keys create\` first: "${directory}" holds no key`,
    );
  }
  await createKey(directory, version, random);
}

/**
 * Parses the content of a key file.
 *
 * @throws KeyError `KEY_SIZE_INVALID`
 */
export function parseRootKey(version: string, content: Uint8Array): Uint8Array {
  if (content.length === rootKeySize) return Uint8Array.from(content);
  const text = Buffer.from(content).toString('latin1').trim();
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Uint8Array.from(Buffer.from(text, 'hex'));
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Uint8Array.from(Buffer.from(text, 'base64'));
  throw new KeyError(
    'KEY_SIZE_INVALID',
    `write ${rootKeySize} bytes, raw or as hexadecimal or base64 text, into key file "${version}"`,
  );
}

function checkVersion(version: string): void {
  if (versionPattern.test(version)) return;
  throw new KeyError(
    'KEY_VERSION_INVALID',
    `name key version "${version}" with up to 63 letters, digits, dots, dashes and underscores`,
  );
}

async function reading<Result>(
  code: KeyErrorCode,
  directory: string,
  remedy: string,
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof KeyError) throw cause;
    const message = `check key directory "${directory}" and ${remedy}: ${codeOf(cause)}`;
    throw new KeyError(code, message, { cause });
  }
}

/** The system's name of an I/O error, as `EACCES`. */
function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code);
}
