import { parseClusterNetworkPolicy, type ClusterNetworkPolicy } from './cluster-network-policy.ts';
import type { Field } from './field.ts';
import { parseNetworkPolicy, type NetworkPolicy } from './network-policy.ts';

/** A policy of any flavour that the evaluator knows; `namespace` is undefined for those of the whole cluster. */
export type PolicyObject = NetworkPolicy | ClusterNetworkPolicy;

/** Parses a policy; undefined when the kind is not a policy that is known here. */
export function parsePolicy(
  root: Field,
  kind: string,
  group: string | undefined,
): PolicyObject | undefined {
  switch (`${group ?? 'networking.k8s.io'}/${kind}`) {
    case 'networking.k8s.io/NetworkPolicy':
    case 'extensions/NetworkPolicy':
      return parseNetworkPolicy(root);
    case 'policy.networking.k8s.io/ClusterNetworkPolicy':
      return parseClusterNetworkPolicy(root);
    default:
      return undefined;
  }
}
