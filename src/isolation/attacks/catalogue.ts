/** Every kind of attack, in the order of reports. */
import type { AttackFamily } from './attack.ts';
import { brokerPortProfiles } from './broker-ports.ts';
import type { AttackProfile } from './draft.ts';
import { exfiltrationProfiles } from './exfiltration.ts';
import { impostorProfiles } from './impostors.ts';
import { insiderProfiles } from './insiders.ts';
import { timeProfiles } from './in-time.ts';
import { outsideProfiles } from './outside.ts';

/** Families in the order of reports, with what each is about. */
export const attackFamilies: Readonly<Record<AttackFamily, string>> = {
  impostor: 'Somebody else, or somebody who claims to be a party',
  insider: 'Inside of workloads that are there',
  port: 'Other ports of raw brokers',
  twin: 'The port of Kafka by another protocol or address family',
  node: 'From the nodes',
  outside: 'From outside, and through Services',
  exfiltration: 'Ways out',
  time: 'When policies are not in force',
};

/** Profiles by kind. */
export const catalogue: ReadonlyMap<string, AttackProfile> = new Map(
  Object.entries<AttackProfile>({
    ...impostorProfiles,
    ...insiderProfiles,
    ...brokerPortProfiles,
    ...outsideProfiles,
    ...exfiltrationProfiles,
    ...timeProfiles,
  }),
);

const ranks = new Map([...catalogue.keys()].map((kind, index) => [kind, index]));

/** Sorts kinds as the catalogue has them. */
export const compareKinds = (a: string, b: string): number =>
  (ranks.get(a) ?? ranks.size) - (ranks.get(b) ?? ranks.size);
