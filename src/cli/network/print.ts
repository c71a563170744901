import { once } from 'node:events';
import { CliError } from '../errors.ts';
import type { Writable } from 'node:stream';

/** Characters written at once. */
const pieceSize = 64 * 1024;

/**
 * Writes text as it is made and waits where the reader is slower, since the list of a large cluster is longer than memory should hold.
 *
 * @throws CliError `CLI_OUTPUT_FAILED`
 */
export async function print(pieces: Iterable<string>, stream: Writable): Promise<void> {
  let text = '';
  const flush = async (): Promise<void> => {
    const full = text;
    text = '';
    if (full === '' || stream.write(full)) return;
    try {
      await once(stream, 'drain');
    } catch (cause) {
      throw new CliError('CLI_OUTPUT_FAILED', 'Check the pipe', { cause });
    }
  };
  for (const piece of pieces) {
    text += piece;
    if (text.length >= pieceSize) await flush();
  }
  await flush();
}
