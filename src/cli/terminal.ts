import type { Readable, Writable } from 'node:stream';

/** Everything that a command may see of the world outside its arguments. Only this folder talks to a terminal. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Whether a person reads standard error, so that a progress bar makes sense. */
  readonly interactive: boolean;
  /** Columns of the terminal. */
  readonly columns: number;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  return {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    interactive: process.stderr.isTTY,
    columns: process.stderr.isTTY ? process.stderr.columns : 80,
  };
}
