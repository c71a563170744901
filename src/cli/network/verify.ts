import { writeFile } from 'node:fs/promises';
import { WriteStream } from 'node:tty';
import { renderReport } from '../../isolation/findings/render.ts';
import { readManifests } from '../../isolation/manifests/manifest-files.ts';
import { parseAcls } from '../../isolation/verification/acl-file.ts';
import { reportOf } from '../../isolation/verification/report.ts';
import { readAcls } from '../../isolation/read-acls.ts';
import { verify } from '../../isolation/verification/verify.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { readText } from '../files.ts';
import { packageVersion } from '../version.ts';
import { configurationIn, loadConfiguration } from './embedded-config.ts';
import { flowInput, flowInputOf, type FlowInput } from './flow-input.ts';
import { print } from './print.ts';
import type { Severity } from '../../isolation/findings/finding.ts';
import type { ReportFormat } from '../../isolation/findings/report.ts';
import type { FlowMap } from '../../isolation/topology/flow-map.ts';
import type { Manifests } from '../../isolation/manifests/manifests.ts';
import type { AclSnapshot, ClusterAcls } from '../../isolation/verification/acl.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

export interface VerifyCommandOptions {
  /** `null` takes the one that stands in the manifests. */
  readonly config: string | null;
  /** A saved snapshot; `null` asks Kafka. */
  readonly snapshot: string | null;
  /** Empty with `cluster`. */
  readonly manifests: readonly string[];
  readonly cluster: boolean;
  readonly context: string | null;
  readonly kubeconfig: string | null;
  /** As `file` or `cluster=file`. */
  readonly acls: readonly string[];
  readonly liveAcls: boolean;
  readonly format: ReportFormat;
  readonly failOn: Severity;
  /** `null`: standard output. */
  readonly out: string | null;
}

/** `lethe network verify`: exit 0 without findings at or above `failOn`, 1 with some. */
export async function verifyNetwork(
  options: VerifyCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  if (options.liveAcls && options.acls.length > 0)
    throw new CliError('CLI_OPTION_INVALID', 'Give either --acls or --live-acls');
  if (options.config === null && options.cluster)
    throw new CliError('CLI_OPTION_INVALID', 'Give --config with --cluster');
  const { manifests, source } = await objectsOf(options, terminal);
  const { home, flows, loaded } = await demanded(options, manifests, terminal);
  const acls = options.liveAcls
    ? await readAcls(loaded.settings.clusters)
    : aclsIn(options.acls, flows);
  const report = reportOf(verify({ flows, manifests, acls }), {
    version: packageVersion(),
    threshold: options.failOn,
    home,
    source,
  });
  const { stdout } = terminal;
  const width = options.out === null && stdout instanceof WriteStream ? stdout.columns : null;
  const pieces = renderReport(report, options.format, width);
  if (options.out === null) await print(pieces, stdout);
  else await write(options.out, pieces);
  return report.passed ? exitCodes.ok : exitCodes.refused;
}

/** What must be possible; `home`: where that is written. */
async function demanded(
  { config, snapshot }: VerifyCommandOptions,
  manifests: Manifests,
  terminal: Terminal,
): Promise<FlowInput & { readonly home: string }> {
  if (config !== null)
    return { ...(await flowInput({ config, snapshot }, terminal)), home: config };
  const found = configurationIn(manifests);
  const loaded = loadConfiguration(found, { env: terminal.env, asks: snapshot === null });
  const input = await flowInputOf(loaded, { config: `ConfigMap ${found.name}`, snapshot });
  return { ...input, home: found.origin.file };
}

/** What is judged, from where the options say. */
async function objectsOf(
  { manifests: paths, cluster, context, kubeconfig }: VerifyCommandOptions,
  terminal: Terminal,
): Promise<{ readonly manifests: Manifests; readonly source: string }> {
  if (cluster === paths.length > 0)
    throw new CliError('CLI_OPTION_INVALID', 'Give either --manifests or --cluster');
  if (cluster) {
    const { readCluster } = await import('../../isolation/cluster/read-cluster.ts');
    const { manifests, server } = await readCluster({ context, kubeconfig });
    return { manifests, source: server };
  }
  if (context !== null || kubeconfig !== null)
    throw new CliError('CLI_OPTION_INVALID', 'Give --context and --kubeconfig with --cluster only');
  const manifests = await readManifests(paths, { stdin: terminal.stdin });
  const problems = manifests.complaints.filter(({ code }) => code === 'UNREADABLE');
  if (problems.length > 0)
    throw new CliError('CLI_MANIFESTS_INVALID', 'Name manifests that can be read', { problems });
  return { manifests, source: paths.join(', ') };
}

/** ACLs by cluster; without a name they are those of the only cluster. */
function aclsIn(given: readonly string[], flows: FlowMap): AclSnapshot | null {
  if (given.length === 0) return null;
  const clusters = [...new Set(flows.brokers.map(({ cluster }) => cluster))].toSorted();
  const known = clusters.map((name) => `"${name}"`).join(', ');
  const found = new Map<string, ClusterAcls>();
  for (const one of given) {
    const named = clusters.find((cluster) => one.startsWith(`${cluster}=`));
    const [only, ...others] = clusters;
    const cluster = named ?? (others.length === 0 ? only : undefined);
    if (cluster === undefined)
      throw new CliError(
        'CLI_OPTION_INVALID',
        `Write --acls cluster=file with one of the clusters ${known}: "${one}" names none`,
      );
    if (found.has(cluster))
      throw new CliError('CLI_OPTION_INVALID', `Give --acls once for cluster "${cluster}"`);
    const path = named === undefined ? one : one.slice(named.length + 1);
    found.set(cluster, parseAcls(readText(path, '--acls')));
  }
  return found;
}

async function write(path: string, pieces: Iterable<string>): Promise<void> {
  try {
    await writeFile(path, [...pieces].join(''));
  } catch (cause) {
    throw new CliError('CLI_FILE_UNWRITABLE', `Name a file that can be written: "${path}"`, {
      cause,
    });
  }
}
