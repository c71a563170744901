/** A shop with raw and sanitized orders in the network lab: three brokers, a registry, the anonymizer, a producer, a consumer and a rogue. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flowInput } from '../../../src/cli/network/flow-input.ts';
import type { FlowMap } from '../../../src/isolation/topology/flow-map.ts';
import { parseManifests, type Manifests } from '../../../src/isolation/manifests/manifests.ts';
import { readManifests } from '../../../src/isolation/manifests/manifest-files.ts';
import { execute, type Executed } from '../../rig/execute.ts';
import { startFlowLog, type FlowLog } from '../../rig/flow-log.ts';
import { startKafka, type Kafka } from '../../rig/kafka.ts';
import { startNetworkLab, type NetworkLab, type Pod } from '../../rig/network-lab.ts';
import { startRegistry, type Registry } from '../../rig/registry.ts';
import { startService, type ServiceProcess } from '../../rig/service-process.ts';
import { recall, send } from './errands.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'src', 'main.ts');

/** Node ids: who holds what at the beginning. */
export const RAW = 0;
export const FREE = 1;
export const OPEN = 2;

export interface Stage {
  readonly lab: NetworkLab;
  readonly kafka: Kafka;
  readonly registry: Registry;
  readonly flowLog: FlowLog;
  readonly brokers: readonly Pod[];
  readonly anonymizer: Pod;
  readonly producer: Pod;
  readonly consumer: Pod;
  readonly rogue: Pod;
  /** Address of a broker. */
  readonly bootstrap: (id: number) => string;
  /** Runs the command line on the node, which reaches everything. */
  readonly lethe: (...args: readonly string[]) => Promise<Executed>;
  /** A path in the stage's own folder. */
  readonly file: (name: string) => string;
  /** Asks Kafka for the placement and writes it to a file. @returns its path. */
  snapshot(name: string): Promise<string>;
  /** The flow map of a snapshot. */
  flows(snapshot: string): Promise<FlowMap>;
  /** Everything that the API server knows, with or without these policies in place of those in force. */
  manifests(policies?: string): Promise<Manifests>;
  /** Applies a folder of policies and waits until they are in force. @returns ms that this took. */
  apply(folder: string): Promise<number>;
  startAnonymizer(): Promise<ServiceProcess>;
  stop(): Promise<void>;
}

/** Replication in the rig is one: what matters here is which broker a partition is on. */
const properties = {
  'default.replication.factor': 1,
  'min.insync.replicas': 1,
  'offsets.topic.replication.factor': 1,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
};

