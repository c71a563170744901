/** Answers of Kafka that are not believed: a broker that hides half of its topics must not open what protects them. */
import { coordinatorTopics } from '../topology/coordinators.ts';
import { topicRoles, type Declared } from '../topology/placement.ts';
import type { KafkaSnapshot } from '../topology/snapshot.ts';

export interface Suspicion {
  /** Such as `BROKERS_GONE main`, `CLUSTER_REPLACED main`, `TOPIC_VANISHED main raw.orders`, sorted; empty where the answer is believed. */
  readonly reasons: readonly string[];
  /** Since when each topic is missing, by `cluster topic`. */
  readonly missing: ReadonlyMap<string, number>;
}

/** Compares an answer with the placement that was believed last; `null` where there is none. */
export function suspect(
  next: KafkaSnapshot,
  {
    current,
    declared,
    missing,
    now,
    vanishedAfter,
  }: {
    readonly current: KafkaSnapshot | null;
    readonly declared: Declared;
    readonly missing: ReadonlyMap<string, number>;
    readonly now: number;
    readonly vanishedAfter: number;
  },
): Suspicion {
  const reasons: string[] = [];
  const gone = new Map<string, number>();
  for (const [cluster, { brokers }] of Object.entries(next.clusters))
    if (brokers.length === 0) reasons.push(`BROKERS_GONE ${cluster}`);
  for (const [cluster, before] of Object.entries(current?.clusters ?? {})) {
    if (!Object.hasOwn(next.clusters, cluster)) {
      // Out of the configuration it may go; an answer that leaves it out says nothing about it.
      if (declared.clusters.has(cluster)) reasons.push(`CLUSTER_MISSING ${cluster}`);
      continue;
    }
    const after = next.clusters[cluster]!;
    if (after.clusterId !== before.clusterId) reasons.push(`CLUSTER_REPLACED ${cluster}`);
    const found = new Map(after.topics.map(({ name, partitions }) => [name, partitions.length]));
    const watched = topicsThatMatter(declared, cluster, current!);
    for (const { name, partitions } of before.topics) {
      if (!watched.has(name) || (found.get(name) ?? 0) >= partitions.length) continue;
      const key = `${cluster} ${name}`;
      const since = missing.get(key) ?? now;
      gone.set(key, since);
      if (now - since < vanishedAfter)
        reasons.push(`${found.has(name) ? 'TOPIC_SHRUNK' : 'TOPIC_VANISHED'} ${key}`);
    }
  }
  return { reasons: reasons.toSorted(), missing: gone };
}

/** Topics that decide about flows: those of routes and clients, and where coordinators are. */
function topicsThatMatter(
  declared: Declared,
  cluster: string,
  snapshot: KafkaSnapshot,
): ReadonlySet<string> {
  const { clients } = declared.isolation;
  return new Set([
    ...topicRoles(declared, cluster, snapshot.clusters).roles.keys(),
    ...clients
      .filter((client) => client.cluster === cluster)
      .flatMap(({ produces, consumes }) => [...produces, ...consumes]),
    ...Object.values(coordinatorTopics),
  ]);
}
