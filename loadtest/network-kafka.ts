/** A Kafka cluster beside the generated workloads, for the proof: 100 brokers, 10,000 partitions, half of the brokers raw. */
import type { GeneratedFile } from './network-cluster.ts';

const brokers = 100;
const partitions = 100;
const routes = 50;
const clients = 50;

/** Configuration of the routes and of everybody who may talk to whom. */
export function configText(): string {
  const list = <T>(count: number, of: (index: number) => T): readonly T[] =>
    Array.from({ length: count }, (_, index) => of(index));
  return JSON.stringify({
    kafka: { main: { bootstrapServers: [`kafka-${brokers / 2}.kafka:9092`] } },
    registry: { url: 'http://registry.kafka:8081' },
    keys: { directory: 'keys', current: 'v1' },
    rules: { tags: { PII: { technique: 'suppress' } } },
    routes: list(routes, (index) => ({
      name: `route-${index}`,
      from: { topic: `raw.t${index}` },
      to: { topic: `public.t${index}` },
      key: { type: 'string', technique: 'pseudonymize', domain: 'id' },
    })),
    isolation: {
      mode: 'brokers',
      anonymizer: { namespace: 'lethe', podSelector: { app: 'lethe' } },
      brokers: { main: { namespace: 'kafka', pods: 'statefulset/kafka' } },
      registry: { namespace: 'kafka', podSelector: { app: 'registry' } },
      dns: { namespace: 'kube-system', podSelector: { 'k8s-app': 'kube-dns' } },
      operators: [
        {
          name: 'prometheus',
          workload: { namespace: 'monitoring', podSelector: { app: 'prometheus' } },
          scrapes: ['lethe', 'brokers'],
        },
      ],
      clients: list(clients, (index) => ({
        name: `client-${index}`,
        workload: { namespace: 'clients', podSelector: { app: `client-${index}` } },
        ...(index % 10 === 0
          ? { produces: [`raw.t${index}`], bootstrapServers: [`kafka-${index}.kafka:9092`] }
          : { consumes: [`public.t${index % routes}`], groups: [`group-${index}`] }),
      })),
    },
  });
}

/** The placement: raw topics on the first half of the brokers, everything else on the second. */
export function snapshotText(): string {
  const half = brokers / 2;
  const topic = (name: string, count: number, first: number): unknown => ({
    name,
    partitions: Array.from({ length: count }, (_, partition) => ({
      partition,
      leader: first + (partition % half),
      replicas: [0, 1, 2].map((replica) => first + ((partition + replica) % half)),
      adding: [],
      removing: [],
    })),
  });
  const topics = [
    topic('__consumer_offsets', 50, half),
    topic('__transaction_state', 49, half),
    topic('lethe.quarantine', 1, half),
    ...Array.from({ length: routes }, (_, index) =>
      topic(`public.t${index}`, partitions - 2, half),
    ),
    ...Array.from({ length: routes }, (_, index) => topic(`raw.t${index}`, partitions, 0)),
  ];
  return JSON.stringify({
    format: 'lethe-kafka-snapshot/1',
    taken: '2026-01-02T03:04:05.000Z',
    clusters: {
      main: {
        clusterId: 'c',
        brokers: Array.from({ length: brokers }, (_, id) => ({
          id,
          host: `kafka-${id}.kafka.svc`,
          port: 9092,
        })),
        topics,
      },
    },
  });
}

/** The pods of all that. */
export function kafkaFiles(): readonly GeneratedFile[] {
  const texts = [
    workload('kafka/kafka', { kind: 'StatefulSet', replicas: brokers }),
    workload('kafka/registry'),
    workload('lethe/lethe', { replicas: 3 }),
    workload('monitoring/prometheus'),
    workload('kube-system/coredns', { label: 'k8s-app: kube-dns' }),
    ...Array.from({ length: clients }, (_, index) => workload(`clients/client-${index}`)),
  ];
  return [{ name: 'kafka.yaml', text: texts.join('---\n') }];
}

/** What another owner may add, and the proof must find however large the cluster is. */
export const hole = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: hole, namespace: kafka}
spec: {podSelector: {matchLabels: {app: kafka}}, ingress: [{ports: [{port: 9092}]}]}
`;

function workload(
  place: string,
  options: { readonly kind?: string; readonly replicas?: number; readonly label?: string } = {},
): string {
  const [namespace, name] = place.split('/');
  const { kind = 'Deployment', replicas = 1, label = `app: ${name}` } = options;
  return `apiVersion: apps/v1
kind: ${kind}
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  replicas: ${replicas}
  selector:
    matchLabels:
      ${label}
  template:
    metadata:
      labels:
        ${label}
    spec:
      containers:
        - name: main
          image: example/app:1
`;
}
