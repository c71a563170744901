/**
 * The program that a user of kafkajs would write for the same job: eachBatch → rewrite → one transaction per batch. It calls the same engine
 * through the library's door, so that only the streaming around it differs, and has the two cures that make kafkajs 2.2.4 quick: its
 * timer, and a native CRC-32C.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { crc32c } from '@node-rs/crc32';

// Before kafkajs is loaded: its modules take the checksum from this cache entry.
const require = createRequire(import.meta.url);
const checksum = require.resolve('kafkajs/src/protocol/recordBatch/crc32C/index.js');
require.cache[checksum] = {
  ...module(checksum),
  exports: (bytes: Buffer) => crc32c(bytes),
};

const { default: kafkajs } = await import('kafkajs');
const { outsideClient } = await import('../../test/rig/client.ts');
const { register } = await import('../../test/rig/registry.ts');
const { frame, unframe } = await import('../../test/rig/avro.ts');
const { Anonymizer } = await import('../../src/anonymization/anonymizer.ts');

/** A produce request above this is refused by the broker's default limit of a megabyte. */
const REQUEST_BYTES = 900_000;
const RECORD_OVERHEAD = 24;

interface Configuration {
  readonly kafka: { readonly main: { readonly bootstrapServers: readonly string[] } };
  readonly registry: { readonly url: string };
  readonly keys: { readonly directory: string };
  readonly rules: unknown;
  readonly routes: readonly {
    readonly from: { readonly topic: string };
    readonly to: { readonly topic: string };
  }[];
  readonly service: { readonly groupId: string };
}

const file = process.argv[process.argv.indexOf('--config') + 1] ?? '';
const configuration = JSON.parse(readFileSync(file, 'utf8')) as Configuration;
const [route] = configuration.routes;
if (route === undefined) throw new Error('Give a configuration with a route');
const { groupId } = configuration.service;
const from = route.from.topic;
const to = route.to.topic;

const registry = configuration.registry.url;
const latest = await fetch(`${registry}/subjects/${from}-value/versions/latest`);
const { schema } = (await latest.json()) as { schema: string };
const anonymizer = Anonymizer.compile({
  schema: { type: 'AVRO', text: schema },
  rules: configuration.rules,
  keys: { roots: { '1': readFileSync(join(configuration.keys.directory, '1')) }, current: '1' },
});
const outputId = await register(registry, `${to}-value`, anonymizer.outputSchema);

const kafka = outsideClient(configuration.kafka.main.bootstrapServers.join(','));
const consumer = kafka.consumer({ groupId, readUncommitted: false, maxWaitTimeInMs: 100 });
const producer = kafka.producer({
  transactionalId: `${groupId}-transactions`,
  idempotent: true,
  maxInFlightRequests: 1,
  createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  retry: { initialRetryTime: 20, retries: 100 },
});

await Promise.all([consumer.connect(), producer.connect()]);
await consumer.subscribe({ topic: from, fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachBatchAutoResolve: false,
  async eachBatch(payload) {
    const { batch } = payload;
    const { partition, messages } = batch;
    const outcomes = anonymizer.anonymize(
      messages.map(({ value }) => (value === null ? null : unframe(value).payload)),
    );
    const output = messages.flatMap(({ key, timestamp }, index) => {
      const outcome = outcomes[index];
      if (outcome?.status !== 'written') return [];
      const value = outcome.value === null ? null : frame(outputId, outcome.value);
      return [{ key, value, timestamp, partition }];
    });
    const last = batch.lastOffset();
    const transaction = await producer.transaction();
    try {
      for (const part of split(output)) await transaction.send({ topic: to, messages: part });
      await transaction.sendOffsets({
        consumerGroupId: groupId,
        topics: [{ topic: from, partitions: [{ partition, offset: String(BigInt(last) + 1n) }] }],
      });
      await transaction.commit();
    } catch (error) {
      await transaction.abort();
      throw error;
    }
    payload.resolveOffset(last);
    await payload.heartbeat();
  },
});

function* split<T extends { readonly value: Buffer | null }>(messages: readonly T[]) {
  let part: T[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = (message.value?.length ?? 0) + RECORD_OVERHEAD;
    if (bytes + size > REQUEST_BYTES) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(message);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

function module(id: string): NodeJS.Module {
  require(id);
  const loaded = require.cache[id];
  if (loaded === undefined) throw new Error(`Cannot find the module ${id}`);
  return loaded;
}
