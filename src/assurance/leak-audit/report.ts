/** The answer of one audit as a report that every format prints. */
import { atLeast, type Severity } from '../../isolation/findings/finding.ts';
import type { Report } from '../../isolation/findings/report.ts';
import type { AuditResult } from './auditor.ts';
import { auditRules } from './codes.ts';

export interface AuditReportOptions {
  readonly version: string;
  /** Findings at least this bad fail. */
  readonly threshold: Severity;
  /** The configuration file, at which findings are shown. */
  readonly home: string | null;
  readonly sample: number;
}

export function reportOf(
  result: AuditResult,
  { version, threshold, home, sample }: AuditReportOptions,
): Report {
  const { findings, beyond, topics, partitions, routes } = result;
  const passed = beyond === 0 && findings.every(({ severity }) => !atLeast(severity, threshold));
  return {
    command: 'lethe audit',
    version,
    verdict: passed ? 'nothing found in what was judged' : 'found what should not be there',
    passed,
    threshold,
    findings,
    rules: auditRules,
    statements: [...statementsOf(result, sample)],
    facts: { beyond, topics, partitions, routes, sample },
    home,
  };
}

function* statementsOf(
  { topics, partitions, routes, beyond }: AuditResult,
  sample: number,
): Generator<string> {
  yield `read ${topics} topics with ${partitions} partitions to their ends`;
  for (const { route, judged, skipped, blind } of routes) {
    const left = skipped === 0 ? '' : ` and left out ${skipped} (audit.sample ${sample})`;
    yield `route "${route}": judged ${judged} records${left}`;
    if (blind.length > 0)
      yield `route "${route}": values there look like raw ones, so their form shows nothing: ${blind.join(', ')}`;
  }
  if (beyond > 0) yield `${beyond} more finds were too many to tell apart`;
}
