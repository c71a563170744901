/** The outcome of a replay as text, or as one JSON object. */
import type { Finding } from '../findings/finding.ts';
import type { WatchOutput } from './render-anomalies.ts';
import type { ReplayOutcome, ReplayedPair } from './replay.ts';

export interface ReplayReport {
  readonly pairs: readonly ReplayedPair[];
  /** In the order of the pairs; none for those that stay as they are. */
  readonly findings: readonly Finding[];
  /** Pairs that were forgotten. */
  readonly evicted: number;
  /** Decisions of the authorizer, which were left out. */
  readonly requests: number;
  /** Policies that were judged: the proposed ones, and others that stay. */
  readonly judged: { readonly proposed: number; readonly others: number };
}

export function* renderReplay(report: ReplayReport, output: WatchOutput): Generator<string> {
  const { pairs, findings, evicted, requests, judged } = report;
  if (output === 'json') {
    yield `${JSON.stringify({ summary: { ...sums(pairs), evicted, requests, judged }, findings, pairs })}\n`;
    return;
  }
  for (const { severity, code, subject, message, deciders, remedy } of findings) {
    yield `${severity} ${code} ${subject}: ${message}\n`;
    for (const { policy, rule, origin } of deciders)
      yield `  by ${policy}${rule === null ? '' : ` ${rule}`} (${origin.file}:${origin.line})\n`;
    yield `  ${remedy}\n`;
  }
  const { breaks, opens, unjudged, stays } = sums(pairs);
  yield `${pairs.length} pairs: ${breaks} would break, ${opens} would open, ${unjudged} can't be judged, ${stays} stay\n`;
  yield `judged by ${judged.proposed} proposed policies and ${judged.others} others that stay\n`;
  if (requests > 0)
    yield `left out: ${requests} decisions of the authorizer, about which network policies have nothing to say\n`;
  if (evicted > 0)
    yield `not whole: ${evicted} pairs were forgotten to keep within memory; replay a shorter log\n`;
}

function sums(pairs: readonly ReplayedPair[]): Readonly<Record<ReplayOutcome, number>> {
  const counted = { breaks: 0, opens: 0, unjudged: 0, stays: 0 };
  for (const { outcome } of pairs) counted[outcome] += 1;
  return counted;
}
