/** Which findings are new, and which are no more. */
import { canonicalJson } from '../../foundation/canonical-json.ts';
import type { Finding, Severity } from '../findings/finding.ts';

export interface LedgerChange {
  readonly added: readonly Finding[];
  readonly resolved: readonly Finding[];
}

/** Findings that are remembered; a cluster with more has other worries. */
const mostFindings = 5000;

export class FindingLedger {
  #known: ReadonlyMap<string, Finding> = new Map();

  /** Takes the findings as they are now. */
  take(findings: readonly Finding[]): LedgerChange {
    const now = new Map(findings.slice(0, mostFindings).map((finding) => [idOf(finding), finding]));
    const added = [...now].filter(([id]) => !this.#known.has(id)).map(([, finding]) => finding);
    const resolved = [...this.#known].filter(([id]) => !now.has(id)).map(([, finding]) => finding);
    this.#known = now;
    return { added, resolved };
  }
}

/** The same finding with another message, as with other numbers in it, is the same. */
const idOf = ({ code, severity, subject, deciders }: Finding): string =>
  canonicalJson([code, severity, subject, deciders.map(({ policy, rule }) => [policy, rule])]);

/** Findings by code and severity. */
export function countFindings(
  findings: readonly Finding[],
): ReadonlyMap<
  string,
  { readonly code: string; readonly severity: Severity; readonly count: number }
> {
  const counts = new Map<
    string,
    { readonly code: string; readonly severity: Severity; readonly count: number }
  >();
  for (const { code, severity } of findings) {
    const key = `${code} ${severity}`;
    counts.set(key, { code, severity, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return counts;
}
