import { readFileSync, statSync } from 'node:fs';
import { CliError } from './errors.ts';

/** Schemas and plans are far smaller; anything larger is a mistaken file name. */
const largestText = 64 * 1024 * 1024;

/**
 * The text of a file that an option names.
 *
 * @throws CliError `CLI_FILE_UNREADABLE`
 */
export function readText(path: string, option: string): string {
  try {
    if (statSync(path).size > largestText) throw new RangeError('too large');
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (cause) {
    throw new CliError(
      'CLI_FILE_UNREADABLE',
      `Name a readable UTF-8 text file for ${option}: "${path}" can't be read`,
      { cause },
    );
  }
}
