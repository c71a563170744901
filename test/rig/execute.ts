import { spawn } from 'node:child_process';

export interface Executed {
  /** Exit code; 128 + signal is what a shell would say, -1 is what this says when a signal ended it. */
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Execution {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** In ms; SIGKILL then. */
  readonly patience?: number;
}

/** Runs a program to its end, with text for its standard input. Whatever its exit code, that is an answer and no error. */
export function execute(
  [command, ...args]: readonly [string, ...string[]],
  { input = '', env, cwd, patience = 60_000 }: Execution = {},
): Promise<Executed> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: patience,
      killSignal: 'SIGKILL',
      ...(env === undefined ? {} : { env }),
      ...(cwd === undefined ? {} : { cwd }),
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    // A program may end without reading all of its input.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({
        code: code ?? -1,
        out: Buffer.concat(out).toString(),
        err: Buffer.concat(err).toString(),
      }),
    );
  });
}

/** The same, for programs that must succeed. @returns standard output. @throws Error with what the program complained about. */
export async function demand(
  command: readonly [string, ...string[]],
  options: Execution = {},
): Promise<string> {
  const { code, out, err } = await execute(command, options);
  if (code !== 0)
    throw new Error(`"${command.join(' ')}" ended with ${code}:\n${(err || out).trimEnd()}`);
  return out;
}
