import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

/** A ratio that a run must reach. */
export interface Claim {
  readonly claim: string;
  readonly measured: number;
  readonly wanted: number;
  /** False when the machine could not show it; `measured` then says what was seen. */
  readonly holds: boolean;
}

/** What a load test yields: rows of one table, and the claims that they carry. */
export interface Report {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly Readonly<Record<string, string | number>>[];
  readonly claims: readonly Claim[];
  readonly notes: readonly string[];
}

/** A load test: a file `loadtest/<name>.ts` that exports `run`. */
export interface LoadTest {
  run(args: readonly string[]): Promise<Report>;
}

/** Where a run was made: enough to repeat it. */
export function surroundings(command: string): Readonly<Record<string, string>> {
  const [processor] = cpus();
  return {
    date: new Date().toISOString(),
    command,
    commit: commit(),
    processor: `${processor?.model ?? 'unknown'} × ${cpus().length}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: `${process.platform} ${release()} ${process.arch}`,
    node: process.version,
    v8: process.versions.v8,
    openssl: process.versions.openssl,
  };
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}

/** Renders the table and the claims as Markdown. */
export function renderMarkdown(report: Report, where: Readonly<Record<string, string>>): string {
  const columns = Object.keys(report.rows[0] ?? {});
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [
    `# ${report.title}`,
    '',
    line(columns),
    line(columns.map(() => '---')),
    ...report.rows.map((row) => line(columns.map((column) => row[column] ?? ''))),
    '',
    line(['claim', 'measured', 'wanted', 'holds']),
    line(['---', '---', '---', '---']),
    ...report.claims.map((one) =>
      line([one.claim, one.measured.toFixed(2), `≥ ${one.wanted}`, one.holds ? 'yes' : 'no']),
    ),
    '',
    ...report.notes.map((note) => `- ${note}`),
    '',
    ...Object.entries(where).map(([key, value]) => `- ${key}: ${value}`),
    '',
  ].join('\n');
}

/** Writes `results/<name>.json` and `results/<name>.md`; returns the Markdown. */
export function writeReport(report: Report, where: Readonly<Record<string, string>>): string {
  const folder = fileURLToPath(new URL('results/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const markdown = renderMarkdown(report, where);
  writeFileSync(
    `${folder}${report.name}.json`,
    `${JSON.stringify({ ...report, where }, null, 2)}\n`,
  );
  writeFileSync(`${folder}${report.name}.md`, markdown);
  return markdown;
}
