import { LetheError } from '../../foundation/errors.ts';
import type { Problem } from '../../foundation/errors.ts';

/** Every reason for which a configuration is refused, with what to do about it. Append only: documents are made from it. */
export const configRemedies = {
  CONFIG_UNREADABLE: 'check that the file exists, is readable by this user and is below 1 MiB',
  CONFIG_NOT_YAML: 'correct the YAML (or JSON) syntax at the position given',
  CONFIG_KEY_UNKNOWN: 'remove the key, or correct its spelling',
  CONFIG_KEY_MISSING: 'add the key',
  CONFIG_VALUE_INVALID: 'write a value of the kind that the message names',
  CONFIG_REFERENCE_UNKNOWN: 'use a name that is declared in the same file',
  CONFIG_REFERENCE_SYNTAX: 'write ${NAME} or ${file:/absolute/path}; a literal "${" is "$${"',
  CONFIG_ENV_MISSING: 'set the environment variable for the process',
  CONFIG_FILE_MISSING: 'mount or create the file, readable by this user and below 1 MiB',
  CONFIG_ROUTE_LOOP: 'write to a topic that no route reads',
  CONFIG_ROUTE_DUPLICATE: 'give each route its own name, source and target',
  CONFIG_INCONSISTENT: 'change one of the two settings that the message names',
} as const;

export type ConfigCode = keyof typeof configRemedies;

/** Where in the file, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One reason why the configuration was refused. */
export interface ConfigProblem extends Problem<ConfigCode> {
  /** `null` where the problem has no place in the file, as a file that can't be read. */
  readonly position: Position | null;
  readonly remedy: string;
}

/** The configuration was refused as a whole. Holds every problem found; no text of it quotes a value. */
export class ConfigError extends LetheError<ConfigCode> {
  declare readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly [ConfigProblem, ...ConfigProblem[]]) {
    const [first] = problems;
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(first.code, `Correct "${file}": ${count}`, { problems });
  }
}

/** A problem with the standing remedy of its code. */
export function configProblem(
  code: ConfigCode,
  path: string,
  message: string,
  position: Position | null = null,
): ConfigProblem {
  return { code, path, message, position, remedy: configRemedies[code] };
}
