/** Attacks tried with real packets: what a probe answers, when it is believed, and what it means beside the static verdict. */
import { compareFindings, type Finding, type Severity } from '../findings/finding.ts';
import type { Attack } from './attack.ts';
import type { AttackCode } from './codes.ts';
import { attackPath } from './describe.ts';

/**
 * What one try found. `open`: the destination answered. `refused`: a reset or an ICMP error came back. `timeout`: nothing came back.
 * `unsupported`: this prober can't try it here.
 */
export type ProbeOutcome = 'open' | 'refused' | 'timeout' | 'unsupported';

/** Tries one attack with real packets. Never rejects for what the network does. */
export type Probe = (attack: Attack) => Promise<ProbeOutcome>;

/** One attack, tried. */
export interface LiveResult {
  /** Of the attack. */
  readonly id: string;
  readonly outcome: ProbeOutcome;
  /**
   * The positive control: the same destination and port, tried by a source of the same kind that is meant to get through (or by the very
   * same source before the policies were there). `null` where there was none: then a failure to connect proves nothing.
   */
  readonly control: ProbeOutcome | null;
  /** Why it was not tried, where the prober knows. */
  readonly reason?: string | null;
}

/** Tries attacks one after the other. `control` tries the attack's control; without it nothing that fails is believed. */
export async function tryAttacks(
  attacks: Iterable<Attack>,
  probe: Probe,
  control: Probe | null,
): Promise<readonly LiveResult[]> {
  const results: LiveResult[] = [];
  for (const attack of attacks) {
    const outcome = await probe(attack);
    const tried = control !== null && attack.control !== null && outcome !== 'unsupported';
    results.push({ id: attack.id, outcome, control: tried ? await control(attack) : null });
  }
  return results;
}

/** Puts static verdicts and live outcomes side by side. Every disagreement is a finding, and so is everything that proves nothing. */
export function judgeLive(
  attacks: readonly Attack[],
  results: readonly LiveResult[],
): readonly Finding[] {
  const byId = new Map(results.map((result) => [result.id, result]));
  const known = new Set(attacks.map(({ id }) => id));
  const strays = results.filter(({ id }) => !known.has(id));
  return [
    ...attacks.flatMap((attack) => judgeOne(attack, byId.get(attack.id)) ?? []),
    ...strays.map(({ id }) => stray(id)),
    ...(results.some(({ outcome }) => outcome !== 'unsupported') ? [] : [nothingTried]),
  ].toSorted(compareFindings);
}

function judgeOne(attack: Attack, result: LiveResult | undefined): Finding | undefined {
  const outcome = result?.outcome ?? 'unsupported';
  if (outcome === 'unsupported')
    return finding(attack, 'LIVE_SKIPPED', 'note', {
      message: `was not tried${result?.reason == null ? '' : ` (${result.reason})`}: the static verdict "${attack.verdict}" stands alone`,
      remedy: 'try it with a prober that can, or accept the static verdict',
    });
  const got = outcome === 'open';
  const proven = got || result?.control === 'open';
  if (!proven)
    return finding(attack, 'LIVE_UNPROVEN', 'note', {
      message:
        result?.control == null
          ? `ended in "${outcome}", and nobody is known to get through there: it proves nothing`
          : `ended in "${outcome}", and so did its control (${result.control}): it proves nothing`,
      remedy: 'make the destination answer the control, and try again',
    });
  switch (attack.verdict) {
    case 'denied':
      return got
        ? finding(attack, 'LIVE_DIFFERS', 'error', {
            message: 'gets through, although the policies deny it',
            remedy:
              'see whether the network enforces policies at all, and whether a policy is in force that the manifests lack',
          })
        : undefined;
    case 'allowed':
      return got
        ? undefined
        : finding(attack, 'LIVE_DIFFERS', 'warning', {
            message: `ends in "${outcome}", although the policies allow it`,
            remedy: 'look for a policy or a firewall that the manifests lack',
          });
    case 'implementation-defined':
      return finding(attack, 'LIVE_DECIDES', got ? 'warning' : 'note', {
        message: got
          ? 'is left to the implementation, and this network lets it through'
          : `is left to the implementation, and this network stops it (${outcome})`,
        remedy: got
          ? `close it elsewhere: ${attack.closedBy.join(', ')}`
          : 'try it again whenever the network plugin changes',
      });
  }
}

function finding(
  attack: Attack,
  code: AttackCode,
  severity: Severity,
  { message, remedy }: Pick<Finding, 'message' | 'remedy'>,
): Finding {
  return {
    code,
    severity,
    subject: attack.id,
    message: `${attack.title}: ${message}`,
    deciders: attack.deciders,
    path: attackPath(attack),
    remedy,
  };
}

const nothingTried: Finding = {
  code: 'LIVE_NOTHING_TRIED',
  severity: 'error',
  subject: 'attacks',
  message: 'no attack could be tried with packets, so nothing is proven by them',
  deciders: [],
  path: [],
  remedy: 'see the reasons beside each attack',
};

const stray = (id: string): Finding => ({
  code: 'LIVE_UNKNOWN',
  severity: 'error',
  subject: id,
  message: 'a live result belongs to no attack of this catalogue',
  deciders: [],
  path: [],
  remedy: 'make the catalogue and the results from the same manifests',
});
