/** A configuration and the placement that it is verified with. */

/** A configuration that lacks the section `isolation`. `kafka`: YAML of its one cluster. */
export const configHead = ({
  kafka = "{ bootstrapServers: ['kafka-0.kafka:9092'] }",
  registry = 'http://registry.kafka:8081',
} = {}): string => `
kafka: { main: ${kafka} }
registry: { url: '${registry}' }
keys: { directory: keys, current: v1 }
rules: { tags: { PII: { technique: suppress } } }
routes:
  - name: orders
    from: { topic: raw.orders }
    to: { topic: public.orders }
    key: { type: string, technique: pseudonymize, domain: id }
`;

/** Ends in `isolation`, so that a test appends what else it declares there. */
export const config = `${configHead()}
isolation:
  mode: brokers
  anonymizer: { namespace: lethe, podSelector: { app: lethe } }
  brokers: { main: { namespace: kafka, pods: statefulset/kafka, controllers: { port: 9093 } } }
  dns: { namespace: kube-system, podSelector: { k8s-app: kube-dns } }
`;

/** Where the raw topic is; everything else is on broker 1. */
export const snapshot = (raw: number): string => {
  const topics = [
    '__consumer_offsets',
    '__transaction_state',
    'lethe.quarantine',
    'public.orders',
    'raw.orders',
  ];
  const place = (name: string): number => (name === 'raw.orders' ? raw : 1);
  return JSON.stringify({
    format: 'lethe-kafka-snapshot/1',
    taken: '2026-01-02T03:04:05.000Z',
    clusters: {
      main: {
        clusterId: 'c',
        brokers: [0, 1].map((id) => ({ id, host: `kafka-${id}.kafka.svc`, port: 9092 })),
        topics: topics.map((name) => ({
          name,
          partitions: [
            {
              partition: 0,
              leader: place(name),
              replicas: [place(name)],
              adding: [],
              removing: [],
            },
          ],
        })),
      },
    },
  });
};
