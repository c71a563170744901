import type { Report } from './report.ts';

/** Findings and facts as JSON: for programs. */
export function* renderJson(report: Report): Generator<string> {
  const { command, version, verdict, passed, threshold, findings, facts } = report;
  // Lines of origins are looked up when they are read, by getters that `JSON.stringify` calls.
  yield JSON.stringify(
    { command, version, verdict, passed, threshold, findings, ...facts },
    null,
    2,
  );
  yield '\n';
}
