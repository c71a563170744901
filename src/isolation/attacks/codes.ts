/** Every finding about attacks: what it means, for the rules of SARIF and for the reference. */
import type { RuleText } from '../findings/report.ts';

/** Codes of attacks and of their live tries. */
export type AttackCode =
  | 'ATTACK_SUCCEEDS'
  | 'ATTACK_UNDECIDED'
  | 'ATTACK_RESIDUAL'
  | 'ATTACK_PARTY_DENIED'
  | 'ATTACK_TARGET_UNKNOWN'
  | 'ATTACK_TARGET_ABSENT'
  | 'LIVE_DIFFERS'
  | 'LIVE_DECIDES'
  | 'LIVE_UNPROVEN'
  | 'LIVE_SKIPPED'
  | 'LIVE_NOTHING_TRIED'
  | 'LIVE_UNKNOWN';

/** What each code means. */
export const attackRules: Readonly<Record<AttackCode, RuleText>> = {
  ATTACK_SUCCEEDS: {
    title: 'An attack gets through',
    help: 'The policies let the attacker through although a whole shield would not. The deciders name the policies and rules that do; where there is none, no policy decides.',
  },
  ATTACK_UNDECIDED: {
    title: 'An attack is left to the implementation',
    help: 'The specification leaves open whether the policies stop the attack, and implementations differ. Select pods by labels, not by addresses, and keep raw brokers off shared nodes.',
  },
  ATTACK_RESIDUAL: {
    title: 'What no network policy closes',
    help: 'The attack is beyond the network layer, whatever the policies say. The remedy names who closes it: TLS or SASL client identity with ACLs, an admission guard, RBAC.',
  },
  ATTACK_PARTY_DENIED: {
    title: 'A declared party is denied',
    help: 'The attacker poses as a declared party and is stopped, so the party itself is stopped as well. Generate the policies again.',
  },
  ATTACK_TARGET_UNKNOWN: {
    title: 'Nobody knows what to attack',
    help: 'The declaration does not tell which pods the raw brokers or the anonymizer are, or no broker holds a raw topic: attacks on them were not judged.',
  },
  ATTACK_TARGET_ABSENT: {
    title: 'A declared party has no pods in the manifests',
    help: 'It was judged as a pod that has exactly the declared labels. Add its manifests, or correct its namespace and labels.',
  },
  LIVE_DIFFERS: {
    title: 'Policies say one thing and packets another',
    help: 'A live try ended otherwise than the static verdict: the network does not enforce policies, enforces others than these, or something else stands in the way.',
  },
  LIVE_DECIDES: {
    title: 'This network decides what the specification leaves open',
    help: 'The static verdict is "implementation-defined"; the live try shows what this network does at present.',
  },
  LIVE_UNPROVEN: {
    title: 'A live try proves nothing',
    help: 'The connection failed, and no positive control reached the same port: a destination that nobody reaches looks like one that is fenced.',
  },
  LIVE_SKIPPED: {
    title: 'An attack was not tried live',
    help: 'This prober can not try it here. The static verdict stands alone.',
  },
  LIVE_NOTHING_TRIED: {
    title: 'No attack was tried live',
    help: 'Packets were asked for and none was sent, so nothing is proven by them. The reasons stand with each attack.',
  },
  LIVE_UNKNOWN: {
    title: 'A live result without an attack',
    help: 'The result belongs to another catalogue: make both from the same manifests.',
  },
};
