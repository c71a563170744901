/** Declared flows and live placement give the set of connections that must exist. */
import { addAnonymizer } from './anonymizer-flows.ts';
import { addBrokers } from './broker-flows.ts';
import { addClient } from './client-flows.ts';
import { addDeclaredFlow } from './declared-flows.ts';
import { FlowDraft, type Flow, type Party } from './flow-draft.ts';
import { ClusterScene, type MappedBroker } from './flow-scene.ts';
import { grantsOf, type Grant } from './grants.ts';
import { addOperator } from './operator-flows.ts';
import { scopeOf } from './scope.ts';
import type { FlowFinding } from './flow-finding.ts';
import type { IsolationMode } from './isolation-settings.ts';
import type { Declared } from './placement.ts';
import type { KafkaSnapshot } from './snapshot.ts';

/** Who must reach whom, and what stands against it. Plain data; lists are sorted. */
export interface FlowMap {
  readonly mode: IsolationMode;
  /** When Kafka was asked: ISO 8601, UTC. */
  readonly taken: string;
  readonly brokers: readonly MappedBroker[];
  readonly parties: readonly Party[];
  readonly flows: readonly Flow[];
  /** What Kafka's authorizer must let the declared principals do. */
  readonly grants: readonly Grant[];
  /** Namespaces where everything undeclared is denied. */
  readonly scope: readonly string[];
  readonly findings: readonly FlowFinding[];
}

/** What every party's flows are made from. */
export interface FlowContext {
  readonly declared: Declared;
  readonly scenes: ReadonlyMap<string, ClusterScene>;
  readonly draft: FlowDraft;
  /** The party that a broker is. */
  readonly brokerParty: (broker: MappedBroker) => Party;
  readonly anonymizer: Party;
}

/**
 * Makes the flow map of one snapshot. Topics, bootstrap servers, coordinators of groups and transactional ids decide about brokers, by all of
 * their replicas and not only by who leads them now: after an election the map is still right.
 */
export function flowMap(declared: Declared, snapshot: KafkaSnapshot): FlowMap {
  const draft = new FlowDraft();
  const scenes = scenesOf(declared, snapshot, draft);
  const { mode, anonymizer, clients, operators, flows } = declared.isolation;
  const context: FlowContext = {
    declared,
    scenes,
    draft,
    brokerParty: (broker) => draft.party('broker', broker.name, broker.place),
    anonymizer: draft.party(
      'anonymizer',
      '',
      anonymizer === null ? null : { kind: 'pods', ...anonymizer },
    ),
  };
  for (const scene of scenes.values()) {
    for (const broker of scene.brokers) context.brokerParty(broker);
    for (const finding of scene.findings(mode)) draft.find(finding);
  }
  addBrokers(context);
  addAnonymizer(context);
  for (const client of clients) addClient(client, context);
  for (const operator of operators) addOperator(operator, context);
  for (const flow of flows) addDeclaredFlow(flow, context);
  const brokers = [...scenes.values()].flatMap((scene) => scene.brokers);
  const scope = scopeOf(context);
  const grants = grantsOf(context);
  return { mode, taken: snapshot.taken, brokers, ...draft.taken(), grants, scope };
}

/** The clusters that anybody uses, by name. */
function scenesOf(
  declared: Declared,
  { clusters }: KafkaSnapshot,
  draft: FlowDraft,
): ReadonlyMap<string, ClusterScene> {
  const used = new Set([
    ...declared.routes.flatMap(({ from, to }) => [from.cluster, to.cluster]),
    declared.quarantine.cluster,
    ...declared.isolation.clients.map(({ cluster }) => cluster),
    ...declared.isolation.operators.flatMap(({ administers, manages }) => [
      ...administers,
      ...manages,
    ]),
    ...declared.isolation.brokers.keys(),
  ]);
  const scenes = new Map<string, ClusterScene>();
  for (const name of [...used].toSorted()) {
    const found = Object.hasOwn(clusters, name) ? clusters[name] : undefined;
    if (found !== undefined) scenes.set(name, new ClusterScene(name, found, declared, clusters));
    else
      draft.find({
        code: 'CLUSTER_ABSENT',
        severity: 'error',
        subject: name,
        message: `the snapshot does not know the cluster "${name}"`,
        remedy: 'take the snapshot again with this configuration',
      });
  }
  return scenes;
}
