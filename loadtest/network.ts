/**
 * Growth of the network shield: `lethe network connections` and `lethe network verify` on generated clusters, each as a process of its own
 * as its users run it, beside netpol-analyzer's `list` on the same folders (built by the rig, or named by `NETPOL_ANALYZER`).
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asAnalyzerPrints } from '../test/differential/analyzer-list.ts';
import { netpolAnalyzer } from '../test/rig/go-tools.ts';
import { generateCluster, type GeneratedFile } from './network-cluster.ts';
import { configText, hole, kafkaFiles, snapshotText } from './network-kafka.ts';
import { plot, type Curve } from './network-plot.ts';
import type { Claim, Report } from './report.ts';

const execute = promisify(execFile);

/** netpol-analyzer needs minutes beyond this size. */
const comparedUpTo = 1_000;
const largest = 5_000;

/** One process: from its start to its end. */
interface Timing {
  readonly seconds: number;
  readonly megabytes: number;
}

interface Phases {
  readonly connections: number;
  readonly readSeconds: number;
  readonly judgeSeconds: number;
  readonly listSeconds: number;
}

interface Measured extends Phases {
  readonly workloads: number;
  readonly listing: Timing;
  /** The other judge's seconds; `null` where it was not asked. */
  readonly analyzer: number | null;
  readonly sameList: boolean | null;
  readonly proof: Timing;
  readonly holeFound: boolean;
}

/** Runs the sizes given, by default 100, 300, 1,000 and 5,000 workloads. */
export async function run(args: readonly string[]): Promise<Report> {
  const sizes = args.length === 0 ? [100, 300, 1_000, largest] : args.map(Number);
  const analyzer = process.env['NETPOL_ANALYZER'] ?? (await netpolAnalyzer(console.error));
  const measured: Measured[] = [];
  for (const size of sizes) {
    measured.push(await measure(size, analyzer));
    console.error(JSON.stringify(measured.at(-1)));
  }
  await draw(measured);
  return {
    name: 'network',
    title: 'Network shield: connections and proof of generated clusters',
    rows: measured.map(rowOf),
    claims: claimsOf(measured),
    notes: notesOf(measured),
  };
}