export async function openStage(): Promise<Stage> {
  const lab = await startNetworkLab();
  const ends: (() => Promise<unknown>)[] = [() => lab.stop()];
  const stop = async (): Promise<void> => {
    await recall();
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const brokers = await lab.addPods([0, 1, 2].map(brokerPod));
    const [anonymizer, producer, consumer, rogue, registryPod] = (await lab.addPods([
      single('lethe', 'lethe'),
      single('crm', 'crm'),
      single('lake', 'lake'),
      single('kafka', 'debug'),
      single('registry', 'registry'),
      { namespace: 'kube-system', name: 'dns', labels: { 'k8s-app': 'kube-dns' } },
      single('monitoring', 'prometheus'),
    ])) as [Pod, Pod, Pod, Pod, Pod];
    const place = ({ address: host, enter, agent }: Pod) => ({
      host,
      enter,
      listens: async (port: number) =>
        (await agent.connect({ protocol: 'TCP', host, port })) === 'open',
    });
    const [kafka, registry] = await Promise.all([
      startKafka({ places: brokers.map(place), properties, heap: 320 }),
      startRegistry({ place: place(registryPod) }),
    ]);
    ends.push(
      () => kafka.stop(),
      () => registry.stop(),
    );
    const flowLog = await startFlowLog(lab.sandbox);
    ends.push(() => flowLog.stop());
    const { folder } = lab.sandbox;
    const file = (name: string): string => join(folder, name);
    const bootstrap = (id: number): string => kafka.bootstrapServers.split(',')[id]!;
    const config = file('lethe.yaml');
    mkdirSync(file('keys'), { mode: 0o700 });
    writeFileSync(file('keys/v1'), Buffer.alloc(32, 0x5a), { mode: 0o600 });
    writeFileSync(
      config,
      configuration(bootstrap(RAW), bootstrap(OPEN), registry.url, file('keys')),
    );
    const lethe: Stage['lethe'] = (...args) => {
      const [command, ...rest] = lab.node.enter;
      return execute([command, ...rest, process.execPath, MAIN, ...args]);
    };
    const stage: Stage = {
      lab,
      kafka,
      registry,
      flowLog,
      brokers,
      anonymizer,
      producer,
      consumer,
      rogue,
      bootstrap,
      lethe,
      file,
      async snapshot(name) {
        const { code, out, err } = await lethe('network', 'snapshot', '--config', config);
        if (code !== 0) throw new Error(err);
        writeFileSync(file(name), out);
        return file(name);
      },
      flows: async (snapshot) => (await flowInput({ config, snapshot }, { env: {} })).flows,
      async manifests(policies) {
        const kinds = ['namespaces', 'serviceaccounts', 'services', 'pods'];
        const live = await lab.plane.kubectl(['get', kinds.join(), '-A', '-o', 'json']);
        writeFileSync(file('live.json'), live);
        return policies === undefined
          ? parseManifests([{ name: 'live.json', text: live }])
          : readManifests([file('live.json'), policies]);
      },
      apply: (from) =>
        lab.enforced(() =>
          lab.plane.kubectl(['apply', '--server-side', '--validate=strict', '-k', from]),
        ),
      async startAnonymizer() {
        const service = await startService({
          config,
          log: file('service.log'),
          enter: anonymizer.enter,
        });
        ends.push(() => service.stop());
        // Its log tells where it listens, or why it ended.
        await service.address();
        return service;
      },
      stop,
    };
    await fill(stage);
    return stage;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Raw on one broker, sanitized and what outsiders need on another, nothing on the third. */
async function fill({ lab, bootstrap }: Stage): Promise<void> {
  const create = {
    'raw.orders': [[RAW], [RAW]],
    'public.orders': [[OPEN], [OPEN]],
    'lethe.quarantine': [[OPEN]],
  };
  await send(lab.node, { name: 'create', bootstrap: bootstrap(OPEN), topics: create }).ended();
  const internal = [[OPEN], [OPEN], [OPEN]];
  const topics = { __consumer_offsets: internal, __transaction_state: internal };
  await send(lab.node, { name: 'move', bootstrap: bootstrap(OPEN), topics }).ended();
}

function brokerPod(index: number) {
  const name = `kafka-${index}`;
  return {
    namespace: 'kafka',
    name,
    labels: {
      app: 'kafka',
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(index),
    },
    owner: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'kafka' },
  };
}

const single = (namespace: string, name: string) => ({
  namespace,
  name: `${name}-0`,
  labels: { app: name },
  owner: { apiVersion: 'apps/v1', kind: 'StatefulSet', name },
});

const configuration = (raw: string, open: string, registry: string, keys: string): string => `
kafka: { main: { bootstrapServers: ['${raw}', '${open}'], requestTimeout: 5s } }
registry: { url: '${registry}' }
keys: { directory: '${keys}', current: v1 }
service: { http: { port: 8080 } }
quarantine: { topic: lethe.quarantine }
rules:
  tags: { PII: { technique: pseudonymize, output: email, domain: person.email } }
routes:
  - name: orders
    from: { topic: raw.orders }
    to: { topic: public.orders }
    key: { type: string, technique: pseudonymize, domain: order.id }
isolation:
  mode: brokers
  anonymizer: { namespace: lethe, podSelector: { app: lethe } }
  brokers:
    main:
      namespace: kafka
      pods: statefulset/kafka
      port: 9092
      interBrokerPort: 9092
      controllers: { port: 9093 }
  clients:
    - name: crm
      workload: { namespace: crm, podSelector: { app: crm } }
      produces: [raw.orders]
    - name: lake
      workload: { namespace: lake, podSelector: { app: lake } }
      consumes: [public.orders]
      groups: [lake]
      registry: false
  operators:
    - name: prometheus
      workload: { namespace: monitoring, podSelector: { app: prometheus } }
      scrapes: [lethe]
  registry: { namespace: registry, podSelector: { app: registry }, port: 8081 }
  dns: { namespace: kube-system, podSelector: { k8s-app: kube-dns } }
`;
