/** Runs a load test by name: `npm run loadtest -- engine`. Writes JSON and a Markdown table to `loadtest/results/`. */
import type { LoadTest } from './report.ts';
import { surroundings, writeReport } from './report.ts';

const tests = ['engine', 'pipeline', 'network'] as const;

const [asked, ...args] = process.argv.slice(2);
const name = tests.find((one) => one === asked);
switch (name) {
  case undefined:
    console.error(`Name a load test: ${tests.join(', ')}`);
    process.exitCode = 2;
    break;
  case 'engine':
  case 'pipeline':
  case 'network': {
    const test = (await import(`./${name}.ts`)) as LoadTest;
    const report = await test.run(args);
    const command = ['npm run loadtest --', name, ...args].join(' ');
    console.log(writeReport(report, surroundings(command)));
    process.exitCode = report.claims.every((claim) => claim.holds) ? 0 : 1;
    break;
  }
}
