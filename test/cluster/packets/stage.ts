/**
 * A shop with raw and sanitized orders in the network lab: three brokers, a registry, a producer, a consumer, rogues, and the pods of a release of
 * the chart, with the labels and the configuration that it gives them.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flowInput } from '../../../src/cli/network/flow-input.ts';
import type { FlowMap } from '../../../src/isolation/topology/flow-map.ts';
import { parseManifests, type Manifests } from '../../../src/isolation/manifests/manifests.ts';
import { readManifests } from '../../../src/isolation/manifests/manifest-files.ts';
import { execute, type Executed } from '../../rig/execute.ts';
import { startFlowLog, type FlowLog } from '../../rig/flow-log.ts';
import { startKafka, type Kafka } from '../../rig/kafka.ts';
import { startNetworkLab, type NetworkLab, type Place, type Pod } from '../../rig/network-lab.ts';
import { startRegistry, type Registry } from '../../rig/registry.ts';
import { startService, type ServiceProcess } from '../../rig/service-process.ts';
import { recall, send } from './errands.ts';
import { renderRelease, type Identity, type Release } from './release.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'src', 'main.ts');

/** Node ids: who holds what at the beginning. */
export const RAW = 0;
export const FREE = 1;
export const OPEN = 2;

/** Namespace of the release. */
const RELEASE = 'lethe';

export interface Stage {
  readonly lab: NetworkLab;
  readonly kafka: Kafka;
  readonly registry: Registry;
  readonly flowLog: FlowLog;
  readonly brokers: readonly Pod[];
  readonly anonymizer: Pod;
  readonly producer: Pod;
  readonly consumer: Pod;
  readonly warden: Pod;
  readonly auditor: Pod;
  /** Of `helm test`. */
  readonly probe: Pod;
  readonly registryPod: Pod;
  readonly dns: Pod;
  readonly prometheus: Pod;
  /** Beside the brokers. */
  readonly rogue: Pod;
  /** In a namespace of its own. */
  readonly shop: Pod;
  /** In the namespace of the release, without its labels. */
  readonly stranger: Pod;
  /** Where the values say that the API server is. */
  readonly apiServer: Place;
  /** The chart as it is rendered for this stage, with its own policy for the anonymizer or without. */
  readonly release: (allow: boolean) => Promise<Release>;
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
  /** Everything that the API server knows, with or without these policies in place of those in force: files and folders. */
  manifests(...policies: readonly string[]): Promise<Manifests>;
  /** Applies a folder of policies and waits until they are in force. @returns ms that this took. */
  apply(folder: string): Promise<number>;
  /** Starts the service in its pod, ended before if it runs, so that every connection is a new one. */
  startAnonymizer(): Promise<void>;
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
    const apiServer = await lab.addHost('control-plane');
    const fixed = await lab.addPods([
      ...[0, 1, 2].map(brokerPod),
      single('registry', 'registry'),
      { namespace: 'kube-system', name: 'dns', labels: { 'k8s-app': 'kube-dns' } },
    ]);
    const brokers = fixed.slice(0, 3);
    const [registryPod, dns] = fixed.slice(3) as [Pod, Pod];
    const bootstrap = (id: number): string => `${brokers[id]!.address}:9092`;
    const release: Stage['release'] = (allow) =>
      renderRelease(
        {
          brokers: [bootstrap(RAW), bootstrap(OPEN)],
          registry: registryPod.address,
          dns: dns.address,
          apiServer: apiServer.address,
        },
        allow,
      );
    const rendered = await release(true);
    const [
      anonymizer,
      warden,
      auditor,
      probe,
      producer,
      consumer,
      rogue,
      shop,
      stranger,
      prometheus,
    ] = (await lab.addPods([
      released('lethe-anonymizer-0', rendered.anonymizer, 'StatefulSet', 'lethe-anonymizer'),
      released('lethe-warden-0', rendered.warden, 'ReplicaSet', 'lethe-warden-0'),
      released('lethe-auditor-0', rendered.auditor, 'ReplicaSet', 'lethe-auditor-0'),
      released('lethe-probe', rendered.probe),
      single('crm', 'crm'),
      single('lake', 'lake'),
      single('kafka', 'debug'),
      single('shop', 'web'),
      { namespace: RELEASE, name: 'stranger', labels: { app: 'stranger' } },
      single('monitoring', 'prometheus'),
    ])) as [Pod, Pod, Pod, Pod, Pod, Pod, Pod, Pod, Pod, Pod];
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
    const config = file('lethe.yaml');
    mkdirSync(file('keys'), { mode: 0o700 });
    writeFileSync(file('keys/v1'), Buffer.alloc(32, 0x5a), { mode: 0o600 });
    // In the lab all pods have the files of this machine.
    writeFileSync(config, rendered.settings.replace('/etc/lethe/keys', file('keys')));
    const env = { POD_NAME: anonymizer.spec.name };
    const lethe: Stage['lethe'] = (...args) => {
      const [command, ...rest] = lab.node.enter;
      return execute([command, ...rest, process.execPath, MAIN, ...args], {
        env: { ...process.env, ...env },
      });
    };
    let service: ServiceProcess | null = null;
    let starts = 0;
    ends.push(async () => service?.stop());
    const stage: Stage = {
      lab,
      kafka,
      registry,
      flowLog,
      brokers,
      anonymizer,
      producer,
      consumer,
      warden,
      auditor,
      probe,
      registryPod,
      dns,
      prometheus,
      rogue,
      shop,
      stranger,
      apiServer,
      release,
      bootstrap,
      lethe,
      file,
      async snapshot(name) {
        const { code, out, err } = await lethe('network', 'snapshot', '--config', config);
        if (code !== 0) throw new Error(err);
        writeFileSync(file(name), out);
        return file(name);
      },
      flows: async (snapshot) => (await flowInput({ config, snapshot }, { env })).flows,
      async manifests(...policies) {
        const kinds = ['namespaces', 'serviceaccounts', 'services', 'pods'];
        const live = await lab.plane.kubectl(['get', kinds.join(), '-A', '-o', 'json']);
        writeFileSync(file('live.json'), live);
        return policies.length === 0
          ? parseManifests([{ name: 'live.json', text: live }])
          : readManifests([file('live.json'), ...policies]);
      },
      apply: (from) =>
        lab.enforced(() =>
          lab.plane.kubectl(['apply', '--server-side', '--validate=strict', '-k', from]),
        ),
      async startAnonymizer() {
        await service?.stop();
        service = await startService({
          config,
          log: file(`service-${++starts}.log`),
          enter: anonymizer.enter,
          env,
        });
        // Its log tells where it listens, or why it ended.
        await service.address();
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

const released = (
  name: string,
  { labels, serviceAccount }: Identity,
  kind?: string,
  owner = name,
) => ({
  namespace: RELEASE,
  name,
  labels,
  serviceAccount,
  ...(kind === undefined ? {} : { owner: { apiVersion: 'apps/v1', kind, name: owner } }),
});

const single = (namespace: string, name: string) => ({
  namespace,
  name: `${name}-0`,
  labels: { app: name },
  owner: { apiVersion: 'apps/v1', kind: 'StatefulSet', name },
});
