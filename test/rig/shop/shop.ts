/** A shop on a real Kubernetes: three brokers, a registry, a team that produces orders, one that reads sanitized ones, and a rogue pod. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority } from '../certificates.ts';
import { administrationPath } from '../debian-packages.ts';
import { demand, execute, type Executed } from '../execute.ts';
import { kafkaImage, registryImage, serviceImage, type BuiltImage } from '../images/images.ts';
import { startCluster, type Cluster } from '../kubernetes/cluster.ts';
import type { ReadRecord } from '../client.ts';
import { readCommitted } from '../reference-client.ts';
import { chartValues, CREDENTIALS, type Shields } from './chart-values.ts';
import {
  listenTo,
  recall,
  type AdministrationTask,
  type Errand,
  type Login,
  type Running,
} from './errands.ts';
import { administrator, fill, furnish } from './furnishing.ts';
import { broker, OPEN, orderSchema, RAW, RAW_TOPIC, REGISTRY_URL } from './places.ts';
import { errandCommand, LOGIN, newbornObject, personObject, type PersonOptions } from './pods.ts';

const PROJECT = join(import.meta.dirname, '..', '..', '..');
const CHART = join(PROJECT, 'helm', 'lethe');
const MAIN = join(PROJECT, 'src', 'main.ts');
const ADMINISTRATION = join(import.meta.dirname, 'administration.ts');
const REGISTRATION = join(import.meta.dirname, 'registration.ts');

/** An errand, without what the sender knows anyway. */
type Sent<Kind extends Errand = Errand> = Kind extends { readonly login: Login }
  ? Omit<Kind, 'login'>
  : Kind;
interface Target {
  readonly host: string;
  readonly port: number;
}
type Person = 'crm' | 'lake' | 'rogue';

export interface Shop {
  readonly cluster: Cluster;
  readonly image: BuiltImage;
  /** Of raw orders in the registry. */
  readonly schemaId: number;
  /** Sends somebody on an errand; the rogue has no certificate. */
  readonly send: (who: Person, errand: Sent) => Running;
  /** Manifest of a pod with a client. */
  readonly person: (options: Omit<PersonOptions, 'image'>) => object;
  /**
   * Makes a pod that tries to connect from its first moment on.
   *
   * @returns ms after its birth at which it got through for the last time, `null` where it never did.
   */
  bear(name: string, namespace: string, target: Target): Promise<number | null>;
  /** Installs or upgrades the chart and waits until its pods are ready. */
  readonly install: (shields: Shields) => Promise<void>;
  administer(task: AdministrationTask): Promise<void>;
  /** Address of a pod. */
  address(namespace: string, selector: string): Promise<string>;
  /** Metrics of a workload of the chart, as Prometheus reads them. */
  metrics(component: 'anonymizer' | 'warden' | 'auditor'): Promise<string>;
  /** Writes the warden's configuration with the administrator's login. @returns its path. */
  config(): Promise<string>;
  /** Runs the command line on the node, which reaches everything. */
  lethe(...args: readonly string[]): Promise<Executed>;
  /** Ids of orders in a topic by partition, in their order, as Kafka's own client reads committed ones. */
  orders(topic: string): Promise<ReadonlyMap<number, readonly number[]>>;
  stop(): Promise<void>;
}

