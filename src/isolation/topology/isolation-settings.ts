/** What an operator declares about the network: plain, filled data. The configuration file is parsed into these types by `operations/config`. */

import type { Place } from './broker-pods.ts';

/**
 * What is fenced: `cluster`, raw topics have a Kafka cluster of their own; `brokers`, they have brokers of their own; `listener`, they
 * share brokers with others, which have a listener of their own, so that what is kept apart there rests on Kafka's authorizer.
 */
export type IsolationMode = 'cluster' | 'brokers' | 'listener';

/** Pods by namespace and labels; always both, since labels alone may be set by any tenant. */
export interface PodSelection {
  readonly namespace: string;
  /** At least one label. */
  readonly podSelector: Readonly<Record<string, string>>;
}

/** How the pod of a broker is found from its node id. */
export type BrokerPods =
  | {
      readonly kind: 'statefulset';
      readonly namespace: string;
      readonly name: string;
      /** Node id of the pod with index 0. */
      readonly firstNodeId: number;
    }
  | { readonly kind: 'strimzi'; readonly namespace: string; readonly name: string }
  | {
      readonly kind: 'selectors';
      readonly namespace: string;
      /** Labels by node id. */
      readonly nodes: ReadonlyMap<number, Readonly<Record<string, string>>>;
    }
  /** Brokers outside of Kubernetes: address by node id. */
  | { readonly kind: 'addresses'; readonly nodes: ReadonlyMap<number, string> };

/** The brokers of one Kafka cluster. */
export interface BrokerGroup {
  readonly pods: BrokerPods;
  /** Port that the anonymizer and clients of raw topics connect to; `null`: the one that the broker advertises. */
  readonly port: number | null;
  /** Port for everybody else, where raw and sanitized topics share brokers. */
  readonly openPort: number | null;
  readonly metricsPort: number;
  /** Port that brokers reach each other by; `null`: that of Strimzi, else `port`. */
  readonly interBrokerPort: number | null;
  /** `null`: those of Strimzi, else the brokers themselves on `controllerPort`. */
  readonly controllers: ControllerGroup | null;
}

/** The controllers of one Kafka cluster, or its ZooKeeper. */
export interface ControllerGroup {
  /** `null`: the brokers are their own controllers. */
  readonly pods: PodSelection | null;
  readonly port: number;
}

/** Somebody else who talks to Kafka. */
export interface DeclaredClient {
  readonly name: string;
  readonly cluster: string;
  readonly workload: PodSelection;
  readonly produces: readonly string[];
  readonly consumes: readonly string[];
  readonly groups: readonly string[];
  readonly transactionalIds: readonly string[];
  /** Servers that the client begins with; empty: brokers that hold its topics. */
  readonly bootstrapServers: readonly string[];
  /** Whether it asks the schema registry; `null`: when it uses a topic of a route. */
  readonly registry: boolean | null;
  /** As Kafka's authorizer sees it, such as `User:crm`; `null` where it isn't declared. */
  readonly principal: string | null;
}

/** Monitoring and administration. */
export interface DeclaredOperator {
  readonly name: string;
  readonly workload: PodSelection;
  /** Whose metrics are read. */
  readonly scrapes: readonly ('lethe' | 'brokers')[];
  /** Clusters whose brokers are all talked to by the Kafka protocol. */
  readonly administers: readonly string[];
  /** Strimzi clusters that it operates: replication, control plane and agent of every pod. */
  readonly manages: readonly string[];
}

/** A connection that nothing else here tells of, such as from an operator to the API server. */
export interface DeclaredFlow {
  readonly name: string;
  readonly from: Place;
  readonly to: Place;
  readonly protocol: 'TCP' | 'UDP';
  readonly ports: readonly number[];
}

/** The cluster's name service; `port` is that of its pods, `nodeLocal` the address of a cache on each node. */
export interface NameService extends PodSelection {
  readonly port: number;
  readonly nodeLocal: string | null;
}

/** The pods of the schema registry; `port` is theirs, `null`: that of `registry.url`. */
export interface RegistryPods extends PodSelection {
  readonly port: number | null;
}

/** The section `isolation` of the configuration. */
export interface IsolationSettings {
  readonly mode: IsolationMode;
  /** `null` where it isn't declared. */
  readonly anonymizer: PodSelection | null;
  /** Who the anonymizer is to Kafka's authorizer, such as `User:lethe`. */
  readonly anonymizerPrincipal: string | null;
  /** By cluster. */
  readonly brokers: ReadonlyMap<string, BrokerGroup>;
  readonly clients: readonly DeclaredClient[];
  readonly operators: readonly DeclaredOperator[];
  readonly dns: NameService | null;
  /** `null`: the registry is known by the host of its URL alone. */
  readonly registry: RegistryPods | null;
  readonly flows: readonly DeclaredFlow[];
  /** Namespaces where everything undeclared is denied; `null`: those of the anonymizer and of brokers that hold raw or sanitized topics. */
  readonly scope: readonly string[] | null;
}
