/** Flow logs as the command line names them. */
import { createReadStream, statSync } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { followFile } from '../../isolation/flows/follow-file.ts';
import { CliError } from '../errors.ts';
import type { FlowFormat } from '../../isolation/flows/observed-flow.ts';
import type { FlowSource } from '../../isolation/flows/watch-streams.ts';
import type { Terminal } from '../terminal.ts';

export interface FlowSourceOptions {
  /** Files, and `-` for standard input. */
  readonly flows: readonly string[];
  /** Null to tell it from the first lines. */
  readonly format: FlowFormat | null;
  /** Whether files are read on as they grow. */
  readonly follow: boolean;
}

/**
 * Opens flow logs. They end with the signal.
 *
 * @throws CliError `CLI_OPTION_INVALID`, `CLI_FILE_UNREADABLE`
 */
export function flowSources(
  { flows, format, follow }: FlowSourceOptions,
  { stdin }: Pick<Terminal, 'stdin'>,
  signal: AbortSignal,
): readonly FlowSource[] {
  if (new Set(flows).size < flows.length)
    throw new CliError('CLI_OPTION_INVALID', 'Name each flow log once for --flows');
  return flows.map((path) => {
    if (path === '-') return { name: 'stdin', format, chunks: until(stdin, signal, null) };
    const kind = statSync(path, { throwIfNoEntry: false });
    if (kind === undefined || kind.isDirectory())
      throw new CliError(
        'CLI_FILE_UNREADABLE',
        `Name a readable file for --flows: "${path}" is none`,
      );
    const chunks = follow
      ? followFile(path, { signal, sleep: (time) => rest(time, signal) })
      : until(createReadStream(path), signal, path);
    return { name: path, format, chunks };
  });
}

async function* until(
  stream: Readable,
  signal: AbortSignal,
  path: string | null,
): AsyncGenerator<Uint8Array | string> {
  try {
    for await (const chunk of addAbortSignal(signal, stream) as AsyncIterable<Uint8Array>)
      yield chunk;
  } catch (cause) {
    if (signal.aborted) return;
    throw path === null
      ? new CliError('CLI_INPUT_FAILED', 'Check the pipe: standard input broke off', { cause })
      : new CliError('CLI_FILE_UNREADABLE', `Name a readable file for --flows: "${path}"`, {
          cause,
        });
  }
}

/** Sleeps, but not longer than until the signal. */
async function rest(time: number, signal: AbortSignal): Promise<void> {
  await sleep(time, undefined, { signal }).catch(() => undefined);
}
