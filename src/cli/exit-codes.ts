import { CommanderError } from 'commander';
import { isLetheError } from '../foundation/errors.ts';

/** What the process answers to its caller. */
export const exitCodes = {
  ok: 0,
  /** Refused or found: a schema without plan, quarantined records, a service that could not go on. */
  refused: 1,
  /** Bad input or usage: options, configuration, keys, files. */
  badInput: 2,
  /** A fault of the program itself (EX_SOFTWARE of sysexits). */
  internal: 70,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** First words of error codes that mean bad input. */
const badInput =
  /^(ACL|CLI|CONFIG|KUBECONFIG|KEYS?|SCHEMA|CONTAINER|LINES?|FORMAT|RAW|HTTP|RULES?|SNAPSHOT|REASSIGNMENT|FLOWS)_/;

/** The exit code of whatever ended a command. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError)
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.badInput;
  if (!isLetheError(error) || error.code === 'SELF_TEST_FAILED') return exitCodes.internal;
  return badInput.test(error.code) ? exitCodes.badInput : exitCodes.refused;
}