async function measure(workloads: number, analyzer: string): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'lethe-network-'));
  try {
    const manifests = join(folder, 'manifests');
    const list = join(folder, 'ours.txt');
    await write(manifests, generateCluster(workloads));
    const listing = await lethe(folder, ['connections', '--manifests', manifests], [0], list);
    const phases = await phasesOf(manifests);
    const other = workloads <= comparedUpTo ? await ask(analyzer, manifests) : null;
    const ours = await readFile(list, 'utf8');
    const sameList =
      other === null ? null : asAnalyzerPrints(ours) === asAnalyzerPrints(other.list);
    return {
      workloads,
      ...phases,
      listing,
      analyzer: other?.seconds ?? null,
      sameList,
      ...(await prove(folder, manifests)),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Generates policies for the brokers, verifies everything, and once more with a hole. */
async function prove(
  folder: string,
  manifests: string,
): Promise<{ readonly proof: Timing; readonly holeFound: boolean }> {
  const [config, snapshot, policies] = ['lethe.yaml', 'snapshot.json', 'policies'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  await writeFile(config, configText());
  await writeFile(snapshot, snapshotText());
  await write(manifests, kafkaFiles());
  const input = ['--config', config, '--snapshot', snapshot];
  await lethe(folder, ['generate', ...input, '--out', policies], [0]);
  const verify = ['verify', ...input, '--manifests', manifests, '--manifests', policies];
  const proof = await lethe(folder, verify, [0]);
  await writeFile(join(manifests, 'hole.yaml'), hole);
  const report = join(folder, 'report.json');
  await lethe(folder, [...verify, '--format', 'json'], [1], report);
  const holeFound = (await readFile(report, 'utf8')).includes('NetworkPolicy kafka/hole');
  return { proof, holeFound };
}

async function write(folder: string, files: readonly GeneratedFile[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { name, text } of files) await writeFile(join(folder, name), text);
}

/** Runs the command line; `codes` are the exit codes that mean an answer. */
async function lethe(
  folder: string,
  args: readonly string[],
  codes: readonly number[],
  out = join(folder, 'out.txt'),
): Promise<Timing> {
  const usage = join(folder, 'usage.txt');
  const preload = join(import.meta.dirname, 'network-usage.ts');
  const main = join(import.meta.dirname, '..', 'src', 'main.ts');
  const started = performance.now();
  const { code, stdout, stderr } = await ended(
    process.execPath,
    ['--import', preload, main, 'network', ...args],
    { ...process.env, LETHE_USAGE: usage },
  );
  const seconds = (performance.now() - started) / 1_000;
  if (!codes.includes(code)) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
  await writeFile(out, stdout);
  return { seconds, megabytes: Number(await readFile(usage, 'utf8')) };
}

async function phasesOf(manifests: string): Promise<Phases> {
  const child = join(import.meta.dirname, 'network-child.ts');
  const { stdout } = await execute(process.execPath, [child, manifests]);
  return JSON.parse(stdout) as Phases;
}

async function ask(
  analyzer: string,
  manifests: string,
): Promise<{ readonly seconds: number; readonly list: string }> {
  const started = performance.now();
  const { stdout } = await ended(analyzer, ['list', '-q', '--dirpath', manifests], process.env);
  return { seconds: (performance.now() - started) / 1_000, list: stdout };
}

function ended(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    execFile(file, args, { env, maxBuffer: 2 ** 30 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

function rowOf(one: Measured): Report['rows'][number] {
  const { analyzer, sameList } = one;
  return {
    workloads: one.workloads,
    connections: one.connections,
    'connections s': one.listing.seconds.toFixed(2),
    'of it reading s': one.readSeconds.toFixed(2),
    'judging s': (one.judgeSeconds + one.listSeconds).toFixed(2),
    'peak MB': one.listing.megabytes.toFixed(0),
    'netpol-analyzer s': analyzer?.toFixed(2) ?? '-',
    factor: analyzer === null ? '-' : (analyzer / one.listing.seconds).toFixed(1),
    'same list': sameList === null ? '-' : sameList ? 'yes' : 'NO',
    'verify s': one.proof.seconds.toFixed(2),
    'verify peak MB': one.proof.megabytes.toFixed(0),
    'hole found': one.holeFound ? 'yes' : 'NO',
  };
}

function claimsOf(measured: readonly Measured[]): readonly Claim[] {
  const at = (size: number): Measured | undefined =>
    measured.find(({ workloads }) => workloads === size);
  const claim = (text: string, value: number, wanted = 1): Claim => ({
    claim: text,
    measured: value,
    wanted,
    holds: value >= wanted,
  });
  const compared = at(comparedUpTo);
  const big = at(largest);
  const asked = measured.filter(({ sameList }) => sameList !== null);
  return [
    ...(asked.length === 0
      ? []
      : [
          claim(
            'share of sizes with the same list as netpol-analyzer',
            asked.filter(({ sameList }) => sameList).length / asked.length,
          ),
        ]),
    ...(compared?.analyzer
      ? [
          claim(
            `netpol-analyzer / connections, ${comparedUpTo} workloads`,
            compared.analyzer / compared.listing.seconds,
            20,
          ),
        ]
      : []),
    claim(
      'share of sizes where verify passes, and finds the hole that is added',
      measured.filter(({ holeFound }) => holeFound).length / measured.length,
    ),
    ...(big === undefined
      ? []
      : [
          claim(`60 s / connections, ${largest} workloads`, 60 / big.listing.seconds),
          claim(`1536 MB / its peak memory`, 1_536 / big.listing.megabytes),
          claim(`60 s / verify, ${largest} workloads`, 60 / big.proof.seconds),
          claim(`1536 MB / its peak memory`, 1_536 / big.proof.megabytes),
        ]),
  ];
}

/** How much longer the larger cluster took, beside how much larger it is. */
function notesOf(measured: readonly Measured[]): readonly string[] {
  const growth = measured.slice(1).map((one, index) => {
    const before = measured[index]!;
    const ratio = (a: number, b: number): string => (a / b).toFixed(1);
    const other =
      one.analyzer === null || before.analyzer === null
        ? ''
        : `, netpol-analyzer ${ratio(one.analyzer, before.analyzer)} times`;
    return `${before.workloads} to ${one.workloads} workloads, ${ratio(one.workloads, before.workloads)} times the size: connections ${ratio(one.listing.seconds, before.listing.seconds)} times the time, verify ${ratio(one.proof.seconds, before.proof.seconds)} times${other}`;
  });
  return [
    'whole processes, from start to end; "reading" and "judging" are of a second run of connections in one process',
    'verify judges the same cluster with 100 brokers, 10,000 partitions, 50 clients and their generated policies beside it',
    ...growth,
    '![growth](network.svg)',
  ];
}

async function draw(measured: readonly Measured[]): Promise<void> {
  const curves: readonly Curve[] = [
    {
      name: 'netpol-analyzer list',
      color: '#b03030',
      points: measured.flatMap(({ workloads, analyzer }) =>
        analyzer === null ? [] : [[workloads, analyzer] as const],
      ),
    },
    {
      name: 'lethe network verify',
      color: '#2b6cb0',
      points: measured.map(({ workloads, proof }) => [workloads, proof.seconds] as const),
    },
    {
      name: 'lethe network connections',
      color: '#2f855a',
      points: measured.map(({ workloads, listing }) => [workloads, listing.seconds] as const),
    },
  ];
  const folder = join(import.meta.dirname, 'results');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'network.svg'), plot('Time by size of the cluster', curves));
}
