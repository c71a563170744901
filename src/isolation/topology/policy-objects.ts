import type { Field } from './field.ts';
import { parseNetworkPolicy, type NetworkPolicy } from './network-policy.ts';

/** A policy of any flavour that the evaluator knows; `namespace` is undefined for those of the whole cluster. */
export type PolicyObject = NetworkPolicy;

/** Parses a policy; undefined when the kind is not a policy that is known here. */
export function parsePolicy(
  root: Field,
  kind: string,
  group: string | undefined,
): PolicyObject | undefined {
  if (kind === 'NetworkPolicy' && ['networking.k8s.io', 'extensions', undefined].includes(group))
    return parseNetworkPolicy(root);
  return undefined;
}
