/** Runs a load test by name: `npm run loadtest -- engine`. Writes JSON and a Markdown table to `loadtest/results/`. */
import type { LoadTest } from './report.ts';
import { surroundings, writeReport } from './report.ts';

const tests = ['engine', 'pipeline'] as const;

const [name, ...args] = process.argv.slice(2);
if (!tests.some((one) => one === name)) {
  console.error(`Name a load test: ${tests.join(' or ')}`);
  process.exit(2);
}
const test = (await import(`./${String(name)}.ts`)) as LoadTest;
const report = await test.run(args);
console.log(writeReport(report, surroundings(['npm run loadtest --', name, ...args].join(' '))));
process.exitCode = report.claims.every((claim) => claim.holds) ? 0 : 1;
