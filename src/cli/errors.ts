import { LetheError } from '../foundation/errors.ts';

/** Why a command can't do what it was asked for, before any part of the system was. */
export type CliErrorCode =
  | 'CLI_FILE_UNREADABLE'
  | 'CLI_FILE_UNWRITABLE'
  | 'CLI_OPTION_INVALID'
  | 'CLI_INPUT_FAILED'
  | 'CLI_OUTPUT_FAILED'
  | 'CLI_MANIFESTS_INVALID'
  | 'CLI_ENDPOINT_UNKNOWN';

export class CliError extends LetheError<CliErrorCode> {}
