import { useNames, useRegistry } from './common-services.ts';
import type { FlowContext } from './flow-map.ts';
import type { ClusterScene, MappedBroker } from './flow-scene.ts';

/** Everything that the anonymizer must reach: holders of raw, sanitized and quarantine topics, coordinators, registry, name service. */
export function addAnonymizer(context: FlowContext): void {
  const { declared, scenes, draft } = context;
  const { mode, anonymizer } = declared.isolation;
  if (anonymizer === null)
    draft.find({
      code: 'PARTY_UNDECLARED',
      severity: 'error',
      subject: 'anonymizer',
      message: 'the pods of the anonymizer are not declared',
      remedy: 'add isolation.anonymizer: namespace and podSelector',
    });
  for (const scene of scenes.values()) addCluster(scene, context);
  for (const { name, from, to } of declared.routes)
    if (mode === 'cluster' && from.cluster === to.cluster)
      draft.find({
        code: 'CLUSTER_SHARED',
        severity: 'error',
        subject: `route ${name}`,
        message: `the route writes to the cluster "${to.cluster}" that it reads from, and isolation.mode is cluster`,
        remedy: 'write to another cluster, or choose isolation.mode brokers',
      });
  useRegistry(context.anonymizer, context);
  useNames(context.anonymizer, context);
  if (declared.isolation.dns !== null) return;
  draft.find({
    code: 'PARTY_UNDECLARED',
    severity: 'warning',
    subject: 'dns',
    message: 'the name service is not declared, so that names could not be resolved',
    remedy: 'add isolation.dns, unless every server is given by its address',
  });
}

function addCluster(scene: ClusterScene, context: FlowContext): void {
  const { declared, draft, anonymizer } = context;
  const reach = (brokers: readonly MappedBroker[], why: string): void => {
    for (const broker of brokers)
      draft.flow(anonymizer, context.brokerParty(broker), broker.port, why);
  };
  for (const [topic, role] of scene.roles) reach(scene.holders(topic), `${role} topic ${topic}`);
  const reads = declared.routes.filter(({ from }) => from.cluster === scene.name);
  const uses =
    reads.length > 0 ||
    declared.quarantine.cluster === scene.name ||
    declared.routes.some(({ to }) => to.cluster === scene.name);
  if (!uses) return;
  if (reads.length > 0) {
    const place = scene.coordinator('group', declared.groupId);
    reach(place?.holders ?? [], `coordinator of group ${declared.groupId}`);
    if (place === undefined) unknown(context, scene.name, `group "${declared.groupId}"`);
  }
  // Transactional ids hold the instance's name, so any partition may coordinate one.
  if (reads.some(({ to }) => to.cluster === scene.name)) {
    const holders = scene.coordinators('transaction');
    reach(holders, 'coordinator of transactions');
    if (holders.length === 0) unknown(context, scene.name, 'its transactions');
  }
  for (const server of declared.clusters.get(scene.name)?.bootstrapServers ?? []) {
    const brokers = scene.behind(server);
    reach(brokers, `bootstrap server ${server}`);
    if (brokers.length === 0) addServer(server, context);
  }
}

function unknown({ draft }: FlowContext, cluster: string, what: string): void {
  draft.find({
    code: 'COORDINATOR_UNKNOWN',
    severity: 'warning',
    subject: 'anonymizer',
    message: `the cluster "${cluster}" can't tell yet who coordinates ${what}: its internal topic is not there`,
    remedy: 'run the anonymizer once, and take the snapshot again',
  });
}

/** A server that no broker advertises, as a Service in front of all of them. */
function addServer(server: string, { draft, anonymizer }: FlowContext): void {
  const port = Number(/:(\d+)$/.exec(server)?.[1]);
  draft.flow(anonymizer, draft.party('server', server, null), port, 'bootstrap server');
  draft.find({
    code: 'BOOTSTRAP_UNKNOWN',
    severity: 'warning',
    subject: 'anonymizer',
    message: `no broker advertises the bootstrap server "${server}", so the brokers behind it are not known`,
    remedy: 'name brokers by the hosts that they advertise',
  });
}
