import { diffConnections, renderDifferences } from '../../isolation/reachability/diff.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { manifestsOf } from './manifests.ts';
import { print } from './print.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

export interface DiffCommandOptions {
  readonly before: string;
  readonly after: string;
  readonly ipblockPods: 'match' | 'ignore';
}

/** `lethe network diff`: connections that one set of manifests allows and the other does not. Exit codes are those of diff(1). */
export async function diff(options: DiffCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const { before, after, ipblockPods } = options;
  if (before === '-' && after === '-')
    throw new CliError('CLI_OPTION_INVALID', 'Read at most one side from standard input');
  const [first, second] = [
    await manifestsOf([before], terminal),
    await manifestsOf([after], terminal),
  ];
  const differences = diffConnections(first, second, { ipblockPods });
  await print(renderDifferences(differences), terminal.stdout);
  return differences.length === 0 ? exitCodes.ok : exitCodes.refused;
}
