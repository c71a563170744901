import { FramedReader } from '../../test/rig/avro.ts';
import type { Consumer, ReadRecord } from '../../test/rig/client.ts';
import { topics, type ShopEvent, type TopicName } from './shop.ts';
import type { Ledger } from './traffic.ts';
import type { World } from './world.ts';

/** A raw event and what became of it. */
export interface Pair {
  readonly topic: TopicName;
  readonly raw: ShopEvent;
  readonly key: string;
  /** The decoded sanitized value; null for a tombstone. */
  readonly sanitized: unknown;
}

/** Reads the sanitized topics as any consumer would, counts, and pairs each record with the raw one that it comes of. */
export class Follower {
  readonly received: Record<TopicName, number> = {
    customers: 0,
    orders: 0,
    payments: 0,
    'support-tickets': 0,
  };
  readonly latest = new Map<TopicName, Pair>();
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #reader: FramedReader;
  readonly #consumer: Consumer;
  readonly #met = new Map<string, number>();

  constructor(world: World, ledger: Ledger) {
    this.#world = world;
    this.#ledger = ledger;
    this.#reader = new FramedReader(world.registryUrl);
    this.#consumer = world.client.consumer({
      groupId: `${world.prefix}demo-viewer`,
      readUncommitted: false,
      maxWaitTimeInMs: 200,
    });
  }

  get total(): number {
    return topics.reduce((sum, topic) => sum + this.received[topic], 0);
  }

  /** Sanitized topics must exist by now. */
  async start(): Promise<void> {
    const names = new Map(topics.map((topic) => [this.#world.sanitized(topic), topic]));
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...names.keys()], fromBeginning: true });
    await this.#consumer.run({
      eachBatch: async ({ batch }) => {
        const topic = names.get(batch.topic);
        if (topic === undefined) return;
        for (const message of batch.messages)
          await this.#take(topic, { ...message, topic: batch.topic, partition: batch.partition });
      },
    });
  }

  async stop(): Promise<void> {
    await this.#consumer.disconnect();
  }

  async #take(
    topic: TopicName,
    record: Pick<ReadRecord, 'topic' | 'partition' | 'key' | 'value'>,
  ): Promise<void> {
    const place = `${record.topic}/${record.partition}`;
    const index = this.#met.get(place) ?? 0;
    this.#met.set(place, index + 1);
    this.received[topic]++;
    const list = this.#ledger.awaited.get(place);
    const raw = list?.[index];
    if (raw === undefined) return;
    const last = this.latest.get(topic);
    // Decoding every record would make the viewer the slowest part: a fresh look at each topic now and then is enough.
    if (last !== undefined && this.received[topic] % 50 !== 0) return;
    const sanitized = record.value === null ? null : await this.#reader.decode(record.value);
    this.latest.set(topic, { topic, raw, key: record.key?.toString() ?? '', sanitized });
  }
}