/** Starts all but the service: about a minute. */
export async function openShop(say: (line: string) => void = () => undefined): Promise<Shop> {
  const service = await serviceImage(say);
  const [kafka, registry] = [await kafkaImage(say), await registryImage(say)];
  say('starting Kubernetes');
  const cluster = await startCluster();
  const stop = async (): Promise<void> => {
    await recall();
    await cluster.stop();
  };
  try {
    const { folder, enter } = cluster.node;
    const certificates = join(folder, 'shop');
    mkdirSync(certificates);
    const authority = await createAuthority(certificates);
    const login = await administrator(folder, authority);
    say('starting Kafka, registry and clients');
    await cluster.load([service, kafka, registry]);
    await furnish(cluster, authority, { service, kafka, registry });
    const onNode = (program: string, ...args: readonly string[]) =>
      [...enter, process.execPath, program, ...args] as unknown as readonly [string, ...string[]];
    const administer: Shop['administer'] = async (task) => {
      const servers = [0, 1, 2].map(broker);
      await demand(onNode(ADMINISTRATION, JSON.stringify({ ...task, servers, login })));
    };
    await fill(administer);
    const schemaId = Number(
      await demand(onNode(REGISTRATION, REGISTRY_URL, `${RAW_TOPIC}-value`, orderSchema)),
    );
    const properties = join(folder, 'client.properties');
    writeFileSync(
      properties,
      [
        'security.protocol=SSL',
        'ssl.truststore.type=PEM',
        `ssl.truststore.location=${login.authority}`,
        'ssl.keystore.type=PEM',
        `ssl.keystore.location=${join(login.identity, 'keystore.pem')}`,
      ].join('\n'),
    );
    const address: Shop['address'] = (namespace, selector) =>
      cluster.kubectl([
        ...['get', 'pods', '-n', namespace, '-l', selector],
        ...['-o', 'jsonpath={.items[0].status.podIP}'],
      ]);
    const person: Shop['person'] = (options) => personObject({ ...options, image: service.name });
    const env = {
      ...process.env,
      POD_NAME: 'node',
      PATH: administrationPath,
      KUBECONFIG: cluster.kubeconfig,
    };
    return {
      cluster,
      image: service,
      schemaId,
      send(who, errand) {
        const { authority: ca, identity } = LOGIN;
        const full = {
          ...errand,
          login: who === 'rogue' ? { authority: ca } : { authority: ca, identity },
        };
        const namespace = who === 'rogue' ? 'playground' : who;
        return listenTo(
          cluster.kubectlCommand([
            'exec',
            '-i',
            '-n',
            namespace,
            who,
            '--',
            ...errandCommand(full),
          ]),
          env,
        );
      },
      person,
      async bear(name, namespace, target) {
        const pod = newbornObject({ name, namespace, image: kafka.name }, target);
        await cluster.apply(JSON.stringify(pod));
        await cluster.kubectl([
          ...['wait', 'pod', name, '-n', namespace, '--timeout=60s'],
          '--for=jsonpath={.status.phase}=Succeeded',
        ]);
        const log = await cluster.kubectl(['logs', name, '-n', namespace]);
        const [born = 0, ...open] = [...log.matchAll(/\d+/g)].map(Number);
        return open.length === 0 ? null : (open.at(-1)! - born) * 10;
      },
      address,
      install: async (shields) => {
        const values = join(folder, 'values.json');
        writeFileSync(values, JSON.stringify(chartValues(service.name, shields)));
        await cluster.helm([
          ...['upgrade', '--install', 'lethe', CHART, '--namespace', 'lethe'],
          ...['--values', values, '--wait', '--timeout', '120s'],
        ]);
        // For StatefulSets helm counts ready pods, old ones too.
        await cluster.kubectl([
          ...['rollout', 'status', 'statefulset/lethe-anonymizer', '-n', 'lethe'],
          '--timeout=120s',
        ]);
      },
      administer,
      async metrics(component) {
        const host = await address('lethe', `app.kubernetes.io/component=${component}`);
        const read = `fetch('http://${host}:8080/metrics').then((answer) => answer.text()).then(console.log)`;
        return demand([...enter, process.execPath, '-e', read]);
      },
      async config() {
        const text = await cluster.kubectl([
          ...['get', 'configmap', 'lethe-warden', '-n', 'lethe'],
          ...['-o', 'jsonpath={.data.lethe\\.yaml}'],
        ]);
        const file = join(folder, 'lethe.yaml');
        writeFileSync(file, text.replaceAll(CREDENTIALS, login.identity));
        return file;
      },
      lethe: (...args) => execute(onNode(MAIN, ...args), { env, patience: 120_000 }),
      async orders(topic) {
        const from = broker(topic === RAW_TOPIC ? RAW : OPEN);
        return ordersOf(await readCommitted(from, topic, { enter, properties }));
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The field `id` comes first: a zigzag number in groups of seven bits (Avro specification, "Binary encoding"). */
function ordersOf(records: readonly ReadRecord[]): ReadonlyMap<number, readonly number[]> {
  const orders = new Map<number, number[]>();
  for (const { partition, value } of records) {
    if (value === null) throw new Error('An order without a value');
    let bits = 0;
    for (let at = 5, shift = 0; ; at++, shift += 7) {
      bits += (value[at]! & 0x7f) * 2 ** shift;
      if (value[at]! < 0x80) break;
    }
    const found = orders.get(partition) ?? [];
    found.push(bits / 2);
    orders.set(partition, found);
  }
  return orders;
}
