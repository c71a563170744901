import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { avroCodec, frame } from '../../test/rig/avro.ts';
import { createTopics, exactProducer, outsideClient, type Client } from '../../test/rig/client.ts';
import { startKafka } from '../../test/rig/kafka.ts';
import { startRegistry } from '../../test/rig/registry.ts';
import { scratch } from '../../test/rig/scratch.ts';
import { customerSchema, makeCustomer } from '../customer.ts';

export const RAW = 'raw.customers';
export const PARTITIONS = 6;
const BATCH = 200;

/** A broker with a raw topic full of customers, and what a contender needs to work on it. */
export interface Stage {
  readonly client: Client;
  readonly bootstrapServers: string;
  readonly registryUrl: string;
  readonly folder: string;
  readonly keys: string;
  readonly rules: unknown;
  /** A framed customer. */
  value(index: number): Buffer;
  createTopic(topic: string): Promise<void>;
  deleteTopic(topic: string): Promise<void>;
  /** Writes the configuration of the service for one run. @returns its path. */
  configure(run: {
    readonly name: string;
    readonly from: string;
    readonly to: string;
    readonly shards: number;
  }): string;
  close(): Promise<void>;
}

const rules = {
  unclassified: 'refuse',
  tags: { PII: { technique: 'pseudonymize', domain: 'loadtest' } },
};

export async function openStage(): Promise<Stage> {
  const [kafka, registry] = await Promise.all([
    startKafka({ heap: 1024, properties: { 'log.segment.bytes': 512 << 20 } }),
    startRegistry(),
  ]);
  const files = scratch('loadtest');
  const client = outsideClient(kafka.bootstrapServers);
  const keys = join(files.path, 'keys');
  mkdirSync(keys, { mode: 0o700 });
  writeFileSync(join(keys, '1'), randomBytes(32), { mode: 0o600 });
  const text = JSON.stringify(customerSchema);
  const codec = avroCodec(text);
  const id = await registry.register(`${RAW}-value`, text);
  await registry.register('raw.paced-value', text);
  const withAdmin = async (
    work: (admin: ReturnType<Client['admin']>) => Promise<unknown>,
  ): Promise<void> => {
    const admin = client.admin();
    await admin.connect();
    await work(admin).finally(() => admin.disconnect());
  };
  return {
    client,
    bootstrapServers: kafka.bootstrapServers,
    registryUrl: registry.url,
    folder: files.path,
    keys,
    rules,
    value: (index) => frame(id, codec.encode(makeCustomer(index))),
    createTopic: (topic) => createTopics(client, [{ topic, numPartitions: PARTITIONS }]),
    deleteTopic: (topic) => withAdmin((admin) => admin.deleteTopics({ topics: [topic] })),
    configure({ name, from, to, shards }) {
      const file = join(files.path, `${name}.yaml`);
      writeFileSync(
        file,
        JSON.stringify({
          kafka: { main: { bootstrapServers: [kafka.bootstrapServers] } },
          registry: { url: registry.url },
          keys: { directory: keys, current: '1' },
          rules,
          routes: [
            {
              name: 'customers',
              from: { topic: from },
              to: { topic: to },
              key: { type: 'string', technique: 'keep' },
            },
          ],
          quarantine: { topic: 'lethe.quarantine', create: true },
          service: { groupId: name, shards, http: { port: 0, host: '127.0.0.1' } },
        }),
      );
      return file;
    },
    async close() {
      await Promise.all([kafka.stop(), registry.stop()]);
      files.remove();
    },
  };
}

/** Fills the raw topic with `count` customers in batches of two hundred, as producers that linger a little write them. */
export async function fill(stage: Stage, count: number): Promise<void> {
  await stage.createTopic(RAW);
  const producer = exactProducer(stage.client);
  await producer.connect();
  for (let first = 0; first < count; first += BATCH * PARTITIONS) {
    const messages = Array.from(
      { length: Math.min(BATCH * PARTITIONS, count - first) },
      (_, index) => ({
        key: `k${first + index}`,
        value: stage.value(first + index),
        partition: index % PARTITIONS,
      }),
    );
    await producer.send({ topic: RAW, messages });
  }
  await producer.disconnect();
}
