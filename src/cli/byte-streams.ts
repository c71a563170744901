import { once } from 'node:events';
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { CliError } from './errors.ts';
import type { Readable, Writable } from 'node:stream';
import type { Terminal } from './terminal.ts';

export interface Input {
  readonly format: 'avro' | 'json';
  /** Bytes, or null for a pipe. */
  readonly size: number | null;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** First bytes of an Avro object container file. */
const containerMagic = Buffer.from('Obj\u0001', 'latin1');

/**
 * Opens the input and tells its format by its first bytes where none is given.
 *
 * @throws CliError `CLI_FILE_UNREADABLE`, `CLI_INPUT_FAILED`
 */
export async function openInput(
  path: string | null,
  format: 'avro' | 'json' | null,
  terminal: Terminal,
): Promise<Input> {
  const stream = path === null ? terminal.stdin : createReadStream(path);
  const chunks = readAll(stream, path);
  const size = path === null ? null : (statSync(path, { throwIfNoEntry: false })?.size ?? null);
  if (format !== null) return { format, size, chunks };
  let head = Buffer.alloc(0);
  while (head.length < containerMagic.length) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const found = head.subarray(0, containerMagic.length).equals(containerMagic) ? 'avro' : 'json';
  return { format: found, size, chunks: join(head, chunks) };
}

async function* readAll(stream: Readable, path: string | null): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) yield chunk;
  } catch (cause) {
    throw path === null
      ? new CliError('CLI_INPUT_FAILED', 'Check the pipe: standard input broke off', { cause })
      : new CliError('CLI_FILE_UNREADABLE', `Name a readable file for --in: "${path}"`, { cause });
  }
}

async function* join(
  head: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  yield* rest;
}

export interface Output {
  readonly write: (chunk: Uint8Array) => Promise<void>;
  /** Makes what was written the result. */
  readonly keep: () => Promise<void>;
  /** Takes back what can be taken back: a file, not a pipe. */
  readonly discard: () => Promise<void>;
}

/** A file appears under its name only when it is whole; standard output is written as it comes. */
export function openOutput(path: string | null, terminal: Terminal): Output {
  if (path === null)
    return {
      write: writer(terminal.stdout, () => new CliError('CLI_OUTPUT_FAILED', 'Check the pipe')),
      keep: () => Promise.resolve(),
      discard: () => Promise.resolve(),
    };
  const partial = `${path}.partial`;
  const failure = (cause?: unknown): CliError =>
    new CliError('CLI_FILE_UNWRITABLE', `Name a writable file for --out: "${path}"`, { cause });
  const stream = createWriteStream(partial);
  let failed: unknown = null;
  stream.on('error', (error) => {
    failed = error;
  });
  const write = writer(stream, failure);
  return {
    write: (chunk) => (failed === null ? write(chunk) : Promise.reject(failure(failed))),
    keep: async () => {
      try {
        stream.end();
        await finished(stream);
        await rename(partial, path);
      } catch (cause) {
        throw failure(cause);
      }
    },
    discard: async () => {
      stream.destroy();
      await rm(partial, { force: true });
    },
  };
}

/** Waits where the reader is slower, so that memory stays bounded. */
function writer(
  stream: Writable,
  failure: (cause?: unknown) => CliError,
): (chunk: Uint8Array) => Promise<void> {
  return async (chunk) => {
    // The engine uses its buffers again after the call, so the stream gets its own bytes.
    if (stream.write(Buffer.from(chunk))) return;
    try {
      await once(stream, 'drain');
    } catch (cause) {
      throw failure(cause);
    }
  };
}
