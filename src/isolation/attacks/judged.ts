/** From a draft and its ruling to an attack with its finding. */
import type { Finding } from '../findings/finding.ts';
import { looser, type Attack, type AttackVerdict } from './attack.ts';
import { attackPath } from './describe.ts';
import type { Draft } from './draft.ts';
import type { Ruling } from './stage.ts';

/** The attack: its verdict beside what is expected, and what follows. */
export function judged(draft: Draft, ruling: Ruling): Attack {
  const { kind, profile, about, goal, family, sweep, control, behind } = draft;
  const { title, standsFor, technique, floor, closedBy } = profile;
  const expected = draft.expected ?? profile.expected;
  // Policies of the cluster judge what leaves for a broker outside, and what stands in front of it decides the rest.
  const elsewhere = goal.pod === null && behind.length > 0;
  const atLeast: AttackVerdict = floor ?? 'denied';
  const verdict: AttackVerdict =
    elsewhere && ruling.verdict === 'allowed'
      ? 'implementation-defined'
      : looser(atLeast, ruling.verdict)
        ? atLeast
        : ruling.verdict;
  const source =
    draft.source.kind === 'external'
      ? { ...draft.source, address: ruling.witness ?? draft.source.address }
      : draft.source;
  const target =
    goal.target.kind === 'external' && goal.spared !== undefined
      ? { ...goal.target, address: ruling.witness ?? goal.target.address }
      : goal.target;
  const { protocol, port, dependsOn, deciders } = ruling;
  const place = sweep === true ? 'any' : `${protocol}/${port}`;
  const parts = [kind, goal.name, place, ...(family === 6 ? ['IPv6'] : []), about];
  const attack: Omit<Attack, 'finding'> = {
    id: parts.filter((part) => part !== '').join(':'),
    kind,
    family: profile.family,
    title,
    standsFor,
    technique,
    source,
    destination: { target, name: goal.name, protocol, port, family },
    verdict,
    expected: elsewhere && expected === 'denied' ? 'implementation-defined' : expected,
    dependsOn,
    deciders,
    closedBy: elsewhere ? ['firewall of the brokers', ...closedBy] : closedBy,
    residual: elsewhere
      ? 'the broker is outside of the cluster: what stands in front of it decides who gets in'
      : profile.residual,
    control,
  };
  return { ...attack, finding: findingOf(attack, draft) };
}

function findingOf(attack: Omit<Attack, 'finding'>, { profile, behind }: Draft): Finding | null {
  const { id: subject, title, verdict, expected, deciders, residual, closedBy } = attack;
  const path = [...attackPath(attack), ...behind];
  const base = { subject, deciders, path };
  if (looser(verdict, expected))
    return verdict === 'allowed'
      ? {
          ...base,
          code: 'ATTACK_SUCCEEDS',
          severity: profile.severity,
          message: `${title}: gets through`,
          remedy: profile.remedy,
        }
      : {
          ...base,
          code: 'ATTACK_UNDECIDED',
          severity: 'warning',
          message: `${title}: whether it gets through is left to the implementation (${attack.dependsOn.join(', ')})`,
          remedy: profile.remedy,
        };
  if (profile.mirrors === true && verdict === 'denied')
    return {
      ...base,
      code: 'ATTACK_PARTY_DENIED',
      severity: 'warning',
      message: `${title}: is denied, and so is the declared party itself`,
      remedy: 'let the declared party through: `lethe network verify` names the missing flow',
    };
  return verdict === 'denied' || residual === null
    ? null
    : {
        ...base,
        code: 'ATTACK_RESIDUAL',
        severity: 'note',
        message: `${title}: ${residual}`,
        remedy: `${profile.remedy} (closed by: ${closedBy.join(', ')})`,
      };
}
