/** Topic-level reachability: topic, its holders, their pods, what the policies allow, and what the authorizer does. */
import { PortSet } from '../reachability/port-set.ts';
import { holdsRaw, type MappedBroker } from '../topology/flow-scene.ts';
import { Authorizer } from './acl.ts';
import type { Actor, Scene } from './scene.ts';
import type { TopicReach } from './verification.ts';

/** Who reaches a Kafka port of a raw broker. */
export interface BrokerReach {
  readonly broker: MappedBroker;
  /** Everybody but brokers of the same cluster and pods that are not there. */
  readonly actors: readonly Actor[];
}

/** Looks at every raw broker once. */
export function brokerReach(scene: Scene): readonly BrokerReach[] {
  const { reachability } = scene.base;
  return [...scene.brokers.values()].filter(holdsRaw).map((broker) => {
    const kafka = PortSet.union(
      [broker.port, broker.openPort].map((port) => PortSet.of('TCP', port, port)),
    );
    const targets = scene.actorsOf(`broker ${broker.name}`);
    const actors = scene.actors.filter((actor) => {
      const source = scene.base.source(actor.label);
      if (source === undefined || isPhantom(actor) || isBrokerOf(scene, actor, broker.cluster))
        return false;
      return targets.some(({ label }) => {
        const destination = scene.base.destination(label);
        if (destination === undefined) return false;
        return !reachability.between(source, destination).intersect(kafka).isEmpty;
      });
    });
    return { broker, actors };
  });
}

const isPhantom = ({ presence }: Actor): boolean =>
  presence === 'somewhere' || presence === 'anywhere';

const isBrokerOf = (scene: Scene, { parties }: Actor, cluster: string): boolean =>
  parties.some((id) => scene.brokers.get(id)?.cluster === cluster);

/** One statement for each set of holders. */
export function topicReach(scene: Scene, reaches: readonly BrokerReach[]): readonly TopicReach[] {
  const holders = new Map<string, BrokerReach[]>();
  for (const reach of reaches)
    for (const topic of reach.broker.raw) {
      const name = `${reach.broker.cluster} ${topic}`;
      const found = holders.get(name);
      if (found === undefined) holders.set(name, [reach]);
      else found.push(reach);
    }
  const groups = Map.groupBy(holders, ([, found]) =>
    found.map(({ broker }) => broker.name).join('\0'),
  );
  return [...groups.values()]
    .map((group) => statement(scene, group.map(([topic]) => topic).toSorted(), group[0]![1]))
    .toSorted((a, b) => (a.topics[0]! < b.topics[0]! ? -1 : 1));
}

function statement(
  scene: Scene,
  topics: readonly string[],
  reaches: readonly BrokerReach[],
): TopicReach {
  const labels = reaches.flatMap(({ actors }) => actors.map(({ label }) => label));
  return {
    topics,
    brokers: reaches.map(({ broker }) => broker.name).toSorted(),
    reachedBy: [...new Set(labels)].toSorted(),
    readableBy: readers(scene, topics),
  };
}

function readers({ input: { acls } }: Scene, topics: readonly string[]): readonly string[] | null {
  if (acls === null) return null;
  const found = new Set<string>();
  for (const topic of topics) {
    const [cluster = '', ...name] = topic.split(' ');
    const lists = acls.get(cluster);
    if (lists === undefined || lists === null) return null;
    const authorizer = new Authorizer(lists);
    for (const principal of [...authorizer.principals, ...(lists.superUsers ?? [])]) {
      const question = { principal, operation: 'READ', resource: 'TOPIC', name: name.join(' ') };
      if (authorizer.ask({ ...question, operation: 'READ', resource: 'TOPIC' }).allowed)
        found.add(principal);
    }
  }
  return [...found].toSorted();
}
