import { randomBytes } from 'node:crypto';
import { WriteStream } from 'node:tty';
import { attackReport } from '../../isolation/attacks/attack-report.ts';
import { attacks as attacksOn, type Attacked } from '../../isolation/attacks/attacks.ts';
import { catalogue } from '../../isolation/attacks/catalogue.ts';
import { plannedJobs } from '../../isolation/attacks/planned-jobs.ts';
import { renderAttacks, renderCatalogue } from '../../isolation/attacks/render-attacks.ts';
import { renderReport } from '../../isolation/findings/render.ts';
import { nearestWord } from '../../operations/config/nearest-word.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { packageVersion } from '../version.ts';
import { liveAttacks } from './attack-live.ts';
import { flowInput } from './flow-input.ts';
import { manifestsOf } from './manifests.ts';
import { print } from './print.ts';
import type { JobOptions } from '../../isolation/attacks/jobs.ts';
import type { LiveResult } from '../../isolation/attacks/live.ts';
import type { Severity } from '../../isolation/findings/finding.ts';
import { tally } from '../../isolation/findings/report.ts';
import type { Report, ReportFormat } from '../../isolation/findings/report.ts';
import type { Manifests } from '../../isolation/manifests/manifests.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

export interface AttackCommandOptions {
  /** `null` with `list` only. */
  readonly config: string | null;
  /** A saved snapshot; `null` asks Kafka. */
  readonly snapshot: string | null;
  /** `null` with `cluster`. */
  readonly manifests: readonly string[] | null;
  readonly cluster: boolean;
  readonly context: string | null;
  readonly kubeconfig: string | null;
  readonly list: boolean;
  /** Kinds of the catalogue; `null`: all. */
  readonly kind: readonly string[] | null;
  readonly live: boolean;
  readonly dryRun: boolean;
  /** `null`: the image of this version. */
  readonly probeImage: string | null;
  readonly attackerNamespace: string | null;
  readonly hostNetwork: boolean;
  /** Seconds. */
  readonly probeTimeout: number;
  readonly parallel: number;
  readonly format: ReportFormat;
  readonly failOn: Severity;
}

/** `lethe network attack`: exit 0 where no finding is at or above `failOn`, 1 where one is. */
export async function attackNetwork(
  options: AttackCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  if (options.list) {
    await print(renderCatalogue(), terminal.stdout);
    return exitCodes.ok;
  }
  const attacked = await judged(options, terminal);
  const jobs: JobOptions = {
    image: options.probeImage ?? `lethe:${packageVersion()}`,
    run: randomBytes(4).toString('hex'),
    timeout: options.probeTimeout,
    hostNetwork: options.hostNetwork,
  };
  if (options.dryRun) {
    await print(plannedJobs(attacked.attacks, jobs), terminal.stdout);
    return exitCodes.ok;
  }
  const live = options.live
    ? await liveAttacks(attacked.attacks, { ...options, ...jobs }, terminal)
    : null;
  const report = attackReport(attacked, {
    live,
    threshold: options.failOn,
    version: packageVersion(),
    home: options.config,
  });
  await print(render(attacked, live, report, options.format, terminal), terminal.stdout);
  return report.passed ? exitCodes.ok : exitCodes.refused;
}

async function judged(options: AttackCommandOptions, terminal: Terminal): Promise<Attacked> {
  const { config, snapshot, kind, attackerNamespace } = options;
  for (const one of kind ?? []) checkKind(one);
  if (config === null)
    throw new CliError('CLI_OPTION_INVALID', 'Name the configuration by --config, or give --list');
  // What was mistyped is said before Kafka is asked.
  const manifests = await manifestsIn(options, terminal);
  if (
    attackerNamespace !== null &&
    !manifests.namespaces.some(({ name }) => name === attackerNamespace)
  )
    throw new CliError(
      'CLI_OPTION_INVALID',
      `Name a namespace of the manifests for --attacker-namespace: "${attackerNamespace}" is none`,
    );
  const { flows } = await flowInput({ config, snapshot }, terminal);
  if (
    flows.parties.some(
      ({ place }) => place?.kind === 'pods' && place.namespace === attackerNamespace,
    )
  )
    throw new CliError(
      'CLI_OPTION_INVALID',
      `Name a namespace of nobody for --attacker-namespace: a declared party is in "${attackerNamespace ?? ''}"`,
    );
  return attacksOn(flows, manifests, {
    ...(kind !== null && { kinds: new Set(kind) }),
    ...(attackerNamespace !== null && { attackerNamespace }),
  });
}

function checkKind(kind: string): void {
  if (catalogue.has(kind)) return;
  const near = nearestWord(kind, [...catalogue.keys()]);
  throw new CliError(
    'CLI_OPTION_INVALID',
    `Choose a kind that --list prints: "${kind}" is none${near === null ? '' : `: did you mean "${near}"?`}`,
  );
}

async function manifestsIn(
  { manifests: paths, cluster, context, kubeconfig, live }: AttackCommandOptions,
  terminal: Terminal,
): Promise<Manifests> {
  if (cluster === (paths !== null))
    throw new CliError('CLI_OPTION_INVALID', 'Give either --manifests or --cluster');
  if (!cluster && !live && (context !== null || kubeconfig !== null))
    throw new CliError(
      'CLI_OPTION_INVALID',
      'Give --context and --kubeconfig with --cluster or --live only',
    );
  if (paths !== null) return manifestsOf(paths, terminal);
  const { readCluster } = await import('../../isolation/cluster/read-cluster.ts');
  const { manifests } = await readCluster({ context, kubeconfig });
  const problems = manifests.complaints.filter(({ severity }) => severity === 'error');
  if (problems.length > 0)
    throw new CliError(
      'CLI_MANIFESTS_INVALID',
      'Make the whole cluster readable: attacks on half of it prove nothing',
      { problems },
    );
  return manifests;
}

/** The table of attacks goes before the worse findings; other formats have the attacks among their facts. */
function* render(
  { attacks }: Attacked,
  live: readonly LiveResult[] | null,
  report: Report,
  format: ReportFormat,
  { stdout }: Terminal,
): Generator<string> {
  if (format !== 'table') {
    yield* renderReport(report, format);
    return;
  }
  yield* renderAttacks(attacks, live);
  yield '\n';
  const width = stdout instanceof WriteStream ? stdout.columns : null;
  // Notes stand in the table, one line for each kind.
  const findings = report.findings.filter(
    ({ severity, code }) => severity !== 'note' || code === 'LIVE_DECIDES',
  );
  if (findings.length > 0) yield* renderReport({ ...report, findings }, format, width);
  else
    yield* [...report.statements, '', `${report.verdict} (${tally(report.findings)})`].map(
      (one) => `${one}\n`,
    );
}
