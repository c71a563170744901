/** What the commands that read flow logs are given: one raw broker, one other, and some pods. */
import { pod } from '../../isolation/reachability/scene.ts';

export const config = `
kafka: { main: { bootstrapServers: ['kafka-0.kafka:9092'] } }
registry: { url: 'http://registry.kafka:8081' }
keys: { directory: keys, current: v1 }
rules: { tags: { PII: { technique: suppress } } }
routes:
  - name: orders
    from: { topic: raw.orders }
    to: { topic: public.orders }
    key: { type: string, technique: pseudonymize, domain: id }
isolation:
  mode: brokers
  anonymizer: { namespace: lethe, podSelector: { app: lethe } }
  brokers: { main: { namespace: kafka, pods: statefulset/kafka } }
`;

const topics = [
  '__consumer_offsets',
  '__transaction_state',
  'lethe.quarantine',
  'public.orders',
  'raw.orders',
];

/** Raw records on broker 0, everything else on 1. */
export const snapshot = JSON.stringify({
  format: 'lethe-kafka-snapshot/1',
  taken: '2026-01-02T03:04:05.000Z',
  clusters: {
    main: {
      clusterId: 'c',
      brokers: [0, 1].map((id) => ({ id, host: `kafka-${id}.kafka.svc`, port: 9092 })),
      topics: topics.map((name) => {
        const place = name === 'raw.orders' ? 0 : 1;
        const partition = {
          partition: 0,
          leader: place,
          replicas: [place],
          adding: [],
          removing: [],
        };
        return { name, partitions: [partition] };
      }),
    },
  },
});

const addresses = {
  lethe: '10.0.1.1',
  raw: '10.0.2.1',
  open: '10.0.2.2',
  web: '10.0.3.1',
  crm: '10.0.3.2',
};

export const pods = [
  pod('lethe/lethe', 'app: lethe', [], { ip: addresses.lethe }),
  pod('kafka/kafka-0', 'statefulset.kubernetes.io/pod-name: kafka-0', [], { ip: addresses.raw }),
  pod('kafka/kafka-1', 'statefulset.kubernetes.io/pod-name: kafka-1', [], { ip: addresses.open }),
  pod('shop/web', 'app: web', [], { ip: addresses.web }),
  pod('shop/crm', 'app: crm', [], { ip: addresses.crm }),
].join('\n---\n');

/** A line of Hubble's exporter. */
export const hubble = (
  source: keyof typeof addresses,
  destination: keyof typeof addresses,
  verdict = 'FORWARDED',
): string =>
  JSON.stringify({
    flow: {
      time: '2026-01-02T03:04:05Z',
      verdict,
      IP: { source: addresses[source], destination: addresses[destination] },
      l4: { TCP: { source_port: 40_000, destination_port: 9092, flags: { SYN: true } } },
      source: {},
      destination: {},
      traffic_direction: 'INGRESS',
      is_reply: false,
    },
  });
