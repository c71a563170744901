/** Which topics are raw and which are open, and which brokers hold them. */
import type { IsolationSettings } from './isolation-settings.ts';
import type { ClusterSnapshot, PartitionEntry } from './snapshot.ts';

/** What of the configuration decides about flows. */
export interface Declared {
  readonly isolation: IsolationSettings;
  /** By name, as the anonymizer uses them. */
  readonly clusters: ReadonlyMap<string, { readonly bootstrapServers: readonly string[] }>;
  readonly routes: readonly DeclaredRoute[];
  readonly quarantine: {
    readonly cluster: string;
    readonly topic: string;
    readonly create: boolean;
  };
  /** Consumer group of the anonymizer. */
  readonly groupId: string;
  readonly registryUrl: string;
  /** Port of health and metrics of the anonymizer. */
  readonly httpPort: number;
}

/** One route, as far as topics go. */
export interface DeclaredRoute {
  readonly name: string;
  readonly from: {
    readonly cluster: string;
    readonly topic: string | null;
    readonly pattern: string | null;
  };
  readonly to: { readonly cluster: string; readonly topic: string; readonly create: boolean };
}

/**
 * What a topic is to the shield. Quarantine holds coordinates of refused records and nothing of the records, so it is neither raw nor open:
 * the anonymizer needs it, and nobody else is expected at it.
 */
export type TopicRole = 'raw' | 'open' | 'quarantine';

/** Topics of one cluster. */
export interface TopicRoles {
  /** Declared topics by name; also those that aren't there (yet). */
  readonly roles: ReadonlyMap<string, TopicRole>;
  /** Topics that the anonymizer makes when they are missing. */
  readonly madeLater: ReadonlySet<string>;
}

/** Sorts the topics of a cluster. A topic that is raw by one route and open by another is raw: the stricter word counts. */
export function topicRoles(
  declared: Declared,
  cluster: string,
  snapshots: Readonly<Record<string, ClusterSnapshot>>,
): TopicRoles {
  const roles = new Map<string, TopicRole>();
  const madeLater = new Set<string>();
  const { quarantine } = declared;
  if (quarantine.cluster === cluster) {
    roles.set(quarantine.topic, 'quarantine');
    if (quarantine.create) madeLater.add(quarantine.topic);
  }
  const pairs = topicPairs(declared.routes, snapshots);
  for (const { route, to } of pairs)
    if (route.to.cluster === cluster) {
      roles.set(to, 'open');
      if (route.to.create) madeLater.add(to);
    }
  for (const { route, from } of pairs) if (route.from.cluster === cluster) roles.set(from, 'raw');
  return { roles, madeLater };
}

/** Every raw topic with its target. Patterns mean the topics that are there; a topic that has a route of its own is not theirs. */
function topicPairs(
  routes: readonly DeclaredRoute[],
  snapshots: Readonly<Record<string, ClusterSnapshot>>,
): readonly { readonly route: DeclaredRoute; readonly from: string; readonly to: string }[] {
  const exact = new Set(routes.map(({ from }) => `${from.cluster} ${from.topic ?? ''}`));
  return routes.flatMap((route) => {
    const { cluster, topic, pattern } = route.from;
    if (topic !== null) return [{ route, from: topic, to: route.to.topic }];
    const whole = new RegExp(`^(?:${pattern ?? ''})$`, 'u');
    return (snapshots[cluster]?.topics ?? [])
      .filter(({ name }) => !name.startsWith('__') && whole.test(name))
      .filter(({ name }) => !exact.has(`${cluster} ${name}`))
      .map(({ name }) => ({ route, from: name, to: name.replace(whole, route.to.topic) }));
  });
}

/**
 * Everybody who has the records of a partition, or is about to: not only the leader, since followers are fetched from as well (KIP-392) and
 * become leaders, and during a reassignment those that come and those that go (KIP-455).
 */
export function holdersOf({ replicas, adding, removing }: PartitionEntry): ReadonlySet<number> {
  return new Set([...replicas, ...adding, ...removing]);
}

/** One broker and the declared topics that it holds, sorted by name. */
export interface BrokerHoldings {
  readonly id: number;
  /** `null` where the broker holds replicas but isn't in the cluster at present. */
  readonly address: { readonly host: string; readonly port: number } | null;
  readonly raw: readonly string[];
  readonly open: readonly string[];
  readonly quarantine: readonly string[];
}

/** What the brokers hold, in the order of node ids: those of the cluster, and those that only replica lists know. */
export function holdings(
  { brokers, topics }: ClusterSnapshot,
  roles: TopicRoles['roles'],
): readonly BrokerHoldings[] {
  const held = new Map<number, Record<TopicRole, Set<string>>>();
  const of = (id: number): Record<TopicRole, Set<string>> => {
    const found = held.get(id) ?? { raw: new Set(), open: new Set(), quarantine: new Set() };
    held.set(id, found);
    return found;
  };
  for (const { id } of brokers) of(id);
  for (const { name, partitions } of topics) {
    const role = roles.get(name);
    for (const partition of partitions)
      for (const id of holdersOf(partition)) {
        const topicsOf = of(id);
        if (role !== undefined) topicsOf[role].add(name);
      }
  }
  const addresses = new Map(brokers.map(({ id, host, port }) => [id, { host, port }]));
  return [...held]
    .toSorted(([a], [b]) => a - b)
    .map(([id, { raw, open, quarantine }]) => ({
      id,
      address: addresses.get(id) ?? null,
      raw: [...raw].toSorted(),
      open: [...open].toSorted(),
      quarantine: [...quarantine].toSorted(),
    }));
}
