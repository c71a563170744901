import {
  parseCalicoPolicy,
  parseCalicoTier,
  type CalicoPolicy,
  type CalicoTier,
} from './calico-policy.ts';
import { parseCiliumPolicy, type CiliumPolicy } from './cilium-policy.ts';
import { parseClusterNetworkPolicy, type ClusterNetworkPolicy } from './cluster-network-policy.ts';
import type { Complaints } from '../complaints.ts';
import type { Field } from '../field.ts';
import { parseNetworkPolicy, type NetworkPolicy } from './network-policy.ts';

/** A policy of any flavour that the evaluator knows, or a tier; `namespace` is undefined for those of the whole cluster. */
export type PolicyObject =
  NetworkPolicy | ClusterNetworkPolicy | CiliumPolicy | CalicoPolicy | CalicoTier;

/** Parses a policy; undefined when the kind is not a policy that is known here. `'none'`: a policy that judges no pod. */
export function parsePolicy(
  root: Field,
  kind: string,
  group: string | undefined,
): PolicyObject | 'none' | undefined {
  switch (`${group ?? 'networking.k8s.io'}/${kind}`) {
    case 'networking.k8s.io/NetworkPolicy':
    case 'extensions/NetworkPolicy':
      return parseNetworkPolicy(root);
    case 'policy.networking.k8s.io/ClusterNetworkPolicy':
      return parseClusterNetworkPolicy(root);
    case 'cilium.io/CiliumNetworkPolicy':
      return parseCiliumPolicy(root, 'CiliumNetworkPolicy');
    case 'cilium.io/CiliumClusterwideNetworkPolicy':
      return parseCiliumPolicy(root, 'CiliumClusterwideNetworkPolicy');
    case 'projectcalico.org/NetworkPolicy':
    case 'crd.projectcalico.org/NetworkPolicy':
      return parseCalicoPolicy(root, 'CalicoNetworkPolicy') ?? 'none';
    case 'projectcalico.org/GlobalNetworkPolicy':
    case 'crd.projectcalico.org/GlobalNetworkPolicy':
      return parseCalicoPolicy(root, 'GlobalNetworkPolicy') ?? 'none';
    case 'projectcalico.org/Tier':
    case 'crd.projectcalico.org/Tier':
      return parseCalicoTier(root);
    default:
      return undefined;
  }
}

/** Tiers that exist in every cluster with Calico. */
const builtInTiers = ['default', 'kube-admin', 'kube-baseline'];

/** Complains about what only all policies together show: tiers that nobody declares, and orders that decide nothing. */
export function crossCheck(policies: readonly PolicyObject[], complaints: Complaints): void {
  const tiers = new Set(builtInTiers);
  for (const policy of policies) if (policy.kind === 'Tier') tiers.add(policy.name);
  const actions = new Map<string, ReadonlySet<string>>();
  for (const policy of policies) {
    // The line is looked up when it is read: only complaints are worth that.
    const at = (): string => `${policy.origin.file}:${policy.origin.line}`;
    if ('tier' in policy && policy.kind !== 'ClusterNetworkPolicy' && !tiers.has(policy.tier)) {
      const message = 'declare the tier too: its order is not known, so it is judged last';
      complaints.add('error', 'MISSING_OBJECT', `${at()} spec.tier`, message);
    }
    if (policy.kind !== 'ClusterNetworkPolicy') continue;
    const place = `${policy.tier} ${policy.priority}`;
    const before = actions.get(place) ?? new Set();
    const own = new Set([...policy.ingress, ...policy.egress].map(({ action }) => action));
    const all = new Set([...before, ...own]);
    // Policies that all do the same may be judged in any order.
    if (before.size > 0 && own.size > 0 && all.size > 1) {
      // "There is no way for the user to reliably determine which one it will choose" (ClusterNetworkPolicySpec.Priority).
      const message = 'choose a priority of its own: implementations may judge either policy first';
      complaints.add('warning', 'AMBIGUOUS_ORDER', `${at()} spec.priority`, message);
    }
    actions.set(place, all);
  }
}
