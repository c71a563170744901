import { atLeast, type Finding, type Severity } from '../../isolation/findings/finding.ts';
import { FlowJudge } from '../../isolation/flows/flow-judge.ts';
import { FlowReader } from '../../isolation/flows/flow-reader.ts';
import { PodDirectory } from '../../isolation/flows/pod-directory.ts';
import { proposedCluster } from '../../isolation/flows/proposed-cluster.ts';
import { renderReplay } from '../../isolation/flows/render-replay.ts';
import { Replay } from '../../isolation/flows/replay.ts';
import { replayFinding } from '../../isolation/flows/replay-findings.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { flowInput } from './flow-input.ts';
import { flowSources } from './flow-sources.ts';
import { manifestsOf } from './manifests.ts';
import { print } from './print.ts';
import type { FlowFormat, FlowVerdict } from '../../isolation/flows/observed-flow.ts';
import type { WatchOutput } from '../../isolation/flows/render-anomalies.ts';
import type { Manifests } from '../../isolation/manifests/manifests.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

export interface ReplayCommandOptions {
  readonly flows: readonly string[];
  readonly format: FlowFormat | null;
  readonly unmarked: FlowVerdict;
  readonly policies: readonly string[];
  readonly manifests: readonly string[];
  readonly baseline: readonly string[];
  /** Null: nothing is known to be declared, so that every change counts. */
  readonly config: string | null;
  readonly snapshot: string | null;
  readonly output: WatchOutput;
  readonly failOn: Severity;
}

/** `lethe network replay`: what proposed policies would break and open of what was recorded; exit 1 where that is as bad as `failOn`. */
export async function replay(options: ReplayCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const { flows, policies, manifests, baseline, config, snapshot, output, failOn } = options;
  const read = [...flows, ...policies, ...manifests, ...baseline].filter((path) => path === '-');
  if (read.length > 1)
    throw new CliError('CLI_OPTION_INVALID', 'Read at most one thing from standard input');
  const map = config === null ? null : (await flowInput({ config, snapshot }, terminal)).flows;
  const proposal = await manifestsOf(policies, terminal);
  const standing = await optional(manifests, terminal);
  const before = await optional(baseline, terminal);
  if (proposal.policies.length === 0)
    throw new CliError('CLI_OPTION_INVALID', 'Name policies for --policies: there are none');
  const proposed = proposedCluster(proposal, standing);
  const runs = new Replay({
    proposed: new FlowJudge(proposed),
    baseline: before === null ? null : new FlowJudge(proposedCluster(before, standing)),
    directory: new PodDirectory(proposed.workloads),
    map,
  });
  const sources = flowSources(
    { ...options, follow: false },
    terminal,
    new AbortController().signal,
  );
  for (const { name, format, chunks } of sources) {
    const reader = new FlowReader(format, {
      name: `"${name}"`,
      unmarked: options.unmarked,
      onFault: (line, _, text) =>
        terminal.stderr.write(`Warning: ${name}:${line}: ${text} (the first of its kind)\n`),
    });
    for await (const chunk of chunks)
      for (const flow of reader.push(Buffer.from(chunk as string))) runs.observe(flow);
    for (const flow of reader.end()) runs.observe(flow);
  }
  const pairs = runs.pairs();
  const findings = pairs.flatMap((pair): readonly Finding[] => {
    const finding = replayFinding(pair);
    return finding === null ? [] : [finding];
  });
  const { evicted, requests } = runs;
  const judged = {
    proposed: proposal.policies.length,
    others: proposed.policies.length - proposal.policies.length,
  };
  await print(
    renderReplay({ pairs, findings, evicted, requests, judged }, output),
    terminal.stdout,
  );
  const failed = evicted > 0 || findings.some(({ severity }) => atLeast(severity, failOn));
  return failed ? exitCodes.refused : exitCodes.ok;
}

async function optional(paths: readonly string[], terminal: Terminal): Promise<Manifests | null> {
  return paths.length === 0 ? null : await manifestsOf(paths, terminal);
}
