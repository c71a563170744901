/** KafkaUser of Strimzi: the grants of one principal as its operator applies them. */
import { byIdentity } from './acls.ts';
import { metadataOf, type Manifest } from './manifest.ts';
import type { FlowMap } from '../topology/flow-map.ts';
import type { Grant } from '../topology/grants.ts';
import type { PolicySet } from './policy-set.ts';

/** A Strimzi cluster as the map knows it. */
export interface StrimziCluster {
  readonly namespace: string;
  /** Name of its `Kafka` object. */
  readonly name: string;
}

/** The Strimzi clusters of a map by the names that the configuration gives them, sorted. */
export function strimziClusters({
  brokers,
}: Pick<FlowMap, 'brokers'>): ReadonlyMap<string, StrimziCluster> {
  const found = new Map<string, StrimziCluster>();
  for (const { cluster, place } of brokers) {
    const name = place?.kind === 'pods' ? place.podSelector['strimzi.io/cluster'] : undefined;
    if (place?.kind === 'pods' && name !== undefined)
      found.set(cluster, { namespace: place.namespace, name });
  }
  return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** One user for each declared principal of a Strimzi cluster. */
export function strimziUsers(map: FlowMap, set: Pick<PolicySet, 'digest'>): readonly Manifest[] {
  return [...strimziClusters(map)].flatMap(([cluster, strimzi]) => {
    const users = new Map<string, Grant[]>();
    for (const grant of [...map.grants].toSorted(byIdentity)) {
      const user = grant.cluster === cluster ? userOf(grant.principal) : null;
      if (user === null) continue;
      users.set(user, [...(users.get(user) ?? []), grant]);
    }
    return [...users].map(([user, grants]) => manifestOf(user, grants, strimzi, set));
  });
}

/** The name of the user object of a principal; `null` where Strimzi has none. */
export function userOf(principal: string | null): string | null {
  return (
    /^User:(?:CN=)?([a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?)$/.exec(principal ?? '')?.[1] ?? null
  );
}

function manifestOf(
  user: string,
  grants: readonly Grant[],
  { namespace, name }: StrimziCluster,
  set: Pick<PolicySet, 'digest'>,
): Manifest {
  const metadata = metadataOf(set, { name: user, namespace, flows: [] });
  const certified = grants.some(({ principal }) => principal?.startsWith('User:CN=') === true);
  return {
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'KafkaUser',
    metadata: { ...metadata, labels: { ...metadata.labels, 'strimzi.io/cluster': name } },
    spec: {
      authentication: { type: certified ? 'tls' : 'scram-sha-512' },
      authorization: {
        type: 'simple',
        acls: grants.map(({ resource, name: what, pattern, operations }) => ({
          resource: {
            type: resource,
            name: what,
            patternType: pattern === 'literal' ? 'literal' : 'prefix',
          },
          operations,
          host: '*',
        })),
      },
    },
  };
}
