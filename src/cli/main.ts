import { CommanderError } from 'commander';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { program } from './program.ts';
import { renderError } from './render-error.ts';
import { processTerminal } from './terminal.ts';
import type { ExitCode } from './exit-codes.ts';

/** Runs one command line and answers its exit code. The only place where errors become text and numbers. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  const terminal = processTerminal();
  const debug = args.includes('--debug');
  // A reader that has seen enough (`lethe plan … | head`) is no error.
  terminal.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok);
  });
  const unexpected = (error: unknown): void => {
    terminal.stderr.write(renderError(error, debug));
    process.exit(exitCodes.internal);
  };
  process.on('uncaughtException', unexpected);
  process.on('unhandledRejection', unexpected);
  let code: ExitCode = exitCodes.ok;
  const settle = (answer: ExitCode): void => {
    code = answer;
  };
  try {
    await program(terminal, settle).parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    // Commander has already said what was wrong.
    if (!(error instanceof CommanderError)) terminal.stderr.write(renderError(error, debug));
    return exitCodeOf(error);
  }
}
