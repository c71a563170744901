import { join } from 'node:path';
import { createTopics, outsideClient, type Client, type ReadRecord } from '../../rig/client.ts';
import { startKafka, type Kafka } from '../../rig/kafka.ts';
import { until } from '../../rig/ports.ts';
import { readCommitted } from '../../rig/reference-client.ts';
import { startRegistry } from '../../rig/registry.ts';
import { scratch } from '../../rig/scratch.ts';
import { Maker } from './judge.ts';
import { Load } from './load.ts';
import type { Phase } from './pauses.ts';
import {
  LATE_PUBLIC,
  LATE_RAW,
  Mounted,
  PARTITIONS,
  PUBLIC,
  RAW,
  schema,
  type Release,
} from './setting.ts';
import { StatefulSet } from './stateful-set.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'dist', 'main.js');
/** Records that a partition must gain before a phase counts as over. */
const GROWTH = 20;

/** A release as it is on the first day. */
const first: Release = { key: 'old', note: 'suppress', late: false, maxAge: '20ms' };

/** Brokers, registry, mounted files, pods and load, and what has happened to them so far. */
export class Stage implements AsyncDisposable {
  readonly pods: StatefulSet;
  readonly load: Load;
  readonly mounted: Mounted;
  /** Of each release that makes other records than the one before it. */
  readonly makers: Maker[] = [];
  readonly phases: Phase[] = [];
  readonly #kafka: Kafka;
  readonly #client: Client;
  readonly #stack: AsyncDisposableStack;
  readonly #roots = new Map<Release['key'], Uint8Array>();
  #release = first;

  private constructor(
    kafka: Kafka,
    schemaId: number,
    mounted: Mounted,
    folder: string,
    stack: AsyncDisposableStack,
  ) {
    this.#kafka = kafka;
    this.#client = outsideClient(kafka.bootstrapServers);
    this.#stack = stack;
    this.mounted = mounted;
    this.pods = stack.use(new StatefulSet({ config: mounted.config, folder, main: MAIN }));
    this.load = stack.use(new Load(kafka.bootstrapServers, schemaId));
  }

  static async up(): Promise<Stage> {
    await using stack = new AsyncDisposableStack();
    const folder = scratch('rollout');
    stack.defer(() => folder.remove());
    const [kafka, registry] = await Promise.all([
      // As brokers have it by default: a group that was empty waits for more members.
      startKafka({ properties: { 'group.initial.rebalance.delay.ms': 3000 } }),
      startRegistry(),
    ]);
    stack.defer(() => kafka.stop());
    stack.defer(() => registry.stop());
    const { bootstrapServers } = kafka;
    const configEntries = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }];
    await createTopics(outsideClient(bootstrapServers), [
      { topic: RAW, numPartitions: PARTITIONS },
      { topic: LATE_RAW, numPartitions: 1 },
      { topic: PUBLIC, numPartitions: PARTITIONS, configEntries },
      { topic: LATE_PUBLIC, numPartitions: 1, configEntries },
    ]);
    const schemaId = await registry.register(`${RAW}-value`, schema);
    await registry.register(`${LATE_RAW}-value`, schema);
    const mounted = new Mounted(folder.path, { bootstrapServers, registryUrl: registry.url });
    const stage = new Stage(kafka, schemaId, mounted, folder.path, stack.move());
    stage.addKey('old');
    mounted.release(first);
    stage.makers.push(new Maker(first, stage.#roots.get('old')!));
    return stage;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  addKey(version: Release['key']): void {
    this.#roots.set(version, this.mounted.addKey(version));
  }

  /** Writes the next release; whoever runs takes it in its own time. */
  release(change: Partial<Release>): void {
    const before = this.#release;
    const next = { ...before, ...change };
    this.#release = next;
    if (next.key !== before.key || next.note !== before.note)
      this.makers.push(new Maker(next, this.#roots.get(next.key)!));
    this.mounted.release(next);
  }

  /** Changes files, and waits until each pod has told what it made of them. */
  async seen(change: () => void, event = 'config.reloaded'): Promise<void> {
    const before = this.pods.told(event);
    change();
    await this.pods.tells(event, before);
  }

  /** Does something, waits until every partition flows again, and notes when all this was. */
  async during(name: string, act: () => Promise<void>): Promise<void> {
    const from = Date.now();
    try {
      await act();
      await this.flows(PUBLIC);
    } catch (error) {
      throw new Error(`${name}:\n${this.pods.tail()}`, { cause: error });
    }
    this.phases.push({ name, from, until: Date.now() });
  }

  /** Waits until every partition of a topic has grown. */
  async flows(topic: string): Promise<void> {
    const admin = this.#client.admin();
    await admin.connect();
    const ends = async (): Promise<ReadonlyMap<number, number>> => {
      const offsets = await admin.fetchTopicOffsets(topic);
      return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
    };
    try {
      const before = await ends();
      const grown = async (): Promise<boolean> =>
        [...(await ends())].every(
          ([partition, end]) => end > (before.get(partition) ?? 0) + GROWTH,
        );
      await until(`${topic} to grow in each partition`, grown, { patience: 90_000 });
    } finally {
      await admin.disconnect();
    }
  }

  /** Waits until everything sent is written, and reads the topic with Kafka's own client. */
  async settled(topic: string): Promise<ReadonlyMap<number, readonly ReadRecord[]>> {
    const read = async (): Promise<ReadonlyMap<number, readonly ReadRecord[]>> =>
      Map.groupBy(
        await readCommitted(this.#kafka.bootstrapServers, topic),
        ({ partition }) => partition,
      );
    let records = await read();
    const all = ([...each]: Iterable<[number, readonly ReadRecord[]]>): boolean =>
      each.length > 0 && each.every(([, found]) => found.length >= this.load.sent);
    await until('everything to be written', async () => {
      if (all(records)) return true;
      records = await read();
      return all(records);
    }).catch(() => undefined);
    return records;
  }
}
