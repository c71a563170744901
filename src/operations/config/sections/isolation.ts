import { z } from 'zod';
import { parseAddress } from '../../../isolation/topology/addresses.ts';
import type {
  BrokerGroup,
  BrokerPods,
  IsolationSettings,
} from '../../../isolation/topology/isolation-settings.ts';

const word = z.string().min(1).max(253);
const port = z.int().min(1).max(65_535);
const topics = z.array(z.string().min(1).max(249)).max(10_000).default([]);
const ids = z.array(z.string().min(1).max(249)).max(10_000).default([]);
const nodeId = z.string().regex(/^\d{1,9}$/, 'write the node id of a broker');
const namespace = word.describe('Namespace of the pods');
const address = z
  .string()
  .refine((text) => parseAddress(text) !== undefined, 'write an IPv4 or IPv6 address');
const podSelector = z
  .record(z.string().min(1).max(317), z.string().max(63))
  .refine((labels) => Object.keys(labels).length > 0, 'select the pods by at least one label')
  .describe('Labels of the pods, at least one');
const workload = z.strictObject({ namespace, podSelector }).describe('Pods');

const brokersSchema = z
  .strictObject({
    namespace: namespace.optional(),
    pods: z
      .union([
        z
          .string()
          .regex(
            /^(statefulset|strimzi)\/[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/,
            'write statefulset/NAME, strimzi/NAME, or labels by node id',
          ),
        z.record(nodeId, podSelector),
      ])
      .optional()
      .describe('`statefulset/NAME`, `strimzi/NAME`, or labels by node id'),
    firstNodeId: z.int().min(0).default(0).describe('Node id of the StatefulSet pod with index 0'),
    addresses: z
      .record(nodeId, address)
      .optional()
      .describe('Address by node id, for brokers outside of Kubernetes'),
    port: port.optional().describe('Kafka port of the pods; default the port that brokers tell'),
    openPort: port
      .optional()
      .describe('Kafka port for clients of sanitized topics, in mode listener'),
    metricsPort: port.default(9404).describe('Port of the metrics of the brokers'),
  })
  .refine(
    ({ pods, addresses }) => (pods === undefined) !== (addresses === undefined),
    'give exactly one of pods and addresses',
  )
  .refine(
    (group) => group.pods === undefined || group.namespace !== undefined,
    'give the namespace of the pods',
  );

const clientSchema = z.strictObject({
  name: word.describe('Name in maps and findings'),
  cluster: word.default('main').describe('Cluster, a name under kafka'),
  workload,
  produces: topics.describe('Topics written'),
  consumes: topics.describe('Topics read'),
  groups: ids.describe('Consumer groups'),
  transactionalIds: ids.describe('Transactional ids'),
  bootstrapServers: z
    .array(z.string().regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:/@]+):\d{1,5}$/, 'write "host:port"'))
    .max(100)
    .default([])
    .describe('Servers that it begins with; default brokers that hold its topics'),
});

const operatorSchema = z.strictObject({
  name: word.describe('Name in maps and findings'),
  workload,
  scrapes: z
    .array(z.enum(['lethe', 'brokers']))
    .default([])
    .describe('Whose metrics it reads'),
  administers: z.array(word).default([]).describe('Clusters to whose brokers it talks Kafka'),
});

/** `isolation`: the network shield. */
export const isolationSchema = z
  .strictObject({
    mode: z.enum(['cluster', 'brokers', 'listener']).describe('What is fenced'),
    anonymizer: workload.optional().describe('The pods that may cross'),
    brokers: z.record(word, brokersSchema).default({}).describe('Broker pods by cluster'),
    clients: z
      .array(clientSchema)
      .max(10_000)
      .default([])
      .describe('Who else may talk to whom; everything not said is denied'),
    operators: z.array(operatorSchema).max(1000).default([]).describe('Monitoring and the like'),
    dns: z
      .strictObject({
        namespace,
        podSelector,
        nodeLocal: address.optional().describe('Address of a cache on each node'),
      })
      .optional()
      .describe('The name service'),
  })
  .describe('The network shield');

export type IsolationSection = z.output<typeof isolationSchema>;

/** The section as the network shield takes it. */
export function fillIsolation(section: IsolationSection): IsolationSettings {
  const { mode, anonymizer, brokers, clients, operators, dns } = section;
  return {
    mode,
    anonymizer: anonymizer ?? null,
    brokers: new Map(Object.entries(brokers).map(([name, group]) => [name, fillBrokers(group)])),
    clients,
    operators,
    dns: dns === undefined ? null : { ...dns, nodeLocal: dns.nodeLocal ?? null },
  };
}

type BrokersSection = z.output<typeof brokersSchema>;

function fillBrokers(group: BrokersSection): BrokerGroup {
  const { metricsPort } = group;
  const [own, open] = [group.port ?? null, group.openPort ?? null];
  return { pods: podsOf(group), port: own, openPort: open, metricsPort };
}

function podsOf({
  pods,
  namespace: where = '',
  firstNodeId,
  addresses,
}: BrokersSection): BrokerPods {
  if (pods === undefined) return { kind: 'addresses', nodes: byNode(addresses ?? {}) };
  if (typeof pods !== 'string') return { kind: 'selectors', namespace: where, nodes: byNode(pods) };
  const [kind, name = ''] = pods.split('/');
  return kind === 'strimzi'
    ? { kind, namespace: where, name }
    : { kind: 'statefulset', namespace: where, name, firstNodeId };
}

function byNode<Value>(record: Readonly<Record<string, Value>>): ReadonlyMap<number, Value> {
  return new Map(Object.entries(record).map(([id, value]) => [Number(id), value]));
}
