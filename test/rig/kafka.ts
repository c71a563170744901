/**
 * A real Apache Kafka on loopback: one broker, three, or one with every kind of authentication. Brokers hold their data in a temporary
 * folder and end with this process, whatever way it ends.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installKafka, LOG_CONFIGURATION } from './install.ts';
import { freePorts, listens, until } from './ports.ts';
import { startWatched, type WatchedProcess } from './process.ts';
import { scratch } from './scratch.ts';
import { secure, type SecureSetup } from './secure.ts';

const run = promisify(execFile);

/** Fixed, since every rig is a cluster of its own on addresses of its own. */
const CLUSTER_ID = 'TGV0aGVUZXN0UmlnQ2x1cw';

export interface KafkaOptions {
  readonly brokers?: 1 | 3;
  /** SASL, mutual TLS and ACLs on the single broker; see {@link SecureSetup}. */
  readonly secure?: boolean;
  /** Broker properties that go on top of the rig's own. */
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
  /** Feature levels at format time, such as `transaction.version: 1`; what isn't named has its newest level. */
  readonly features?: Readonly<Record<string, number>>;
  /** Heap of each broker in MiB. */
  readonly heap?: number;
  /** Where brokers run, one for each, with node ids from 0; default is loopback. Ports are 9092, and 9093 for controllers. */
  readonly places?: readonly BrokerPlace[];
}

/** An address of its own, such as that of a network namespace. */
export interface BrokerPlace {
  readonly host: string;
  /** Words in front of a command that is to run there. */
  readonly enter: readonly string[];
  /** Whether something accepts connections at a port there, where this process can't try it. */
  readonly listens: (port: number) => Promise<boolean>;
}

export interface Broker {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly log: string;
  readonly running: boolean;
  readonly pid: number;
}

export interface Kafka {
  /** `host:port,host:port`; on a secure rig the listener for SASL_SSL. */
  readonly bootstrapServers: string;
  readonly brokers: readonly Broker[];
  readonly secure: SecureSetup | null;
  /** SIGKILL: no goodbye to the cluster. */
  kill(id: number): Promise<void>;
  /** Starts a killed or stopped broker again with its data, waits until it answers. */
  start(id: number): Promise<void>;
  /** Orderly stop, then start. */
  restart(id: number): Promise<void>;
  /** Stops all, removes all data. */
  stop(): Promise<void>;
}

interface Node {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly directory: string;
  readonly enter: readonly string[];
  readonly answers: () => Promise<boolean>;
  process: WatchedProcess | null;
}

/** Starts a cluster and waits until every broker answers: about five seconds for one, ten for three. */
export async function startKafka(options: KafkaOptions = {}): Promise<Kafka> {
  const classPath = await installKafka();
  const folder = scratch('kafka');
  const nodes = await place(options, folder.path);
  const count = nodes.length;
  const controllers = nodes.map(
    ({ id, host, controllerPort }) => `${id}@${host}:${controllerPort}`,
  );
  const security = options.secure === true ? await secure(folder.path, nodes[0]!) : null;
  const java = javaFlags(classPath, options.heap ?? 384);

  const format = async (node: Node): Promise<void> => {
    const own = plain(node, controllers, count);
    const properties = { ...own, ...security?.properties, ...options.properties };
    const file = join(node.directory, 'server.properties');
    writeFileSync(
      file,
      Object.entries(properties)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    );
    const features = Object.entries(options.features ?? {}).flatMap(([name, level]) => [
      '--feature',
      `${name}=${level}`,
    ]);
    await run('java', [
      ...['-Xmx128m', '-XX:TieredStopAtLevel=1', '-Drig.log.level=WARN'],
      ...[`-Dlog4j2.configurationFile=${LOG_CONFIGURATION}`, '-cp', classPath],
      ...['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', file],
      ...features,
      ...(security?.formatArguments ?? []),
    ]);
  };

  const launch = async (node: Node): Promise<void> => {
    node.process = await startWatched({
      command: 'java',
      enter: node.enter,
      args: [...java, 'kafka.Kafka', join(node.directory, 'server.properties')],
      log: join(node.directory, 'log'),
    });
  };
  const ready = (node: Node): Promise<void> =>
    until(`broker ${node.id} to answer`, async () => {
      if (node.process?.running !== true) throw new Error(tail(node));
      return (await node.answers()) && started(node);
    });
  const find = (id: number): Node => {
    const node = nodes.find((candidate) => candidate.id === id);
    if (node === undefined) throw new Error(`There is no broker ${id}`);
    return node;
  };
  const start = async (id: number): Promise<void> => {
    const node = find(id);
    if (node.process?.running === true) return;
    writeFileSync(join(node.directory, 'log'), '');
    await launch(node);
    await ready(node);
  };
  const stop = async (): Promise<void> => {
    // Killed, not stopped: the data goes with them, and an orderly shutdown of a quorum takes seconds.
    await Promise.all(nodes.map(async (node) => node.process?.kill()));
    folder.remove();
  };

  try {
    await Promise.all(nodes.map(format));
    await Promise.all(nodes.map(launch));
    await Promise.all(nodes.map(ready));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    bootstrapServers: nodes.map(({ host, port }) => `${host}:${port}`).join(','),
    brokers: nodes.map((node) => ({
      id: node.id,
      host: node.host,
      port: node.port,
      log: join(node.directory, 'log'),
      get running() {
        return node.process?.running === true;
      },
      get pid() {
        return node.process?.pid ?? -1;
      },
    })),
    secure: security,
    kill: async (id) => find(id).process?.kill(),
    start,
    async restart(id) {
      await find(id).process?.stop();
      await start(id);
    },
    stop,
  };
}

