/** Attacks as a report for every output format. */
import { atLeast, compareFindings, type Finding, type Severity } from '../findings/finding.ts';
import type { Report } from '../findings/report.ts';
import type { Attacked } from './attacks.ts';
import { attackRules } from './codes.ts';
import { judgeLive, type LiveResult } from './live.ts';

/** Makes the report; fails where a finding is at least as bad as the threshold. */
export function attackReport(
  { attacks, findings }: Attacked,
  {
    live,
    threshold,
    version,
    home,
  }: {
    /** `null` where nothing was tried. */
    readonly live: readonly LiveResult[] | null;
    readonly threshold: Severity;
    readonly version: string;
    readonly home: string | null;
  },
): Report {
  const all: readonly Finding[] = [
    ...findings,
    ...(live === null ? [] : judgeLive(attacks, live)),
  ].toSorted(compareFindings);
  const passed = !all.some(({ severity }) => atLeast(severity, threshold));
  const count = (code: string): number => all.filter((one) => one.code === code).length;
  const through = count('ATTACK_SUCCEEDS');
  const stopped = attacks.filter(({ verdict }) => verdict === 'denied').length;
  return {
    command: 'lethe network attack',
    version,
    verdict: passed
      ? 'No attack of the catalogue gets through that a whole shield would stop'
      : through > 0
        ? `${through} of ${attacks.length} attacks get through that a whole shield would stop`
        : 'The attacks could not all be judged, or policies and packets disagree',
    passed,
    threshold,
    findings: all,
    rules: attackRules,
    statements: [
      `${attacks.length} attacks were derived and judged; the policies deny ${stopped} of them, and ${count('ATTACK_RESIDUAL')} are beyond network policies`,
      ...(live === null
        ? ['No packet was sent: every verdict is that of the evaluator']
        : [
            `${live.filter(({ outcome }) => outcome !== 'unsupported').length} attacks were tried with packets; ${count('LIVE_DIFFERS')} ended otherwise than judged`,
          ]),
    ],
    facts: { attacks, live },
    home,
  };
}
