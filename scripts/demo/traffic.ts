import { avroCodec, frame, type AvroCodec } from '../../test/rig/avro.ts';
import { exactProducer, type TopicMessages } from '../../test/rig/client.ts';
import { Needles } from '../../test/rig/needles.ts';
import { Shop, topics, type ShopEvent, type TopicName } from './shop.ts';
import type { World } from './world.ts';

/** One in so many records is spoilt on purpose, in four ways by turns. */
const SPOILT_EVERY = 500;
const UNKNOWN_ID = 2_000_000_000;

/** What went into the raw topics, as far as the other side must answer for it. */
export interface Ledger {
  readonly sent: Record<TopicName, number>;
  readonly spoilt: Record<TopicName, number>;
  /** Everything personal that was sent. */
  readonly secrets: Needles;
  /** Raw events by topic and partition, in order, that a sanitized one must come of; shifted as they are met. */
  readonly awaited: Map<string, ShopEvent[]>;
  /** Orders per raw customer id. */
  readonly orders: Map<string, number>;
  readonly customers: Set<string>;
}

/** Produces the shop's events, at a rate or as fast as it goes, and keeps the ledger. */
export class Traffic {
  readonly ledger: Ledger = {
    sent: zeros(),
    spoilt: zeros(),
    secrets: new Needles(),
    awaited: new Map(),
    orders: new Map(),
    customers: new Set(),
  };
  readonly #world: World;
  readonly #shop: Shop;
  readonly #codecs: Readonly<Record<TopicName, AvroCodec>>;
  readonly #keep: boolean;
  #total = 0;
  #ended = false;

  /** @param keep whether secrets are kept for the final search; an endless run has none. */
  constructor(world: World, seed: number, keep: boolean) {
    this.#world = world;
    this.#shop = new Shop(seed);
    this.#keep = keep;
    this.#codecs = Object.fromEntries(
      topics.map((topic) => [topic, avroCodec(world.schemas[topic].text)]),
    ) as Record<TopicName, AvroCodec>;
  }

  get total(): number {
    return this.#total;
  }

  /** True when no more will be sent. */
  get ended(): boolean {
    return this.#ended;
  }

  /** How many records the other side must show so far. */
  ledgerTotal(): number {
    const { sent, spoilt } = this.ledger;
    return topics.reduce((sum, topic) => sum + sent[topic] - spoilt[topic], 0);
  }

  /** Runs until `records` are sent (null: no end) or the signal says stop. */
  async run(records: number | null, rate: number | null, stop: AbortSignal): Promise<void> {
    const producer = exactProducer(this.#world.client);
    await producer.connect();
    const started = performance.now();
    try {
      while (!stop.aborted && (records === null || this.#total < records)) {
        const due =
          rate === null
            ? this.#total + 1000
            : Math.floor(((performance.now() - started) / 1000) * rate);
        const count = Math.min(due, records ?? due) - this.#total;
        if (count <= 0) {
          await pause(20);
          continue;
        }
        await producer.sendBatch({ topicMessages: this.#messages(Math.min(count, 1000)) });
      }
    } finally {
      this.#ended = true;
      await producer.disconnect();
    }
  }

  #messages(count: number): TopicMessages[] {
    const byTopic = new Map<TopicName, Message[]>();
    for (let index = 0; index < count; index++) {
      const event = this.#shop.next();
      const list = byTopic.get(event.topic) ?? [];
      byTopic.set(event.topic, list);
      list.push(this.#message(event));
    }
    return [...byTopic].map(([topic, messages]) => ({ topic: this.#world.raw(topic), messages }));
  }

  #message(event: ShopEvent): Message {
    const { topic, key, value } = event;
    const partition = partitionOf(key, this.#world.partitions);
    this.#total++;
    this.ledger.sent[topic]++;
    if (this.#keep) for (const secret of event.secrets) this.ledger.secrets.add(secret);
    const headers = { traceparent: `00-${'0'.repeat(31)}1-${'0'.repeat(15)}1-01`, agent: key };
    const message = { key, partition, headers };
    if (value === null) {
      this.#await(event, partition);
      return { ...message, value: null };
    }
    const framed = frame(this.#world.schemas[topic].id, this.#codecs[topic].encode(value));
    if (this.#total % SPOILT_EVERY === 0) {
      this.ledger.spoilt[topic]++;
      return { ...message, value: spoil(framed, this.#total / SPOILT_EVERY) };
    }
    this.#await(event, partition);
    if (topic === 'customers') this.ledger.customers.add(key);
    if (topic === 'orders') this.ledger.orders.set(key, (this.ledger.orders.get(key) ?? 0) + 1);
    return { ...message, value: framed };
  }

  #await(event: ShopEvent, partition: number): void {
    const place = `${this.#world.sanitized(event.topic)}/${partition}`;
    const list = this.ledger.awaited.get(place);
    if (list === undefined) this.ledger.awaited.set(place, [event]);
    else list.push(event);
  }
}

type Message = TopicMessages['messages'][number];

/** Cut short, with bytes behind its end, without a frame, or with a schema that nobody knows. */
function spoil(framed: Buffer, turn: number): Buffer {
  switch (turn % 4) {
    case 0:
      return framed.subarray(0, Math.floor(framed.length / 2));
    case 1:
      return Buffer.concat([framed, Buffer.from('left over')]);
    case 2:
      return Buffer.concat([Buffer.from('{"json":"'), framed.subarray(5), Buffer.from('"}')]);
    default: {
      const other = Buffer.from(framed);
      other.writeInt32BE(UNKNOWN_ID, 1);
      return other;
    }
  }
}

function partitionOf(key: string, partitions: number): number {
  let hash = 0;
  for (const character of key) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0;
  return hash % partitions;
}

function zeros(): Record<TopicName, number> {
  return { customers: 0, orders: 0, payments: 0, 'support-tickets': 0 };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
