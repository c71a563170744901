/** A file that grows, and is rotated, as one stream of bytes. */
import { open, stat, type FileHandle } from 'node:fs/promises';
import { FlowLogError } from './errors.ts';

export interface FollowOptions {
  /** Ends the stream. */
  readonly signal: AbortSignal;
  /** Resolves after these milliseconds, or at once when the signal is given. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Milliseconds between two looks at a file that does not grow. */
  readonly interval?: number;
}

const pieceSize = 64 * 1024;
const newline = Buffer.from('\n');

/**
 * Yields what is in the file and what is added to it, until the signal. A file of another inode under the name (`create` of logrotate) is read from
 * its beginning when the old one is read to its end; one that became shorter (`copytruncate`) is read anew. A line that the rotation cut ends there.
 *
 * @throws FlowLogError `FLOWS_UNREADABLE` where there is no such file at the beginning, or reading fails
 */
export async function* followFile(
  path: string,
  { signal, sleep, interval = 250 }: FollowOptions,
): AsyncGenerator<Uint8Array> {
  let handle = await opened(path);
  try {
    let position = 0;
    let midLine = false;
    while (!signal.aborted) {
      const piece = Buffer.alloc(pieceSize);
      const { bytesRead } = await handle.read(piece, 0, pieceSize, position);
      if (bytesRead > 0) {
        position += bytesRead;
        midLine = piece[bytesRead - 1] !== newline[0];
        yield piece.subarray(0, bytesRead);
        continue;
      }
      const next = await rotated(path, handle, position);
      if (next === null) {
        await sleep(interval);
        continue;
      }
      if (midLine) yield newline;
      midLine = false;
      position = 0;
      if (next === handle) continue;
      await handle.close();
      handle = next;
    }
  } catch (cause) {
    if (cause instanceof FlowLogError) throw cause;
    throw new FlowLogError('FLOWS_UNREADABLE', `Check the file "${path}": reading it failed`, {
      cause,
    });
  } finally {
    await handle.close();
  }
}

/** The file to go on with: a new one, the same one where it was cut, or null where nothing has changed. */
async function rotated(
  path: string,
  handle: FileHandle,
  position: number,
): Promise<FileHandle | null> {
  const here = await handle.stat();
  // Between the two steps of a rotation there is no file of this name.
  const there = await stat(path).catch(() => null);
  if (there !== null && (there.ino !== here.ino || there.dev !== here.dev)) {
    // What was added between the last reading and the rotation is read first.
    return here.size > position ? null : await open(path, 'r').catch(() => null);
  }
  return here.size < position ? handle : null;
}

async function opened(path: string): Promise<FileHandle> {
  try {
    const handle = await open(path, 'r');
    if ((await handle.stat()).isDirectory()) {
      await handle.close();
      throw new Error('a folder');
    }
    return handle;
  } catch (cause) {
    throw new FlowLogError('FLOWS_UNREADABLE', `Name a readable file: "${path}" can't be read`, {
      cause,
    });
  }
}
