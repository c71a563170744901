/**
 * The network scenario: the list of connections of generated clusters, each in a process of its own, beside netpol-analyzer where
 * `NETPOL_ANALYZER` names its binary. Writes `results/network.json` and `results/network.md`.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generateCluster } from './network-cluster.ts';

const execute = promisify(execFile);

/** One size of cluster; seconds and megabytes are those of one process, from start of reading to the last line written. */
export interface NetworkResult {
  readonly workloads: number;
  readonly policies: number;
  readonly connections: number;
  readonly readSeconds: number;
  readonly judgeSeconds: number;
  readonly listSeconds: number;
  readonly totalSeconds: number;
  readonly peakMegabytes: number;
  /** netpol-analyzer's wall time on the same folder; undefined where it was not asked. */
  readonly analyzerSeconds: number | undefined;
  /** Whether both lists are the same, byte for byte. */
  readonly sameList: boolean | undefined;
}

/** Sizes at which netpol-analyzer is asked, too: it needs minutes beyond them. */
const comparedUpTo = 1_000;

/** Runs the scenario and writes the results. */
export async function run(
  sizes: readonly number[] = [100, 300, 1_000, 5_000],
): Promise<readonly NetworkResult[]> {
  const analyzer = process.env['NETPOL_ANALYZER'];
  const results: NetworkResult[] = [];
  for (const size of sizes) {
    const result = await measure(size, size <= comparedUpTo ? analyzer : undefined);
    results.push(result);
    console.log(rowOf(result));
  }
  await write(results);
  return results;
}

async function measure(size: number, analyzer: string | undefined): Promise<NetworkResult> {
  const folder = await mkdtemp(join(tmpdir(), 'lethe-network-'));
  try {
    const [manifests, list] = [join(folder, 'manifests'), join(folder, 'ours.txt')];
    await mkdir(manifests);
    for (const { name, text } of generateCluster(size))
      await writeFile(join(manifests, name), text);
    const child = join(import.meta.dirname, 'network-child.ts');
    const { stdout } = await execute(process.execPath, [child, manifests, list]);
    const ours = JSON.parse(stdout) as Omit<NetworkResult, 'analyzerSeconds' | 'sameList'>;
    const compared = analyzer === undefined ? undefined : await ask(analyzer, manifests, list);
    return { ...ours, analyzerSeconds: compared?.seconds, sameList: compared?.same };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function ask(
  analyzer: string,
  manifests: string,
  list: string,
): Promise<{ readonly seconds: number; readonly same: boolean }> {
  const started = performance.now();
  const theirs = await execute(analyzer, ['list', '-q', '--dirpath', manifests], {
    maxBuffer: 2 ** 30,
  });
  const seconds = (performance.now() - started) / 1_000;
  const ours = await readFile(list, 'utf8');
  return { seconds, same: theirs.stdout.trimEnd() === ours.trimEnd() };
}

async function write(results: readonly NetworkResult[]): Promise<void> {
  const folder = join(import.meta.dirname, 'results');
  await mkdir(folder, { recursive: true });
  const machine = { cpus: availableParallelism(), model: cpus()[0]?.model, node: process.version };
  await writeFile(
    join(folder, 'network.json'),
    `${JSON.stringify({ machine, results }, null, 2)}\n`,
  );
  const table = [
    '| workloads | policies | connections | read s | judge s | list s | total s | peak MB | netpol-analyzer s | factor | same list |',
    '|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|',
    ...results.map(rowOf),
  ];
  const text = `# Connections of generated clusters

${machine.cpus} CPUs (${machine.model ?? 'unknown'}), Node ${machine.node}. One process a size; repeat with \`npm run loadtest -- network\`.

${table.join('\n')}

${growth(results)}
`;
  await writeFile(join(folder, 'network.md'), text);
}

function rowOf(one: NetworkResult): string {
  const { analyzerSeconds: theirs, sameList } = one;
  const seconds = [one.readSeconds, one.judgeSeconds, one.listSeconds, one.totalSeconds];
  return `| ${[
    one.workloads,
    one.policies,
    one.connections,
    ...seconds.map((value) => value.toFixed(2)),
    one.peakMegabytes.toFixed(0),
    theirs?.toFixed(2) ?? '-',
    theirs === undefined ? '-' : (theirs / one.totalSeconds).toFixed(1),
    sameList === undefined ? '-' : sameList ? 'yes' : 'NO',
  ].join(' | ')} |`;
}

/** How much longer the larger cluster took, beside how much larger it is. */
function growth(results: readonly NetworkResult[]): string {
  return results
    .slice(1)
    .map((one, index) => {
      const before = results[index]!;
      const size = (one.workloads / before.workloads).toFixed(1);
      const time = (one.totalSeconds / before.totalSeconds).toFixed(1);
      return `- ${before.workloads} to ${one.workloads} workloads: ${size} times the size, ${time} times the time`;
    })
    .join('\n');
}

if (import.meta.main) {
  const sizes = process.argv.slice(2).map(Number);
  await (sizes.length === 0 ? run() : run(sizes));
}
