/** Findings as the tests that they fail, for formats of test results. */
import { atLeast, type Finding } from './finding.ts';
import type { Report } from './report.ts';

/** One test: a code that found nothing, or one finding. */
export interface TestResult {
  readonly title: string;
  readonly finding: Finding | null;
  /** A finding below the threshold is told and fails nothing. */
  readonly failed: boolean;
}

/** Codes in their order; those with findings have a test for each. */
export function testsOf({ rules, findings, threshold }: Report): readonly TestResult[] {
  const codes = new Set([...Object.keys(rules), ...findings.map(({ code }) => code)]);
  const byCode = Map.groupBy(findings, ({ code }) => code);
  return [...codes].toSorted().flatMap((code): readonly TestResult[] => {
    const found = byCode.get(code) ?? [];
    if (found.length === 0) {
      const title = Object.hasOwn(rules, code) ? `${code}: not: ${rules[code]?.title ?? ''}` : code;
      return [{ title, finding: null, failed: false }];
    }
    return found.map((finding) => ({
      title: `${code}: ${finding.subject}`,
      finding,
      failed: atLeast(finding.severity, threshold),
    }));
  });
}
