/**
 * What the Strimzi operator makes of its own kinds: broker pods, and the NetworkPolicy `<cluster>-network-policy-kafka`, which
 * opens every listener to everybody unless the listener names its peers. Live objects win over what is predicted here.
 */
import type { Complaints } from '../complaints.ts';
import type { Field } from '../field.ts';
import { everything, type Labels, type Predicate } from '../labels.ts';
import {
  parsePeer,
  type NetworkPolicy,
  type NetworkPolicyPeer,
  type NetworkPolicyRule,
} from './network-policy.ts';
import type { ContainerPort, Origin, PodShape } from '../objects.ts';
import { parsePod, type WorkloadObject } from './workloads.ts';

/** A `Kafka` resource, as far as it decides about pods and connections. */
export interface StrimziCluster {
  readonly namespace: string;
  readonly name: string;
  readonly listeners: readonly {
    readonly name: string;
    readonly port: number;
    readonly peers: readonly NetworkPolicyPeer[];
  }[];
  readonly metrics: boolean;
  readonly jmx: boolean;
  /** Brokers of a cluster without node pools. */
  readonly replicas: number | undefined;
  readonly origin: Origin;
}

/** A `KafkaNodePool` resource. */
export interface StrimziPool {
  readonly namespace: string;
  readonly name: string;
  readonly cluster: string;
  readonly replicas: number;
  readonly roles: readonly string[];
  /** Node ids, where the status knows them. */
  readonly nodeIds: readonly number[];
  readonly origin: Origin;
}

/** Parses a `Kafka` resource. */
export function parseStrimziCluster(root: Field): StrimziCluster {
  const kafka = root.at('spec').at('kafka');
  return {
    namespace: root.at('metadata').at('namespace').text() ?? 'default',
    name: root.at('metadata').at('name').required(),
    listeners: kafka
      .at('listeners')
      .items()
      .map((listener) => ({
        name: listener.at('name').required(),
        port: listener.at('port').need().integer(1, 65_535) ?? 9_092,
        peers: listener.at('networkPolicyPeers').items().map(parsePeer),
      })),
    metrics: kafka.at('metricsConfig').exists,
    jmx: kafka.at('jmxOptions').exists,
    replicas: kafka.at('replicas').integer(0, 10_000),
    origin: root.lazyOrigin(),
  };
}

/** Parses a `KafkaNodePool` resource. */
export function parseStrimziPool(root: Field): StrimziPool {
  const metadata = root.at('metadata');
  return {
    namespace: metadata.at('namespace').text() ?? 'default',
    name: metadata.at('name').required(),
    cluster: metadata.at('labels').at('strimzi.io/cluster').required(),
    replicas: root.at('spec').at('replicas').integer(0, 10_000) ?? 0,
    roles: root.at('spec').at('roles').texts(),
    nodeIds: root
      .at('status')
      .at('nodeIds')
      .items()
      .flatMap((id) => id.integer(0, 2 ** 31) ?? []),
    origin: root.lazyOrigin(),
  };
}

/** Parses a `StrimziPodSet`, which lists its pods in full. */
export function parseStrimziPodSet(root: Field): WorkloadObject | undefined {
  const metadata = root.at('metadata');
  const origin = root.lazyOrigin();
  const shapes = root
    .at('spec')
    .at('pods')
    .items()
    .map((pod) => parsePod(pod, origin, pod.at('metadata').at('name').text()));
  return shapes.length === 0
    ? undefined
    : {
        namespace: metadata.at('namespace').text() ?? 'default',
        kind: 'StrimziPodSet',
        name: metadata.at('name').required(),
        owner: undefined,
        shapes,
        origin,
      };
}

/** The pod sets that the operator makes, one for each pool, unless the manifests hold them. Ids that no status knows are counted up. */
export function predictPodSets(
  clusters: readonly StrimziCluster[],
  pools: readonly StrimziPool[],
  declared: readonly WorkloadObject[],
): readonly WorkloadObject[] {
  const known = new Set(
    declared.flatMap(({ namespace, kind, name, owner }) => [
      `${namespace}/${kind}/${name}`,
      `${namespace}/${owner?.kind ?? ''}/${owner?.name ?? ''}`,
    ]),
  );
  return clusters.flatMap((cluster) => {
    const mine = pools.filter(
      (pool) => pool.namespace === cluster.namespace && pool.cluster === cluster.name,
    );
    let next = 0;
    return poolsOf(cluster, mine).flatMap((pool) => {
      const name = `${cluster.name}-${pool.name}`;
      const ids =
        pool.nodeIds.length > 0
          ? pool.nodeIds
          : Array.from({ length: pool.replicas }, (_, index) => next + index);
      next = Math.max(next, ...ids.map((id) => id + 1));
      const taken = known.has(`${cluster.namespace}/StrimziPodSet/${name}`);
      if (ids.length === 0 || taken) return [];
      const shapes = ids.map((id) => podOf(cluster, pool, `${name}-${id}`));
      const { namespace } = cluster;
      return [
        { namespace, kind: 'StrimziPodSet', name, owner: undefined, shapes, origin: pool.origin },
      ];
    });
  });
}

