import { globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { command } from './command.ts';

/** What ran, in all suites together. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const REPORTER = join(import.meta.dirname, 'count-reporter.mjs');

/** Folders of tests that need more than Node: brokers, a cluster, helm, an image, or another program to compare with. */
const suites = ['broker', 'cluster', 'differential', 'helm', 'image', 'kubernetes'] as const;

/** Test files below `test/`: those of one of the suites, or all others. */
export function testFiles(kind: 'unit' | (typeof suites)[number]): readonly string[] {
  const suiteOf = (file: string) => suites.find((name) => file.startsWith(join('test', name, sep)));
  return globSync('test/**/*.test.ts')
    .filter((file) => (suiteOf(file) ?? 'unit') === kind)
    .sort();
}

/** Runs test files and counts; a run that could not even count is one failure. */
export async function runSuite(options: {
  readonly files: readonly string[];
  readonly scratch: string;
  /** Flags of `node --test`, before the files. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}): Promise<Counts> {
  const { files, scratch, flags = [], env = {} } = options;
  const result = join(scratch, 'counts.json');
  const code = await command(
    'node',
    [
      ...['--test', ...flags],
      ...['--test-reporter=dot', '--test-reporter-destination=stdout'],
      ...[`--test-reporter=${REPORTER}`, `--test-reporter-destination=${result}`],
      ...files,
    ],
    env,
  );
  const counts = readCounts(result);
  if (counts === null) return { passed: 0, failed: 1, skipped: 0 };
  const failed = counts.failed + counts.cancelled;
  return {
    passed: counts.passed,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: counts.skipped + counts.todo,
  };
}

interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly skipped: number;
  readonly todo: number;
}

function readCounts(file: string): Summary | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Summary;
  } catch {
    return null;
  }
}
