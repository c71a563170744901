import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { knock, type KnockOptions } from '../../isolation/attacks/knock.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

export interface ProbeCommandOptions extends KnockOptions {
  /** Whether the caller said that packets may be sent. */
  readonly live: boolean;
  /** Milliseconds before the first attempt: policies of a new pod take a moment. */
  readonly delay: number;
  /** How often, until one gets through. */
  readonly attempts: number;
  /** A file for the result; `null`: standard output alone. */
  readonly report: string | null;
}

/** Milliseconds between attempts. */
const pause = 1000;

/** `lethe network probe`: prints the result as one line of JSON; exit 0 whatever it is, since a closed door is no failure. */
export async function probe(
  { live, delay, attempts, report, ...options }: ProbeCommandOptions,
  { stdout }: Terminal,
): Promise<ExitCode> {
  if (!live)
    throw new CliError('CLI_OPTION_INVALID', 'Add --live to say that a packet may be sent');
  if (options.protocol === 'udp' && (options.kafka || options.tls))
    throw new CliError('CLI_OPTION_INVALID', 'Use --kafka and --tls with --protocol tcp only');
  await sleep(delay);
  let result = await knock(options);
  for (let attempt = 1; attempt < attempts && result.outcome !== 'open'; attempt += 1) {
    await sleep(pause);
    result = await knock(options);
  }
  const line = `${JSON.stringify(result)}\n`;
  stdout.write(line);
  if (report !== null) write(report, line);
  return exitCodes.ok;
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw new CliError('CLI_FILE_UNWRITABLE', `Name a file that can be written: "${path}"`, {
      cause,
    });
  }
}
