import { createKey, listKeys, rotateKey } from '../anonymization/crypto/key-directory.ts';
import { exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** `lethe keys create`: a directory with its first version. */
export async function keysCreate(
  directory: string,
  version: string,
  terminal: Terminal,
): Promise<ExitCode> {
  await createKey(directory, version);
  terminal.stdout.write(`created key version "${version}" in ${directory}\n`);
  terminal.stdout.write(`choose it in the configuration: keys.current: "${version}"\n`);
  return exitCodes.ok;
}

/** `lethe keys rotate`: one more version; old ones stay readable. */
export async function keysRotate(
  directory: string,
  version: string,
  terminal: Terminal,
): Promise<ExitCode> {
  await rotateKey(directory, version);
  terminal.stdout.write(`added key version "${version}" to ${directory}\n`);
  terminal.stdout.write(
    `choose it in the configuration to begin using it: keys.current: "${version}"\n`,
  );
  return exitCodes.ok;
}

/** `lethe keys list`: versions and dates, never a key. */
export async function keysList(
  directory: string,
  json: boolean,
  terminal: Terminal,
): Promise<ExitCode> {
  const files = await listKeys(directory);
  if (json) {
    terminal.stdout.write(`${JSON.stringify(files, null, 2)}\n`);
    return exitCodes.ok;
  }
  const width = Math.max(7, ...files.map(({ version }) => version.length));
  terminal.stdout.write(`${'VERSION'.padEnd(width)}  MODIFIED\n`);
  for (const { version, modified, worldReadable } of files) {
    const warning = worldReadable ? '  readable by everyone: chmod o-r' : '';
    terminal.stdout.write(`${version.padEnd(width)}  ${modified.toISOString()}${warning}\n`);
  }
  return exitCodes.ok;
}
