import { z } from 'zod';
import type { Place } from '../../../isolation/topology/broker-pods.ts';
import { wardenSchema } from './warden.ts';
import { parseAddress } from '../../../isolation/manifests/addresses.ts';
import type {
  BrokerGroup,
  BrokerPods,
  ControllerGroup,
  IsolationSettings,
} from '../../../isolation/topology/isolation-settings.ts';

const word = z.string().min(1).max(253);
const port = z.int().min(1).max(65_535);
const topics = z.array(z.string().min(1).max(249)).max(10_000).default([]);
const ids = z.array(z.string().min(1).max(249)).max(10_000).default([]);
const nodeId = z.string().regex(/^\d{1,9}$/, 'write the node id of a broker');
const namespaceName = z
  .string()
  .regex(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/, 'write the name of a namespace');
const namespace = namespaceName.describe('Namespace of the pods');
const address = z
  .string()
  .refine((text) => parseAddress(text) !== undefined, 'write an IPv4 or IPv6 address');
const labelName = /^[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;
const labelKey = z
  .string()
  .regex(
    /^(?:[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/,
    'write the key of a label',
  );
const podSelector = z
  .record(
    labelKey,
    z
      .string()
      .refine((value) => value === '' || labelName.test(value), 'write the value of a label'),
  )
  .refine((labels) => Object.keys(labels).length > 0, 'select the pods by at least one label')
  .describe('Labels of the pods, at least one');
const workload = z.strictObject({ namespace, podSelector }).describe('Pods');
const principal = z
  .string()
  .regex(/^[A-Za-z]+:[^*\s]\S*$/, 'write a principal such as "User:crm", and no wildcard')
  .optional()
  .describe('Who this is to the authorizer of Kafka, such as `User:crm`');
const place = z
  .strictObject({
    namespace: namespace.optional(),
    podSelector: podSelector.optional(),
    address: address.optional(),
  })
  .refine(
    (one) =>
      (one.address === undefined) ===
        (one.podSelector !== undefined && one.namespace !== undefined) &&
      (one.podSelector === undefined) === (one.namespace === undefined),
    'give either namespace and podSelector, or address',
  );

const controllersSchema = z
  .strictObject({
    namespace: namespace.optional(),
    podSelector: podSelector.optional(),
    port: port.default(9093).describe('Port of the controllers'),
  })
  .refine(
    (group) => group.namespace === undefined || group.podSelector !== undefined,
    'give the podSelector of the controllers, or no namespace',
  )
  .describe('The controllers (or ZooKeeper); without podSelector the brokers themselves');

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
    interBrokerPort: port
      .optional()
      .describe('Port between brokers; default 9091 for Strimzi, else `port`'),
    controllers: controllersSchema.optional(),
  })
  .refine(
    ({ pods, addresses }) => (pods === undefined) !== (addresses === undefined),
    'give exactly one of pods and addresses',
  )
  .refine(
    ({ controllers, namespace: beside }) =>
      controllers?.podSelector === undefined || (controllers.namespace ?? beside) !== undefined,
    'give the namespace of the controllers',
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
  registry: z
    .boolean()
    .optional()
    .describe('Whether it asks the schema registry; default when it uses a topic of a route'),
  principal,
});

const operatorSchema = z.strictObject({
  name: word.describe('Name in maps and findings'),
  workload,
  scrapes: z
    .array(z.enum(['lethe', 'brokers']))
    .default([])
    .describe('Whose metrics it reads'),
  administers: z.array(word).default([]).describe('Clusters to whose brokers it talks Kafka'),
  manages: z
    .array(word)
    .default([])
    .describe(
      'Strimzi clusters that it operates: replication, control plane and agent of each pod',
    ),
});

const flowSchema = z.strictObject({
  name: word.describe('Name in maps and findings'),
  from: place.describe('Who begins the connection'),
  to: place.describe('Who is reached'),
  protocol: z.enum(['TCP', 'UDP']).default('TCP'),
  ports: z.array(port).min(1).max(100).describe('Ports of the pods that are reached'),
});

/** `isolation`: the network shield. */
export const isolationSchema = z
  .strictObject({
    mode: z.enum(['cluster', 'brokers', 'listener']).describe('What is fenced'),
    anonymizer: workload.extend({ principal }).optional().describe('The pods that may cross'),
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
        port: port
          .default(53)
          .describe('Port of the pods, not of their Service; 5353 on OpenShift'),
        nodeLocal: address.optional().describe('Address of a cache on each node'),
      })
      .optional()
      .describe('The name service'),
    registry: z
      .strictObject({
        namespace,
        podSelector,
        port: port.optional().describe('Port of the pods; default that of registry.url'),
      })
      .optional()
      .describe(
        'The pods of the schema registry; default the host of registry.url, which must be an address then',
      ),
    flows: z
      .array(flowSchema)
      .max(1000)
      .default([])
      .describe('Further connections, such as from an operator to the API server'),
    scope: z
      .strictObject({ namespaces: z.array(namespaceName).min(1).max(1000).describe('Namespaces') })
      .optional()
      .describe(
        'Where everything undeclared is denied; default the namespaces of the anonymizer and of brokers that hold raw or sanitized topics',
      ),
    warden: wardenSchema.prefault({}),
  })
  .describe('The network shield');

export type IsolationSection = z.output<typeof isolationSchema>;

/** The section as the network shield takes it. */
export function fillIsolation(section: IsolationSection): IsolationSettings {
  const { mode, anonymizer, brokers, clients, operators, dns, registry, flows, scope } = section;
  return {
    mode,
    anonymizer:
      anonymizer === undefined
        ? null
        : { namespace: anonymizer.namespace, podSelector: anonymizer.podSelector },
    anonymizerPrincipal: anonymizer?.principal ?? null,
    brokers: new Map(Object.entries(brokers).map(([name, group]) => [name, fillBrokers(group)])),
    clients: clients.map((client) => ({
      ...client,
      registry: client.registry ?? null,
      principal: client.principal ?? null,
    })),
    operators,
    dns: dns === undefined ? null : { ...dns, nodeLocal: dns.nodeLocal ?? null },
    registry: registry === undefined ? null : { ...registry, port: registry.port ?? null },
    flows: flows.map((flow) => ({ ...flow, from: placeOf(flow.from), to: placeOf(flow.to) })),
    scope: scope === undefined ? null : [...new Set(scope.namespaces)].toSorted(),
  };
}

function placeOf({
  namespace: where,
  podSelector: labels,
  address: at,
}: z.output<typeof place>): Place {
  return at !== undefined
    ? { kind: 'address', address: at }
    : { kind: 'pods', namespace: where ?? '', podSelector: labels ?? {} };
}

type BrokersSection = z.output<typeof brokersSchema>;

function fillBrokers(group: BrokersSection): BrokerGroup {
  const { metricsPort } = group;
  return {
    pods: podsOf(group),
    port: group.port ?? null,
    openPort: group.openPort ?? null,
    metricsPort,
    interBrokerPort: group.interBrokerPort ?? null,
    controllers: controllersOf(group),
  };
}

/** Controllers are looked for beside the brokers unless they have a namespace of their own. */
function controllersOf({ controllers, namespace: beside }: BrokersSection): ControllerGroup | null {
  if (controllers === undefined) return null;
  const { namespace: own, podSelector: labels, port: number } = controllers;
  const pods =
    labels === undefined ? null : { namespace: own ?? beside ?? '', podSelector: labels };
  return { pods, port: number };
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
