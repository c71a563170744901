import { planMove, separatingMoves, type Moves } from '../../isolation/policies/move-plan.ts';
import { parseReassignment } from '../../isolation/policies/reassignment.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { readText } from '../files.ts';
import { flowInput, type FlowInput } from './flow-input.ts';
import { tell } from './generate.ts';
import { writeGenerated } from './generated-folder.ts';
import type { Flavour } from '../../isolation/policies/flavours.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

export interface PlanMoveCommandOptions {
  readonly config: string;
  /** A saved snapshot; `null` asks Kafka. */
  readonly snapshot: string | null;
  /** The reassignment that is wanted; `null`: one that parts raw from sanitized topics. */
  readonly reassignment: string | null;
  /** Cluster of the reassignment; `null` where there is only one. */
  readonly cluster: string | null;
  readonly out: string;
  readonly flavour: Flavour;
}

/** `lethe network plan-move`: policies before and after a move; exit 1 where its end could not be fenced. */
export async function planMoveCommand(
  options: PlanMoveCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const input = await flowInput(options, terminal);
  const { declared, snapshot } = input;
  const moves = movesOf(input, options, terminal);
  if (moves === null) return exitCodes.refused;
  if (moves.size === 0) {
    terminal.stderr.write('No partition has to move\n');
    return exitCodes.ok;
  }
  const { files, findings } = planMove(declared, snapshot, moves, { flavour: options.flavour });
  tell(findings, terminal);
  if (files.length === 0) return exitCodes.refused;
  await writeGenerated(options.out, files);
  return exitCodes.ok;
}

/** `null` where there is no way to part them. */
function movesOf(
  { declared, snapshot }: FlowInput,
  { reassignment, cluster }: PlanMoveCommandOptions,
  terminal: Terminal,
): Moves | null {
  if (reassignment === null) {
    const { moves, findings } = separatingMoves(declared, snapshot);
    tell(findings, terminal);
    return findings.length > 0 ? null : moves;
  }
  const names = Object.keys(snapshot.clusters);
  const [only = ''] = names;
  if (cluster === null && names.length !== 1)
    throw new CliError(
      'CLI_OPTION_INVALID',
      `Name the cluster of the reassignment with --cluster: ${names.map((name) => `"${name}"`).join(', ')}`,
    );
  return new Map([[cluster ?? only, parseReassignment(readText(reassignment, '--reassignment'))]]);
}
