/** Attacks that rest on when a policy is in force, not on what it says. */
import { atBroker, type AttackProfile, type Draft } from './draft.ts';
import { foreigner } from './impostors.ts';
import { insider, type AttackScene, type RawBroker } from './scene.ts';

const timing = {
  family: 'time',
  expected: 'implementation-defined',
  floor: 'implementation-defined',
  severity: 'error',
} as const;

/** Attacks of this family, by kind. */
export const timeProfiles = {
  'stale-connection': {
    ...timing,
    technique: 'held',
    title: 'Connection opened before the deny',
    standsFor:
      'a client that was connected when its broker received raw partitions, or when policies were tightened',
    closedBy: ['restart of both ends', 'TLS or SASL client identity with ACLs'],
    residual:
      'most implementations leave established connections alone: what was open stays open until one end closes it. ACLs are asked for every request',
    remedy:
      'after tightening, restart the brokers or their old clients, or drop their entries (conntrack)',
  },
  'pod-start': {
    ...timing,
    technique: 'at-start',
    title: 'First moments of a pod',
    standsFor:
      'a caller or a broker whose node has not heard of the policies about it yet, or a pod that was given the address of an allowed one that ended',
    closedBy: ['TLS or SASL client identity with ACLs', 'admission guard'],
    residual:
      'several implementations let a new pod through until its policies are in force, about a tenth of a second with kube-router: nothing in a policy closes that',
    remedy:
      "let the raw listener ask for a client identity that has ACLs, and use the network plugin's strict mode where there is one",
  },
} as const satisfies Readonly<Record<string, AttackProfile>>;

/** Attacks in time on one raw broker. */
export function* inTime(scene: AttackScene, raw: RawBroker): Generator<Draft> {
  const client = [...scene.identities.values()].find(
    (one) => one.party.kind === 'client' && !raw.guests.includes(one),
  );
  yield {
    kind: 'stale-connection',
    profile: timeProfiles['stale-connection'],
    ...atBroker(scene, raw),
    source: client === undefined ? foreigner(scene) : insider(scene, client),
  };
  yield {
    kind: 'pod-start',
    profile: timeProfiles['pod-start'],
    ...atBroker(scene, raw),
    source: foreigner(scene),
  };
}