function poolsOf(cluster: StrimziCluster, pools: readonly StrimziPool[]): readonly StrimziPool[] {
  const { namespace, name, replicas, origin } = cluster;
  if (pools.length > 0) return pools.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (replicas === undefined) return [];
  const roles = ['broker'];
  return [{ namespace, name: 'kafka', cluster: name, replicas, roles, nodeIds: [], origin }];
}

function podOf(cluster: StrimziCluster, pool: StrimziPool, name: string): PodShape {
  const labels: Labels = new Map([
    ...kafkaLabels(cluster),
    ['strimzi.io/component-type', 'kafka'],
    ['strimzi.io/pool-name', pool.name],
    ['strimzi.io/pod-name', name],
    ['strimzi.io/broker-role', String(pool.roles.includes('broker'))],
    ['strimzi.io/controller-role', String(pool.roles.includes('controller'))],
  ]);
  const port = (title: string, number: number): ContainerPort => ({
    name: `tcp-${title}`,
    number,
    protocol: 'TCP',
  });
  return {
    name,
    labels,
    ports: [
      port('ctrlplane', 9_090),
      port('replication', 9_091),
      port('kafkaagent', 8_443),
      ...cluster.listeners.map((listener) => port(listener.name, listener.port)),
      ...(cluster.metrics ? [port('prometheus', 9_404)] : []),
      ...(cluster.jmx ? [port('jmx', 9_999)] : []),
    ],
    hostNetwork: false,
    addresses: [],
    node: undefined,
    serviceAccount: `${cluster.name}-kafka`,
    origin: pool.origin,
  };
}

const kafkaLabels = ({ name }: StrimziCluster): readonly (readonly [string, string])[] => [
  ['strimzi.io/cluster', name],
  ['strimzi.io/kind', 'Kafka'],
  ['strimzi.io/name', `${name}-kafka`],
];

/** The operator's NetworkPolicy for each cluster whose policy the manifests don't hold, with a warning for each. */
export function predictPolicies(
  clusters: readonly StrimziCluster[],
  isDeclared: (namespace: string, name: string) => boolean,
  complaints: Complaints,
): readonly NetworkPolicy[] {
  return clusters.flatMap((cluster) => {
    const name = `${cluster.name}-network-policy-kafka`;
    if (isDeclared(cluster.namespace, name)) return [];
    const { file, line } = cluster.origin;
    const message = `add the NetworkPolicy "${name}" as the cluster has it: until then it is judged as the operator would write it`;
    complaints.add('warning', 'MISSING_OBJECT', `${file}:${line}`, message);
    return [policyOf(cluster, name)];
  });
}

function policyOf(cluster: StrimziCluster, name: string): NetworkPolicy {
  const { namespace, origin } = cluster;
  const labelled = (entries: readonly (readonly [string, string])[]): Predicate => ({
    kind: 'all',
    of: entries.map(([key, value]) => ({ kind: 'in', key, values: [value] })),
  });
  const inside = (pods: Predicate): NetworkPolicyPeer => ({
    kind: 'pods',
    pods,
    namespaces: undefined,
  });
  const part = (suffix: string): NetworkPolicyPeer =>
    inside(labelled([['strimzi.io/name', `${cluster.name}-${suffix}`]]));
  // Without labels of the operator's namespace in its configuration, any namespace will do.
  const operator: NetworkPolicyPeer = {
    kind: 'pods',
    pods: labelled([['strimzi.io/kind', 'cluster-operator']]),
    namespaces: everything,
  };
  const nodes = inside(labelled(kafkaLabels(cluster)));
  const rule = (port: number, peers: readonly NetworkPolicyPeer[]): NetworkPolicyRule => ({
    peers,
    ports: [{ protocol: 'TCP', port, endPort: undefined }],
    origin,
  });
  return {
    kind: 'NetworkPolicy',
    namespace,
    name,
    pods: labelled(kafkaLabels(cluster)),
    types: ['Ingress'],
    ingress: [
      rule(9_090, [nodes]),
      rule(9_091, [
        operator,
        nodes,
        part('entity-operator'),
        part('kafka-exporter'),
        part('cruise-control'),
      ]),
      rule(8_443, [operator]),
      ...cluster.listeners.map(({ port, peers }) => rule(port, peers)),
      ...(cluster.metrics ? [rule(9_404, [])] : []),
      ...(cluster.jmx ? [rule(9_999, [])] : []),
    ],
    egress: [],
    origin,
  };
}