async function place({ brokers = 1, places }: KafkaOptions, folder: string): Promise<Node[]> {
  const nodes: Node[] = [];
  for (let index = 0; index < (places?.length ?? brokers); index++) {
    const given = places?.[index];
    const alone = brokers === 1;
    const host = given?.host ?? (alone ? '127.0.0.1' : `127.0.0.${11 + index}`);
    const [port = 0, controllerPort = 0] = given ? [9092, 9093] : await freePorts(2, host);
    const id = given ? index : alone ? 1 : 11 + index;
    const directory = join(folder, String(id));
    mkdirSync(directory);
    const { enter, listens: answers } = given ?? {
      enter: [],
      listens: (at: number) => listens(host, at),
    };
    nodes.push({
      id,
      host,
      port,
      controllerPort,
      directory,
      enter,
      answers: () => answers(port),
      process: null,
    });
  }
  return nodes;
}

/** One node that is broker and controller, quick to fail over and without the delays that suit large clusters. */
function plain(
  node: Node,
  controllers: readonly string[],
  count: number,
): Record<string, string | number | boolean> {
  const quorum = controllers.find((voter) => voter.startsWith(`${node.id}@`))!;
  const replicas = count;
  const inSync = count === 1 ? 1 : 2;
  return {
    'process.roles': 'broker,controller',
    'node.id': node.id,
    'controller.quorum.voters': controllers.join(','),
    listeners: `PLAINTEXT://${node.host}:${node.port},CONTROLLER://${quorum.split('@')[1]!}`,
    'advertised.listeners': `PLAINTEXT://${node.host}:${node.port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(node.directory, 'data'),
    'num.partitions': 6,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 3,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 3,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'group.initial.rebalance.delay.ms': 0,
    'broker.session.timeout.ms': 3000,
    'broker.heartbeat.interval.ms': 500,
    'auto.create.topics.enable': false,
    'log.cleaner.dedupe.buffer.size': 16 << 20,
  };
}

function javaFlags(classPath: string, heap: number): readonly string[] {
  return [
    ...[`-Xms${Math.min(heap, 256)}m`, `-Xmx${heap}m`, '-XX:+UseG1GC', '-Djava.awt.headless=true'],
    ...[`-Dlog4j2.configurationFile=${LOG_CONFIGURATION}`, '-cp', classPath],
  ];
}

function started(node: Node): boolean {
  return readFileSync(join(node.directory, 'log'), 'utf8').includes('Kafka Server started');
}

function tail(node: Node): string {
  const file = join(node.directory, 'log');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  return `Broker ${node.id} ended while starting:\n${lines.slice(-20).join('\n')}`;
}
