/** Placement and declaration side by side: what the flows of every party are looked up in. */
import { brokerPlace, type Place } from './broker-pods.ts';
import { coordinatorOf, coordinatorTopics, type Coordinated } from './coordinators.ts';
import { named, type FlowFinding } from './flow-finding.ts';
import { holdersOf, holdings, topicRoles, type Declared, type TopicRole } from './placement.ts';
import type { ClusterSnapshot, KafkaSnapshot } from './snapshot.ts';

/** What a broker holds of the declared topics: `shared` is raw and open at once, `free` neither. */
export type BrokerStanding = 'raw' | 'open' | 'shared' | 'free';

/** One broker of the map. */
export interface MappedBroker {
  /** `cluster/node id`. */
  readonly name: string;
  readonly cluster: string;
  readonly node: number;
  readonly standing: BrokerStanding;
  /** As advertised; `null` while the broker is away. */
  readonly address: string | null;
  readonly place: Place | null;
  /** Kafka port for those who handle raw records. */
  readonly port: number;
  /** Kafka port for everybody else; the same unless `mode` is `listener`. */
  readonly openPort: number;
  readonly metricsPort: number | null;
  readonly raw: readonly string[];
  readonly open: readonly string[];
  readonly quarantine: readonly string[];
}

/** Whether raw records are on the broker, alone or beside others. */
export const holdsRaw = ({ standing }: MappedBroker): boolean =>
  standing === 'raw' || standing === 'shared';

/** One Kafka cluster with everything looked up that flows ask for. */
export class ClusterScene {
  readonly name: string;
  /** In the order of node ids. */
  readonly brokers: readonly MappedBroker[];
  readonly roles: ReadonlyMap<string, TopicRole>;
  readonly madeLater: ReadonlySet<string>;
  readonly #snapshot: ClusterSnapshot;
  readonly #topics: ReadonlyMap<string, ClusterSnapshot['topics'][number]>;
  readonly #byNode: ReadonlyMap<number, MappedBroker>;
  /** Looked up once for all clients of a topic. */
  readonly #holders = new Map<string, readonly MappedBroker[]>();

  constructor(
    name: string,
    snapshot: ClusterSnapshot,
    declared: Declared,
    clusters: KafkaSnapshot['clusters'],
  ) {
    this.name = name;
    this.#snapshot = snapshot;
    this.#topics = new Map(snapshot.topics.map((topic) => [topic.name, topic]));
    const { roles, madeLater } = topicRoles(declared, name, clusters);
    this.roles = roles;
    this.madeLater = madeLater;
    const group = declared.isolation.brokers.get(name);
    const anyPort = snapshot.brokers[0]?.port ?? 9092;
    this.brokers = holdings(snapshot, roles).map(({ id, address, ...held }) => {
      const port = group?.port ?? address?.port ?? anyPort;
      return {
        name: `${name}/${id}`,
        cluster: name,
        node: id,
        standing: standingOf(held),
        address: address === null ? null : `${address.host}:${address.port}`,
        place: group === undefined ? null : brokerPlace(group.pods, id, address?.host ?? null),
        port,
        openPort: declared.isolation.mode === 'listener' ? (group?.openPort ?? port) : port,
        metricsPort: group?.metricsPort ?? null,
        ...held,
      };
    });
    this.#byNode = new Map(this.brokers.map((broker) => [broker.node, broker]));
  }

  has(topic: string): boolean {
    return this.#topics.has(topic);
  }

  /** Every holder of any partition of a topic; none where there is no such topic. */
  holders(topic: string): readonly MappedBroker[] {
    const known = this.#holders.get(topic);
    if (known !== undefined) return known;
    const nodes = new Set(
      this.#topics.get(topic)?.partitions.flatMap((one) => [...holdersOf(one)]),
    );
    const found = this.brokers.filter(({ node }) => nodes.has(node));
    this.#holders.set(topic, found);
    return found;
  }

  /** Who coordinates a name now, and who may; undefined where the cluster can't tell yet. */
  coordinator(
    kind: Coordinated,
    name: string,
  ):
    | {
        readonly partition: string;
        readonly leader: MappedBroker | undefined;
        readonly holders: readonly MappedBroker[];
      }
    | undefined {
    const place = coordinatorOf(kind, name, this.#snapshot);
    if (place === undefined) return undefined;
    return {
      partition: `${place.topic}-${place.partition}`,
      leader: place.leader === null ? undefined : this.#byNode.get(place.leader),
      holders: this.brokers.filter(({ node }) => place.holders.includes(node)),
    };
  }

  /** Whoever may coordinate any name of a kind. */
  coordinators(kind: Coordinated): readonly MappedBroker[] {
    return this.holders(coordinatorTopics[kind]);
  }

  /** Brokers behind a bootstrap server: those whose advertised host is the same, or the same in a longer form. */
  behind(server: string): readonly MappedBroker[] {
    const host = hostOf(server);
    return this.brokers.filter(({ address }) => {
      const other = address === null ? null : hostOf(address);
      if (other === null) return false;
      return other === host || other.startsWith(`${host}.`) || host.startsWith(`${other}.`);
    });
  }

  /** What the placement itself gives cause for. */
  *findings(mode: Declared['isolation']['mode']): Generator<FlowFinding> {
    for (const broker of this.brokers) yield* brokerFindings(broker, mode);
    for (const [topic, role] of this.roles) {
      if (this.has(topic)) continue;
      const later = this.madeLater.has(topic);
      yield {
        code: 'TOPIC_ABSENT',
        severity: later ? 'warning' : 'error',
        subject: `${this.name} ${topic}`,
        message: later
          ? `the ${role} topic "${topic}" is not there yet, and the broker will choose where it goes`
          : `the ${role} topic "${topic}" is not there, so nobody can tell which brokers hold it`,
        remedy: 'create it with the replicas that it should have, and take the snapshot again',
      };
    }
  }
}

function* brokerFindings(
  { name: subject, node, standing, address, place, raw, open }: MappedBroker,
  mode: Declared['isolation']['mode'],
): Generator<FlowFinding> {
  if (standing === 'shared')
    yield {
      code: 'BROKER_SHARED',
      severity: mode === 'listener' ? 'warning' : 'error',
      subject,
      message:
        mode === 'listener'
          ? `raw ${named(raw)} and sanitized ${named(open)} share the broker: the authorizer alone keeps them apart`
          : `raw ${named(raw)} and sanitized ${named(open)} share the broker: no network policy can tell them apart`,
      remedy: `move the partitions of one of the two kinds off broker ${node} (kafka-reassign-partitions)`,
    };
  if (address === null)
    yield {
      code: 'BROKER_ABSENT',
      severity: 'warning',
      subject,
      message: `broker ${node} holds replicas and is not in the cluster at present: its port is taken from another`,
      remedy: 'start the broker and take the snapshot again, or move its replicas elsewhere',
    };
  if (place === null)
    yield {
      code: 'BROKER_POD_UNKNOWN',
      severity: 'warning',
      subject,
      message: `the declaration does not tell which pod broker ${node} is`,
      remedy: 'complete isolation.brokers: pods or addresses for every node id',
    };
}

function standingOf({
  raw,
  open,
}: {
  readonly raw: readonly string[];
  readonly open: readonly string[];
}): BrokerStanding {
  if (raw.length > 0) return open.length > 0 ? 'shared' : 'raw';
  return open.length > 0 ? 'open' : 'free';
}

/** Host of `host:port`, in small letters and without the dot or brackets around it. */
function hostOf(server: string): string {
  return server
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
}
