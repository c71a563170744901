/** What a Kafka cluster does within itself: brokers replicate from each other and follow their controllers. */
import { useNames } from './common-services.ts';
import type { FlowContext } from './flow-map.ts';
import type { ClusterScene, MappedBroker } from './flow-scene.ts';
import type { ControllerGroup } from './isolation-settings.ts';
import type { Declared } from './placement.ts';

/** Ports of Strimzi's own listeners. */
const strimzi = { controlPlane: 9090, replication: 9091 };
/** Controller port of the configuration that Kafka is delivered with (`config/server.properties`). */
const usualControllerPort = 9093;

/** Adds the flows within every cluster whose brokers are pods. What is outside of Kubernetes is no matter of policies. */
export function addBrokers(context: FlowContext): void {
  for (const scene of context.scenes.values()) {
    const group = context.declared.isolation.brokers.get(scene.name);
    if (group !== undefined && group.pods.kind !== 'addresses') addCluster(scene, context);
  }
}

/** Port that a broker is reached by from other brokers. */
export function replicationPort({ cluster, port }: MappedBroker, { isolation }: Declared): number {
  const group = isolation.brokers.get(cluster);
  const usual = group?.pods.kind === 'strimzi' ? strimzi.replication : port;
  return group?.interBrokerPort ?? usual;
}

/** The controllers of a cluster, declared or as Strimzi makes them; `null` where nothing tells. */
export function controllersOf(cluster: string, { isolation }: Declared): ControllerGroup | null {
  const group = isolation.brokers.get(cluster);
  if (group === undefined || group.controllers !== null) return group?.controllers ?? null;
  if (group.pods.kind !== 'strimzi') return null;
  const { namespace, name } = group.pods;
  return {
    pods: {
      namespace,
      podSelector: { 'strimzi.io/cluster': name, 'strimzi.io/controller-role': 'true' },
    },
    port: strimzi.controlPlane,
  };
}

function addCluster(scene: ClusterScene, context: FlowContext): void {
  const { declared, draft, brokerParty } = context;
  const known = controllersOf(scene.name, declared);
  if (known === null)
    draft.find({
      code: 'CONTROLLERS_ASSUMED',
      severity: 'warning',
      subject: scene.name,
      message: `the controllers of cluster "${scene.name}" are not declared: its brokers are taken for their own, on TCP ${usualControllerPort}`,
      remedy: `add isolation.brokers.${scene.name}.controllers: port, and namespace and podSelector where they have pods of their own`,
    });
  const { pods, port } = known ?? { pods: null, port: usualControllerPort };
  for (const from of scene.brokers) {
    for (const to of scene.brokers) {
      if (from === to) continue;
      draft.flow(brokerParty(from), brokerParty(to), replicationPort(to, declared), 'replication');
      if (pods === null) draft.flow(brokerParty(from), brokerParty(to), port, 'controllers');
    }
    useNames(brokerParty(from), context);
  }
  if (pods === null) return;
  const controllers = draft.party('controller', scene.name, { kind: 'pods', ...pods });
  for (const broker of scene.brokers)
    draft.flow(brokerParty(broker), controllers, port, 'controllers');
  draft.flow(controllers, controllers, port, 'quorum');
  useNames(controllers, context);
}
