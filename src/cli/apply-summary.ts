import { remedies } from '../anonymization/outcomes.ts';
import type { OutcomeCode } from '../anonymization/outcomes.ts';
import type { RecordReport, Summary } from '../anonymization/formats/summary.ts';

/** What became of a file: counts, each reason with its remedy, and where the first refused records are. */
export function renderApplied(summary: Summary, reports: readonly RecordReport[]): string {
  const refused = Object.entries(summary.quarantined);
  const total = refused.reduce((sum, [, count]) => sum + count, 0);
  const lines = [
    `${summary.records} records: ${summary.written} written, ${summary.dropped} dropped, ${total} refused`,
  ];
  for (const [code, count] of refused)
    lines.push(`  ${code} ${count}: ${isOutcome(code) ? remedies[code] : ''}`);
  for (const { record, code, path } of reports)
    lines.push(`  record ${record}: ${code}${path === '' ? '' : ` at ${path}`}`);
  if (total > reports.length && reports.length > 0)
    lines.push(`  and ${total - reports.length} more`);
  return `${lines.join('\n')}\n`;
}

function isOutcome(code: string): code is OutcomeCode {
  return Object.hasOwn(remedies, code);
}
