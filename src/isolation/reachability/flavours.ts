import type { PolicyObject } from '../topology/policy-objects.ts';
import { compileClusterNetworkPolicy } from './cluster-policies.ts';
import { compileNetworkPolicy } from './network-policies.ts';
import type { Policy } from './rules.ts';

/** Compiles policies of every flavour. */
export function compilePolicies(policies: readonly PolicyObject[]): readonly Policy[] {
  return policies.flatMap((policy) => {
    switch (policy.kind) {
      case 'NetworkPolicy':
        return [compileNetworkPolicy(policy)];
      case 'ClusterNetworkPolicy':
        return [compileClusterNetworkPolicy(policy)];
    }
  });
}
