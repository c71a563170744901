import kafkajs, { type KafkaConfig, type IHeaders } from 'kafkajs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { teachCodecs } from './codecs.ts';
import { until } from './ports.ts';

export type { Consumer, Kafka as Client, TopicMessages } from 'kafkajs';

teachCodecs();
cureTimer();

export interface ReadRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: IHeaders;
}

/** The outside Kafka client of tests and demo: kafkajs, which shares no code with the product's data path. */
export function outsideClient(
  bootstrapServers: string,
  options: Partial<KafkaConfig> = {},
): kafkajs.Kafka {
  return new kafkajs.Kafka({
    clientId: 'outside',
    brokers: bootstrapServers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { initialRetryTime: 50, maxRetryTime: 2000, retries: 30 },
    ...options,
  });
}

/**
 * Reads a topic from its start to its present end with isolation level read_committed, in order per partition, and hands over batch by batch.
 * The end is that of the log, so records of open transactions are waited for.
 *
 * @returns how many records were read.
 */
export async function readTopic(
  kafka: kafkajs.Kafka,
  topic: string,
  visit: (records: readonly ReadRecord[]) => void,
): Promise<number> {
  const open = await ends(kafka, topic);
  if (open.size === 0) return 0;
  const consumer = kafka.consumer({
    groupId: `outside-${process.pid}-${Math.random().toString(36).slice(2)}`,
    readUncommitted: false,
    maxWaitTimeInMs: 100,
  });
  let count = 0;
  const handed = new Map<number, bigint>();
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const ended = Promise.withResolvers<undefined>();
  // Batch events, unlike eachBatch, also tell of fetches that held control or aborted records only.
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) ended.reject(payload.error);
  });
  const reach = (partition: number, position: bigint): void => {
    const end = open.get(partition);
    if (end !== undefined && position >= end) open.delete(partition);
    if (open.size === 0) ended.resolve(undefined);
  };
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) =>
    reach(payload.partition, BigInt(payload.lastOffset) + 1n),
  );
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: true,
    eachBatch: ({ batch }) => {
      // After a rejoin kafkajs starts again at the beginning: an offset that was handed over is not handed over again.
      const from = handed.get(batch.partition) ?? -1n;
      const fresh = batch.messages.filter(({ offset }) => BigInt(offset) > from);
      const last = fresh.at(-1);
      if (last !== undefined) handed.set(batch.partition, BigInt(last.offset));
      const records = fresh.map((message) => ({
        topic,
        partition: batch.partition,
        offset: BigInt(message.offset),
        timestamp: Number(message.timestamp),
        key: message.key,
        value: message.value,
        headers: message.headers ?? {},
      }));
      count += records.length;
      visit(records);
      return Promise.resolve();
    },
  });
  try {
    await ended.promise;
    return count;
  } finally {
    await consumer.disconnect();
  }
}

/** End of the log per partition that isn't empty. Asked again while a leader moves, which kafkajs' administrator gives up on. */
async function ends(kafka: kafkajs.Kafka, topic: string): Promise<Map<number, bigint>> {
  for (let attempt = 1; ; attempt++) {
    const admin = kafka.admin();
    try {
      await admin.connect();
      return new Map(
        (await admin.fetchTopicOffsets(topic))
          .filter(({ low, high }) => BigInt(high) > BigInt(low))
          .map(({ partition, high }) => [partition, BigInt(high)]),
      );
    } catch (error) {
      if (attempt === 30) throw error;
      await sleep(500);
    } finally {
      await admin.disconnect();
    }
  }
}

/** kafkajs 2.2.4 arms a timer with a negative delay whenever it isn't throttled, which Node warns about; this is the queue's own method, mended. */
function cureTimer(): void {
  interface Queue {
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    throttledUntil: number;
    readonly pending: readonly unknown[];
    checkPendingRequests(): void;
    scheduleCheckPendingRequests(): void;
  }
  const queue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
    readonly prototype: Queue;
  };
  queue.prototype.scheduleCheckPendingRequests = function (this: Queue): void {
    if (this.throttleCheckTimeoutId !== null) return;
    const wait = this.throttledUntil - Date.now();
    if (wait <= 0 && this.pending.length === 0) return;
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      Math.max(wait, 10),
    );
  };
}

/** Creates topics and waits until each partition has a leader; kafkajs' own wait gives up when a broker hasn't heard of the topic yet. */
export async function createTopics(
  kafka: kafkajs.Kafka,
  topics: readonly kafkajs.ITopicConfig[],
): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.createTopics({ waitForLeaders: false, topics: [...topics] });
    await until('topics to have leaders', async () => {
      const found = await admin
        .fetchTopicMetadata({ topics: topics.map(({ topic }) => topic) })
        .catch(() => ({ topics: [] }));
      return (
        found.topics.length === topics.length &&
        found.topics.every(
          ({ partitions }) =>
            partitions.length > 0 &&
            partitions.every(({ partitionErrorCode }) => partitionErrorCode === 0),
        )
      );
    });
  } finally {
    await admin.disconnect();
  }
}

/** A producer that writes where it is told to, once. */
export function exactProducer(kafka: kafkajs.Kafka): kafkajs.Producer {
  return kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    idempotent: true,
    maxInFlightRequests: 1,
  });
}
