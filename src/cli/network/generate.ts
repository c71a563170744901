import { generate as generateFrom } from '../../isolation/policies/generate.ts';
import { disagreements } from '../../isolation/policies/agreement.ts';
import { planMove, separatingMoves } from '../../isolation/policies/move-plan.ts';
import { exitCodes } from '../exit-codes.ts';
import { flowInput, type FlowInput } from './flow-input.ts';
import { writeGenerated } from './generated-folder.ts';
import { print } from './print.ts';
import type { Finding } from '../../isolation/findings/finding.ts';
import type { Flavour } from '../../isolation/policies/flavours.ts';
import type { FlowMap } from '../../isolation/topology/flow-map.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

export interface GenerateCommandOptions {
  readonly config: string;
  /** A saved snapshot; `null` asks Kafka. */
  readonly snapshot: string | null;
  /** Folder; `null`: standard output. */
  readonly out: string | null;
  readonly flavour: Flavour;
  /** Calico: kinds that are reported on and not enforced. */
  readonly staged: boolean;
  /** Whether to compare what all flavours allow. */
  readonly check: boolean;
}

/** `lethe network generate`: the policies of the map; exit 1 where they would not fence, and then there are none. */
export async function generate(
  options: GenerateCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { flavour, staged, out } = options;
  const input = await flowInput(options, terminal);
  const { refused, files, findings } = generateFrom(input.flows, { flavour, staged });
  tell(findings, terminal);
  if (refused) {
    if (out !== null) await writePlan(input, { ...options, out }, terminal);
    return exitCodes.refused;
  }
  if (options.check && !agree(input.flows, terminal)) return exitCodes.refused;
  if (out === null) await print(streamOf(files), terminal.stdout);
  else await writeGenerated(out, files);
  return exitCodes.ok;
}

/** Findings beside the manifests, on standard error. */
export function tell(findings: readonly Finding[], { stderr }: Terminal): void {
  for (const { severity, code, subject, message, remedy } of findings)
    stderr.write(`${severity} ${code} ${subject}: ${message}\n  remedy: ${remedy}\n`);
}

/** Where partitions stand against it, a plan that parts them is written; policies in force stay as they are. */
async function writePlan(
  { declared, snapshot }: FlowInput,
  { flavour, staged, out }: GenerateCommandOptions & { readonly out: string },
  terminal: Terminal,
): Promise<void> {
  const { moves, findings } = separatingMoves(declared, snapshot);
  tell(findings, terminal);
  if (moves.size === 0) return;
  const plan = planMove(declared, snapshot, moves, { flavour, staged });
  if (plan.files.length === 0) {
    terminal.stderr.write('No plan is written: also after moving the partitions there would be\n');
    tell(
      plan.findings.filter(({ severity }) => severity === 'error'),
      terminal,
    );
    return;
  }
  await writeGenerated(out, plan.files, { prune: false });
  const count = [...moves.values()].reduce((sum, own) => sum + own.length, 0);
  terminal.stderr.write(
    `Nothing is generated. A plan that moves ${count} ${count === 1 ? 'partition' : 'partitions'} is in "${out}": apply phase-1-open, run kafka-reassign-partitions, apply phase-2-close\n`,
  );
}

/** Whether all flavours allow the same; what they don't is told. */
function agree(flows: FlowMap, { stderr }: Terminal): boolean {
  const found = disagreements(flows);
  for (const { flavour, more, less } of found) {
    for (const line of more) stderr.write(`${flavour} alone allows ${line}\n`);
    for (const line of less) stderr.write(`${flavour} does not allow ${line}\n`);
  }
  return found.length === 0;
}

/** What `kubectl apply -f -` takes: everything but the list of the files. */
function* streamOf(
  files: readonly { readonly path: string; readonly text: string }[],
): Generator<string> {
  let separator = '';
  for (const { path, text } of files) {
    if (path === 'kustomization.yaml') continue;
    yield `${separator}${text}`;
    separator = '---\n';
  }
}
