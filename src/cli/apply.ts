import { selfTest } from '../anonymization/crypto/self-test.ts';
import { KeyRing } from '../anonymization/crypto/key-ring.ts';
import { readKeyDirectory } from '../anonymization/crypto/key-directory.ts';
import { applyContainer } from '../anonymization/formats/avro/container.ts';
import { applyJsonLines } from '../anonymization/formats/avro/json-lines.ts';
import { openInput, openOutput } from './byte-streams.ts';
import { renderApplied } from './apply-summary.ts';
import { CliError } from './errors.ts';
import { exitCodes } from './exit-codes.ts';
import { compileInput } from './plan-input.ts';
import { Progress } from './progress.ts';
import type { ExitCode } from './exit-codes.ts';
import type { PlanInput } from './plan-input.ts';
import type { RecordReport } from '../anonymization/formats/summary.ts';
import type { Terminal } from './terminal.ts';

export interface ApplyCommandOptions extends PlanInput {
  readonly keys: string;
  readonly keyVersion: string | null;
  /** `null`: by the first bytes of the input. */
  readonly format: 'avro' | 'json' | null;
  readonly in: string | null;
  readonly out: string | null;
  readonly allowQuarantine: boolean;
}

/** Records that are named one by one in the summary. */
const mostReports = 20;

/** `lethe apply`: the engine of the service on a file or pipe, without a broker. */
export async function apply(options: ApplyCommandOptions, terminal: Terminal): Promise<ExitCode> {
  selfTest();
  const { rules, currentKey, schema } = compileInput(options, terminal);
  const keys = await openKeys(options, currentKey);
  const input = await openInput(options.in, options.format, terminal);
  const progress = new Progress(terminal, input.size);
  const reports: RecordReport[] = [];
  const settings = {
    rules,
    keys,
    schema,
    onProgress: ({ bytes, records }: { bytes: number; records: number }): void =>
      progress.update(bytes, records),
    onOutcome: (report: RecordReport): void => {
      if (report.code !== 'DROPPED' && reports.length < mostReports) reports.push(report);
    },
  };
  const output = openOutput(options.out, terminal);
  try {
    const run = input.format === 'avro' ? applyContainer : applyJsonLines;
    const summary = await run(input.chunks, output.write, settings);
    await output.keep();
    progress.clear();
    terminal.stderr.write(renderApplied(summary, reports));
    const refused = Object.keys(summary.quarantined).length > 0;
    return refused && !options.allowQuarantine ? exitCodes.refused : exitCodes.ok;
  } catch (error) {
    progress.clear();
    await output.discard();
    throw error;
  } finally {
    keys.wipe();
  }
}

async function openKeys(
  { keys: directory, keyVersion }: ApplyCommandOptions,
  currentKey: string | null,
): Promise<KeyRing> {
  const { keys } = await readKeyDirectory(directory);
  const [only] = keys.keys();
  const current = keyVersion ?? currentKey ?? (keys.size === 1 ? only : undefined);
  if (current === undefined)
    throw new CliError(
      'CLI_OPTION_INVALID',
      'Choose the key with --key-version or keys.current: the directory holds several',
    );
  try {
    return KeyRing.fromRootKeys(keys, current);
  } finally {
    for (const key of keys.values()) key.fill(0);
  }
}
