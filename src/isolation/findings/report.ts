/** What the formats print: findings, what their codes mean, and what was looked at. */
import type { Finding, Severity } from './finding.ts';

/** What one code means. */
export interface RuleText {
  /** A few words. */
  readonly title: string;
  /** One or more sentences, with the cure. */
  readonly help: string;
}

/** A list of findings with everything around it. Plain data. */
export interface Report {
  /** Such as `lethe network verify`. */
  readonly command: string;
  readonly version: string;
  /** The answer in one sentence. */
  readonly verdict: string;
  readonly passed: boolean;
  /** Findings at least this bad count as failures. */
  readonly threshold: Severity;
  /** Sorted. */
  readonly findings: readonly Finding[];
  /** Every code that was looked for, found or not. */
  readonly rules: Readonly<Record<string, RuleText>>;
  /** What was judged, one sentence a line. */
  readonly statements: readonly string[];
  /** The same as data, for JSON. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** File that findings without a place are shown at, such as the configuration; `null`: they stay without. */
  readonly home: string | null;
}

/** How many findings of each severity, as `2 errors, 1 warning`; `no findings` where there are none. */
export function tally(findings: readonly Finding[]): string {
  const parts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const number = findings.filter((one) => one.severity === severity).length;
    return number === 0 ? [] : [`${number} ${severity}${number === 1 ? '' : 's'}`];
  });
  return parts.length === 0 ? 'no findings' : parts.join(', ');
}

/** Formats of a report. */
export const reportFormats = ['table', 'json', 'markdown', 'sarif', 'junit', 'tap'] as const;
export type ReportFormat = (typeof reportFormats)[number];
