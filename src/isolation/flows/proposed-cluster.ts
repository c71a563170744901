/** A cluster as it would be: the pods that are there, the policies that stay, and those that are proposed. */
import type { Manifests } from '../manifests/manifests.ts';
import type { Judged } from '../reachability/reachability.ts';

/**
 * Proposed policies take the place of those of the same kind, namespace and name; all others stay, since policies are a union and those of other
 * owners do not go away. Workloads may stand on either side.
 */
export function proposedCluster(proposal: Manifests, standing: Manifests | null): Judged {
  if (standing === null) return proposal;
  return {
    namespaces: merged(
      standing.namespaces,
      proposal.namespaces.filter(
        ({ name, origin }) =>
          // One that is only mentioned has no labels that anybody declared.
          origin !== undefined || !standing.namespaces.some((one) => one.name === name),
      ),
      ({ name }) => name,
    ),
    workloads: merged(
      standing.workloads,
      proposal.workloads,
      ({ namespace, kind, name }) => `${namespace}/${kind}/${name}`,
    ),
    serviceAccounts: merged(
      standing.serviceAccounts,
      proposal.serviceAccounts,
      ({ namespace, name }) => `${namespace}/${name}`,
    ),
    policies: merged(
      standing.policies,
      proposal.policies,
      ({ kind, namespace, name }) => `${kind} ${namespace ?? ''}/${name}`,
    ),
  };
}

function merged<Item>(
  before: readonly Item[],
  after: readonly Item[],
  keyOf: (item: Item) => string,
): readonly Item[] {
  const found = new Map(before.map((item) => [keyOf(item), item]));
  for (const item of after) found.set(keyOf(item), item);
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, item]) => item);
}
