import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exactProducer, type Client, type Consumer } from '../../test/rig/client.ts';
import { startService } from '../../test/rig/service-process.ts';
import { BUILT } from './contest.ts';
import { PARTITIONS, type Stage } from './stage.ts';

const FROM = 'raw.paced';
const TO = 'public.paced';
const TICK = 8;

export interface Latency {
  /** Milliseconds from send to receipt of the raw record, and of the sanitized one. */
  readonly raw: readonly [p50: number, p99: number];
  readonly sanitized: readonly [p50: number, p99: number];
  readonly records: number;
}

/** Sends at a steady pace and takes the time until a read_committed consumer has the record: the raw one, and the sanitized one. */
export async function latency(stage: Stage, rate: number, seconds: number): Promise<Latency> {
  await stage.createTopic(FROM);
  await stage.createTopic(TO);
  const config = stage.configure({ name: 'paced', from: FROM, to: TO, shards: 1 });
  const service = await startService({ config, log: join(stage.folder, 'paced.log'), main: BUILT });
  const sentAt: number[] = [];
  const seen = { raw: [] as number[], sanitized: [] as number[] };
  const consumers = await Promise.all([
    listen(stage.client, FROM, sentAt, seen.raw),
    listen(stage.client, TO, sentAt, seen.sanitized),
  ]);
  const producer = exactProducer(stage.client);
  try {
    await service.ready();
    await producer.connect();
    await pace(rate * 3);
    // The first seconds are compilers warming up.
    seen.raw.length = 0;
    seen.sanitized.length = 0;
    await pace(rate * seconds);
    await sleep(1000);
    return {
      raw: percentiles(seen.raw),
      sanitized: percentiles(seen.sanitized),
      records: seen.sanitized.length,
    };
  } finally {
    await producer.disconnect();
    await Promise.all(consumers.map((consumer) => consumer.disconnect()));
    await service.kill();
  }

  async function pace(count: number): Promise<void> {
    const started = performance.now();
    const until = sentAt.length + count;
    const from = sentAt.length;
    while (sentAt.length < until) {
      const due = from + Math.floor(((performance.now() - started) / 1000) * rate);
      const messages = [];
      for (let index = sentAt.length; index < Math.min(due, until); index++) {
        messages.push({
          key: String(index),
          value: stage.value(index),
          partition: index % PARTITIONS,
        });
        sentAt.push(performance.now());
      }
      if (messages.length > 0) await producer.send({ topic: FROM, messages });
      await sleep(TICK);
    }
  }
}

async function listen(
  client: Client,
  topic: string,
  sentAt: readonly number[],
  into: number[],
): Promise<Consumer> {
  const consumer = client.consumer({
    groupId: `latency-${topic}`,
    readUncommitted: false,
    maxWaitTimeInMs: 50,
    minBytes: 1,
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: PARTITIONS,
    eachBatch: ({ batch }) => {
      const now = performance.now();
      for (const { key } of batch.messages) {
        const sent = sentAt[Number(key?.toString())];
        if (sent !== undefined) into.push(now - sent);
      }
      return Promise.resolve();
    },
  });
  return consumer;
}

function percentiles(samples: readonly number[]): readonly [number, number] {
  const sorted = Float64Array.from(samples).sort();
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return [at(0.5), at(0.99)];
}
