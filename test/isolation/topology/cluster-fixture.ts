import type {
  DeclaredClient,
  IsolationSettings,
} from '../../../src/isolation/topology/isolation-settings.ts';
import type { Declared } from '../../../src/isolation/topology/placement.ts';
import type { KafkaSnapshot, TopicEntry } from '../../../src/isolation/topology/snapshot.ts';

/** A topic whose partitions have these replicas; the first one leads. */
export function topic(name: string, ...partitions: readonly (readonly number[])[]): TopicEntry {
  return {
    name,
    partitions: partitions.map((replicas, partition) => ({
      partition,
      leader: replicas[0] ?? null,
      replicas,
      adding: [],
      removing: [],
    })),
  };
}

/** Three brokers 11, 12, 13 of cluster `main`: by default raw on 11, everything else on 12 and 13. */
export function snapshotOf(...topics: readonly TopicEntry[]): KafkaSnapshot {
  const standard = [
    topic('__consumer_offsets', [12, 13], [13, 12]),
    topic('__transaction_state', [12, 13], [13, 12]),
    topic('raw.orders', [11]),
    topic('public.orders', [12, 13], [13, 12]),
    topic('lethe.quarantine', [12]),
  ];
  const named = new Map([...standard, ...topics].map((one) => [one.name, one]));
  return {
    format: 'lethe-kafka-snapshot/1',
    taken: '2026-01-02T03:04:05.000Z',
    clusters: {
      main: {
        clusterId: 'c',
        brokers: [11, 12, 13].map((id) => ({
          id,
          host: `kafka-${id - 11}.kafka.svc.cluster.local`,
          port: 9092,
        })),
        topics: [...named.values()].filter(({ partitions }) => partitions.length > 0),
      },
    },
  };
}

export const settings: IsolationSettings = {
  mode: 'brokers',
  anonymizer: { namespace: 'lethe', podSelector: { app: 'lethe' } },
  brokers: new Map([
    [
      'main',
      {
        pods: { kind: 'statefulset', namespace: 'kafka', name: 'kafka', firstNodeId: 11 },
        port: 9093,
        openPort: null,
        metricsPort: 9404,
        interBrokerPort: null,
        controllers: { pods: null, port: 9093 },
      },
    ],
  ]),
  anonymizerPrincipal: null,
  clients: [],
  operators: [],
  dns: {
    namespace: 'kube-system',
    podSelector: { 'k8s-app': 'kube-dns' },
    port: 53,
    nodeLocal: null,
  },
  registry: null,
  flows: [],
  scope: null,
};

/** One route from `raw.orders` to `public.orders`. */
export function declare(
  isolation: Partial<IsolationSettings> = {},
  others: Partial<Omit<Declared, 'isolation'>> = {},
): Declared {
  return {
    isolation: { ...settings, ...isolation },
    clusters: new Map([['main', { bootstrapServers: ['kafka-0.kafka:9093'] }]]),
    routes: [route('orders', 'raw.orders', 'public.orders')],
    quarantine: { cluster: 'main', topic: 'lethe.quarantine', create: false },
    groupId: 'lethe',
    registryUrl: 'http://registry.kafka:8081',
    httpPort: 8080,
    ...others,
  };
}

export function route(
  name: string,
  from: string | RegExp,
  to: string,
  clusters: readonly [string, string] = ['main', 'main'],
): Declared['routes'][number] {
  const source =
    typeof from === 'string'
      ? { topic: from, pattern: null }
      : { topic: null, pattern: from.source };
  return {
    name,
    from: { cluster: clusters[0], ...source },
    to: { cluster: clusters[1], topic: to, create: false },
  };
}

export function client(name: string, parts: Partial<DeclaredClient>): DeclaredClient {
  return {
    name,
    cluster: 'main',
    workload: { namespace: name, podSelector: { app: name } },
    produces: [],
    consumes: [],
    groups: [],
    transactionalIds: [],
    bootstrapServers: [],
    registry: null,
    principal: null,
    ...parts,
  };
}
