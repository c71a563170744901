/** Rules that would allow a connection if one thing about them were otherwise: most missing connections are a slip in one of them. */
import { hasBit } from '../reachability/bit-set.ts';
import { resolvePorts, rulesOf } from '../reachability/rule-parts.ts';
import { refText, type Direction } from '../reachability/rules.ts';
import { matches } from '../manifests/labels.ts';
import { decider } from './culprits.ts';
import type { Decider } from '../findings/finding.ts';
import type { PortSet } from '../reachability/port-set.ts';
import type { NetworkPolicy } from '../manifests/kinds/network-policy.ts';
import type { Workload } from '../manifests/objects.ts';
import type { Scene } from './scene.ts';

/** What doesn't fit. */
export type Slip = 'direction' | 'namespace' | 'order' | 'peer' | 'ports' | 'pods';

export interface NearMiss {
  readonly decider: Decider;
  readonly slip: Slip;
  /** What is wrong, after the names of policy and rule. */
  readonly text: string;
}

/** The pod that lacks a rule, the class of the other end, and the ports that were denied. */
export interface Lack {
  readonly direction: Direction;
  readonly subject: number;
  readonly peer: number;
  readonly workload: Workload | undefined;
  readonly ports: PortSet;
}

/** The most telling few: rules that nobody else can mean before rules that serve other pods well. */
export function nearMisses(scene: Scene, lack: Lack): readonly NearMiss[] {
  return [...inert(scene, lack), ...misplaced(scene, lack), ...almost(scene, lack)]
    .toSorted((a, b) => ranks[a.slip] - ranks[b.slip])
    .slice(0, 3);
}

const ranks: Readonly<Record<Slip, number>> = {
  direction: 0,
  namespace: 1,
  order: 1,
  peer: 2,
  ports: 2,
  pods: 3,
};

const networkPolicies = (scene: Scene): readonly NetworkPolicy[] =>
  scene.input.manifests.policies.filter((policy) => policy.kind === 'NetworkPolicy');

const selects = ({ pods }: NetworkPolicy, workload: Workload): boolean =>
  workload.shapes.some(({ labels }) => matches(pods, (key) => labels.get(key)));

/** Rules that `policyTypes` leaves out. */
function* inert(scene: Scene, { direction, workload }: Lack): Generator<NearMiss> {
  if (workload === undefined) return;
  for (const policy of networkPolicies(scene)) {
    if (policy.namespace !== workload.namespace || !isInert(policy, direction)) continue;
    if (!selects(policy, workload)) continue;
    const [rule] = policy[direction];
    yield {
      decider: {
        policy: refText(policy),
        rule: `${direction}[0]`,
        origin: rule?.origin ?? policy.origin,
      },
      slip: 'direction',
      text: 'is left out by policyTypes',
    };
  }
}

/** Whether a policy has rules of a direction that it doesn't judge. */
export const isInert = (policy: NetworkPolicy, direction: Direction): boolean =>
  policy[direction].length > 0 &&
  !policy.types.includes(direction === 'ingress' ? 'Ingress' : 'Egress');

/** Our own policies that would allow it in the namespace of the pod, and stand in another. */
function* misplaced(scene: Scene, lack: Lack): Generator<NearMiss> {
  const { direction, workload } = lack;
  if (workload === undefined) return;
  const byRef = new Map(scene.base.selecting.map(({ policy }) => [refText(policy.ref), policy]));
  for (const policy of networkPolicies(scene)) {
    if (policy.namespace === workload.namespace || !selects(policy, workload)) continue;
    const compiled = byRef.get(refText(policy));
    if (compiled === undefined || !scene.isOurs(compiled.ref)) continue;
    for (const rule of rulesOf(compiled, direction))
      if (fitsOf(scene, lack, rule).every(Boolean))
        yield {
          decider: decider(compiled.ref, rule),
          slip: 'namespace',
          text: `is in the wrong namespace (as NetworkPolicy ${workload.namespace}/${policy.name} it would allow it)`,
        };
  }
}

/** Rules of the namespace or of the whole cluster that fit in all but one. */
function* almost(scene: Scene, lack: Lack): Generator<NearMiss> {
  const { direction, subject, workload } = lack;
  for (const { policy, bits } of scene.base.selecting) {
    if (policy.ref.namespace !== undefined && policy.ref.namespace !== workload?.namespace)
      continue;
    const selected = hasBit(bits, subject);
    for (const rule of rulesOf(policy, direction)) {
      const [peer, ports] = fitsOf(scene, lack, rule);
      if (rule.action === 'deny' || [selected, peer, ports].filter(Boolean).length < 2) continue;
      const slip = slipOf(selected, peer, ports);
      yield { decider: decider(policy.ref, rule), slip, text: texts[slip] };
    }
  }
}

function slipOf(selected: boolean, peer: boolean, ports: boolean): keyof typeof texts {
  if (!selected) return 'pods';
  if (!peer) return 'peer';
  return ports ? 'order' : 'ports';
}

const texts = {
  order: 'is judged after what denies it, or passes it on to nothing that allows it',
  peer: 'names other peers',
  ports: 'opens other ports',
  pods: 'selects other pods',
} as const;

/** Whether the peers of a rule fit, and whether its ports do. */
function fitsOf(
  scene: Scene,
  { direction, subject, peer, ports }: Lack,
  rule: Parameters<typeof resolvePorts>[0],
): readonly [boolean, boolean] {
  const { universe } = scene.base.reachability;
  const destination = universe.classes[direction === 'ingress' ? subject : peer];
  return [
    rule.action !== 'deny' && hasBit(universe.peers(rule, direction), peer),
    ports.subtract(resolvePorts(rule, destination)).isEmpty,
  ];
}
