/** Policies that select nobody, and rules whose peers nobody is. */
import { hasBit } from '../reachability/bit-set.ts';
import { refText, type Direction } from '../reachability/rules.ts';
import { rulesOf } from '../reachability/rule-parts.ts';
import { decider } from './culprits.ts';
import { isInert } from './near-misses.ts';
import type { Finding } from '../findings/finding.ts';
import type { Actor, Scene } from './scene.ts';

/** Looks at our own policies and at those of namespaces in scope; what other namespaces do is not our concern. */
export function idlePolicies(scene: Scene): readonly Finding[] {
  const scope = new Set([...scene.input.flows.scope, ...scene.match.namespaces]);
  const plain = scene.actors.filter((actor) => !isWitness(actor));
  return scene.base.selecting.flatMap(({ policy, bits }) => {
    const { ref } = policy;
    if (!scene.isOurs(ref) && (ref.namespace === undefined || !scope.has(ref.namespace))) return [];
    const selects = plain.some(({ label }) =>
      scene.base.source(label)?.bits.some((bit) => hasBit(bits, bit)),
    );
    if (!selects)
      return [
        {
          code: 'POLICY_SELECTS_NOTHING',
          severity: 'warning' as const,
          subject: refText(ref),
          message: `${refText(ref)} selects no pod of the manifests`,
          deciders: [decider(ref)],
          path: [],
          remedy: 'correct its selector, add the manifests of its pods, or remove it',
        },
      ];
    return directions.flatMap((direction) => idleRules(scene, plain, policy, direction));
  });
}

const directions: readonly Direction[] = ['ingress', 'egress'];

/** Rules of a direction that `policyTypes` leaves out: their author meant them. */
export function inertRules(scene: Scene): readonly Finding[] {
  const scope = new Set([...scene.input.flows.scope, ...scene.match.namespaces]);
  return scene.input.manifests.policies.flatMap((policy) => {
    if (policy.kind !== 'NetworkPolicy') return [];
    if (!scene.isOurs(policy) && !scope.has(policy.namespace)) return [];
    return directions
      .filter((direction) => isInert(policy, direction))
      .map((direction) => ({
        code: 'RULE_INERT',
        severity: 'warning' as const,
        subject: refText(policy),
        message: `${refText(policy)} has ${direction} rules that its policyTypes leaves out: they allow nothing`,
        deciders: [decider(policy)],
        path: [],
        remedy: `add ${direction === 'ingress' ? 'Ingress' : 'Egress'} to policyTypes, or remove the rules`,
      }));
  });
}

function idleRules(
  scene: Scene,
  plain: readonly Actor[],
  policy: Scene['base']['selecting'][number]['policy'],
  direction: Direction,
): readonly Finding[] {
  const { universe } = scene.base.reachability;
  return rulesOf(policy, direction).flatMap((rule) => {
    if (rule.action !== 'allow' || rule.peers.length === 0) return [];
    if (rule.peers.some(({ kind }) => kind !== 'pods')) return [];
    const peers = universe.peers(rule, direction);
    const met = plain.some(({ label }) =>
      scene.base.peer(label, direction)?.bits.some((bit) => hasBit(peers, bit)),
    );
    if (met) return [];
    return [
      {
        code: 'RULE_MATCHES_NOTHING',
        severity: 'note' as const,
        subject: refText(policy.ref),
        message: `${refText(policy.ref)} ${rule.path} names peers that no pod of the manifests is`,
        deciders: [decider(policy.ref, rule)],
        path: [],
        remedy: 'correct its peers, add the manifests of these pods, or remove the rule',
      },
    ];
  });
}

/** A pod that was imagined to fit a rule would fit it always. */
const isWitness = ({ presence, workload }: Actor): boolean =>
  (presence === 'somewhere' || presence === 'anywhere') &&
  (workload?.shapes[0]?.labels.size ?? 0) > 0;
