import type { CalicoTier } from '../manifests/kinds/calico-policy.ts';
import type { PolicyObject } from '../manifests/kinds/policy-objects.ts';
import { compileCalicoPolicy } from './calico-policies.ts';
import { compileCiliumPolicy } from './cilium-policies.ts';
import { compileClusterNetworkPolicy } from './cluster-policies.ts';
import { compileNetworkPolicy } from './network-policies.ts';
import type { Policy } from './rules.ts';

/** Compiles policies of every flavour. */
export function compilePolicies(policies: readonly PolicyObject[]): readonly Policy[] {
  const tiers = new Map<string, CalicoTier>();
  for (const policy of policies) if (policy.kind === 'Tier') tiers.set(policy.name, policy);
  return policies.flatMap((policy) => {
    switch (policy.kind) {
      case 'NetworkPolicy':
        return [compileNetworkPolicy(policy)];
      case 'ClusterNetworkPolicy':
        return [compileClusterNetworkPolicy(policy)];
      case 'CiliumNetworkPolicy':
      case 'CiliumClusterwideNetworkPolicy':
        return compileCiliumPolicy(policy);
      case 'CalicoNetworkPolicy':
      case 'GlobalNetworkPolicy':
        return [compileCalicoPolicy(policy, tiers)];
      case 'Tier':
        return [];
    }
  });
}
