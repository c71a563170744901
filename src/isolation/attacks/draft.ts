/** An attack before it is judged. */
import type { Severity } from '../findings/finding.ts';
import type { AddressRange, Family } from '../manifests/addresses.ts';
import type { Protocol } from '../manifests/objects.ts';
import type {
  Attack,
  AttackFamily,
  AttackSource,
  AttackVerdict,
  Closer,
  Technique,
} from './attack.ts';
import type { AttackScene, Identity, RawBroker, TargetPod } from './scene.ts';
import { insider } from './scene.ts';

/** What all attacks of one kind share: one entry of the catalogue. */
export interface AttackProfile {
  readonly family: AttackFamily;
  readonly title: string;
  /** The real event that it stands for. */
  readonly standsFor: string;
  readonly technique: Technique;
  /** The loosest verdict that a whole shield gives. */
  readonly expected: AttackVerdict;
  /** The strictest answer that the network can give for sure, whatever policies say about a new connection. */
  readonly floor?: AttackVerdict;
  /** Whether the attacker is judged as a declared party is, so that a denial hits that party, too. */
  readonly mirrors?: boolean;
  /** How bad it is when the attack gets through. */
  readonly severity: Severity;
  readonly closedBy: readonly Closer[];
  readonly residual: string | null;
  /** What to do when it gets through. */
  readonly remedy: string;
}

/** Where an attack goes, with the pod that stands for it. */
export interface Goal {
  readonly target: Attack['destination']['target'];
  readonly name: string;
  readonly pod: TargetPod | null;
  /** Addresses outside that are no goal, since the declaration names them. */
  readonly spared?: (range: AddressRange) => boolean;
}

/** One attack of a kind. */
export interface Draft {
  readonly kind: string;
  readonly profile: AttackProfile;
  /** Where it differs from that of the kind. */
  readonly expected?: AttackVerdict;
  /** What tells it from others of its kind with the same destination; empty where nothing must. */
  readonly about: string;
  readonly source: AttackSource;
  readonly goal: Goal;
  readonly protocol: Protocol;
  readonly port: number;
  /** Whether any port will do; `port` is the one that is named when none gets through. */
  readonly sweep?: boolean;
  readonly family: Family;
  readonly control: AttackSource | null;
  /** What lies behind the destination, for the path of findings. */
  readonly behind: readonly string[];
}

/** A raw broker as the goal of an attack; `port` defaults to that of Kafka for those who handle raw records. */
export function atBroker(
  scene: AttackScene,
  raw: RawBroker,
  at: { readonly protocol?: Protocol; readonly port?: number; readonly family?: Family } = {},
): Pick<Draft, 'goal' | 'protocol' | 'port' | 'family' | 'control' | 'behind' | 'about'> {
  const { broker, pod, address, guests } = raw;
  const { protocol = 'TCP', port = broker.port, family = 4 } = at;
  const open = protocol === 'TCP' && port === broker.port && family === 4;
  return {
    about: '',
    goal: {
      name: broker.name,
      pod,
      target:
        pod === null
          ? { kind: 'external', address: address ?? '' }
          : {
              kind: 'pod',
              namespace: pod.namespace,
              labels:
                broker.place?.kind === 'pods'
                  ? broker.place.podSelector
                  : Object.fromEntries(pod.shape.labels),
              pod: pod.shape.name ?? null,
            },
    },
    protocol,
    port,
    family,
    control: open ? controlOf(scene, guests) : scrapeControl(scene, raw, protocol, port, family),
    behind: broker.raw.map((topic) => `topic ${topic}`),
  };
}

/** The first of those who must reach the broker; the anonymizer before others. */
export function controlOf(scene: AttackScene, guests: readonly Identity[]): AttackSource | null {
  const guest = guests.find(({ party }) => party.kind === 'anonymizer') ?? guests[0];
  return guest === undefined ? null : insider(scene, guest);
}

/** Whoever is declared to reach another port of the broker. */
function scrapeControl(
  scene: AttackScene,
  { broker }: RawBroker,
  protocol: Protocol,
  port: number,
  family: Family,
): AttackSource | null {
  const flow = scene.flows.flows.find(
    (one) => one.to === `broker ${broker.name}` && one.protocol === protocol && one.port === port,
  );
  const identity = flow === undefined ? undefined : scene.identities.get(flow.from);
  return identity === undefined || family === 6 ? null : insider(scene, identity);
}
