import { useNames, useRegistry } from './common-services.ts';
import { named } from './flow-finding.ts';
import { holdsRaw, type ClusterScene, type MappedBroker } from './flow-scene.ts';
import type { Coordinated } from './coordinators.ts';
import type { FlowFinding } from './flow-finding.ts';
import type { FlowContext } from './flow-map.ts';
import type { DeclaredClient } from './isolation-settings.ts';
import type { Party } from './flow-draft.ts';

/** One client in its cluster. */
interface Standpoint {
  readonly client: DeclaredClient;
  readonly party: Party;
  readonly scene: ClusterScene;
  /** Has no raw topic among its own, so nothing to do at raw brokers. */
  readonly outside: boolean;
  /** Whether raw brokers are closed to those outside; in mode `listener` the port is, not the broker. */
  readonly fenced: boolean;
}

/** Everything that a client must reach: holders of its topics, its coordinators, its bootstrap servers. */
export function addClient(client: DeclaredClient, context: FlowContext): void {
  const party = context.draft.party('client', client.name, { kind: 'pods', ...client.workload });
  const scene = context.scenes.get(client.cluster);
  if (scene === undefined) return;
  const topics = new Set([...client.produces, ...client.consumes]);
  const outside = ![...topics].some((topic) => scene.roles.get(topic) === 'raw');
  const fenced = context.declared.isolation.mode !== 'listener';
  const standpoint = { client, party, scene, outside, fenced };
  for (const topic of topics) addTopic(topic, standpoint, context);
  for (const name of client.groups) addCoordinator('group', name, standpoint, context);
  for (const name of client.transactionalIds)
    addCoordinator('transaction', name, standpoint, context);
  for (const server of client.bootstrapServers) addBootstrap(server, standpoint, context);
  const routed = [...topics].some((topic) => scene.roles.has(topic));
  if (client.registry ?? routed) useRegistry(party, context);
  useNames(party, context);
}

function addTopic(topic: string, standpoint: Standpoint, context: FlowContext): void {
  const { client, scene } = standpoint;
  const role = scene.roles.get(topic);
  const holders = scene.holders(topic);
  reach(holders, `topic ${topic}`, standpoint, context);
  // Declared by a route, it was reported there.
  if (!scene.has(topic) && role === undefined)
    find(context, client, {
      code: 'TOPIC_ABSENT',
      severity: 'error',
      message: `the topic "${topic}" is not in cluster "${scene.name}", so nobody can tell which brokers hold it`,
      remedy: 'correct the name, or create the topic, and take the snapshot again',
    });
  if (role === 'raw' && client.consumes.includes(topic))
    find(context, client, {
      code: 'RAW_READER',
      severity: 'warning',
      message: `the client reads the raw topic "${topic}" past the anonymizer`,
      remedy: 'let it consume the sanitized topic, or accept that it sees raw records',
    });
  const raw = closed(holders, standpoint);
  // Where sanitized topics sit on raw brokers, the broker itself was reported.
  if (raw.length > 0 && role !== 'open')
    find(context, client, {
      code: 'TOPIC_ON_RAW',
      severity: 'error',
      message: `the topic "${topic}" has replicas on raw brokers ${named(raw)}, which the client must not reach`,
      remedy: `move its partitions to other brokers (kafka-reassign-partitions)`,
    });
}

function addCoordinator(
  kind: Coordinated,
  name: string,
  standpoint: Standpoint,
  context: FlowContext,
): void {
  const { client, scene } = standpoint;
  const what = kind === 'group' ? `group ${name}` : `transactional id ${name}`;
  const place = scene.coordinator(kind, name);
  if (place === undefined) {
    find(context, client, {
      code: 'COORDINATOR_UNKNOWN',
      severity: 'warning',
      message: `the cluster "${scene.name}" can't tell yet who coordinates ${what}: its internal topic is not there`,
      remedy: 'use the cluster once, and take the snapshot again',
    });
    return;
  }
  reach(place.holders, `coordinator of ${what}`, standpoint, context);
  const raw = closed(place.holders, standpoint);
  if (raw.length === 0) return;
  const now = place.leader !== undefined && closed([place.leader], standpoint).length > 0;
  find(context, client, {
    code: 'COORDINATOR_ON_RAW',
    severity: now ? 'error' : 'warning',
    message: now
      ? `the coordinator of ${what} is the raw broker ${named(raw)}, which the client must not reach`
      : `the coordinator of ${what} may become the raw broker ${named(raw)}, which the client must not reach`,
    remedy: `move the replicas of ${place.partition} to other brokers (kafka-reassign-partitions)`,
  });
}

function addBootstrap(server: string, standpoint: Standpoint, context: FlowContext): void {
  const { client, party, scene } = standpoint;
  const brokers = scene.behind(server);
  reach(brokers, `bootstrap server ${server}`, standpoint, context);
  const raw = closed(brokers, standpoint);
  if (raw.length > 0)
    find(context, client, {
      code: 'BOOTSTRAP_ON_RAW',
      severity: 'error',
      message: `the bootstrap server "${server}" is the raw broker ${named(raw)}, which the client must not reach`,
      remedy: 'let it begin with brokers that hold no raw topic',
    });
  if (brokers.length > 0) return;
  const port = Number(/:(\d+)$/.exec(server)?.[1]);
  context.draft.flow(party, context.draft.party('server', server, null), port, 'bootstrap server');
  find(context, client, {
    code: 'BOOTSTRAP_UNKNOWN',
    severity: 'warning',
    message: `no broker advertises the bootstrap server "${server}", so the brokers behind it are not known`,
    remedy: 'name brokers by the hosts that they advertise',
  });
}

function reach(
  brokers: readonly MappedBroker[],
  why: string,
  { party, outside }: Standpoint,
  { draft, brokerParty }: FlowContext,
): void {
  for (const broker of brokers)
    draft.flow(party, brokerParty(broker), outside ? broker.openPort : broker.port, why);
}

/** Those of the brokers that are closed to the client, by name. */
function closed(
  brokers: readonly MappedBroker[],
  { outside, fenced }: Standpoint,
): readonly string[] {
  return outside && fenced ? brokers.filter(holdsRaw).map(({ name }) => name) : [];
}

function find(
  { draft }: FlowContext,
  { name }: DeclaredClient,
  finding: Omit<FlowFinding, 'subject'>,
): void {
  draft.find({ ...finding, subject: `client ${name}` });
}
