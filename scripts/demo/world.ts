import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTopics, outsideClient, type Client } from '../../test/rig/client.ts';
import { installRigs } from '../../test/rig/install.ts';
import { startKafka } from '../../test/rig/kafka.ts';
import { register, startRegistry } from '../../test/rig/registry.ts';
import type { DemoOptions } from './options.ts';
import { topics, type TopicName } from './shop.ts';

const SCHEMAS = join(import.meta.dirname, '..', '..', 'schemas');
const PARTITIONS = 3;

/** Where the demo plays: a Kafka with raw topics, a registry with their schemas. */
export interface World {
  readonly bootstrapServers: string;
  readonly registryUrl: string;
  readonly client: Client;
  /** Before every topic and group name; empty on a Kafka of our own. */
  readonly prefix: string;
  readonly partitions: number;
  readonly schemas: Readonly<Record<TopicName, { readonly id: number; readonly text: string }>>;
  raw(topic: TopicName): string;
  sanitized(topic: TopicName): string;
  readonly quarantine: string;
  close(): Promise<void>;
}

/** Starts or joins Kafka and registry, makes the raw topics, registers the annotated schemas. */
export async function openWorld(options: DemoOptions, say: (line: string) => void): Promise<World> {
  if (options.brokers === null || options.registryUrl === null) await installRigs(say);
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    const [bootstrapServers, registryUrl] = await Promise.all([
      options.brokers ?? ownKafka(closers, say),
      options.registryUrl ?? ownRegistry(closers, say),
    ]);
    const prefix = options.brokers === null ? '' : `demo-${Date.now().toString(36)}.`;
    const client = outsideClient(bootstrapServers, { clientId: 'lethe-demo' });
    const raw = (topic: TopicName): string => `${prefix}raw.${topic}`;
    const sanitized = (topic: TopicName): string => `${prefix}public.${topic}`;
    const quarantine = `${prefix}lethe.quarantine`;
    await createTopics(
      client,
      topics.map((topic) => ({ topic: raw(topic), numPartitions: PARTITIONS })),
    );
    if (options.brokers !== null) {
      const own = [...topics.flatMap((topic) => [raw(topic), sanitized(topic)]), quarantine];
      closers.push(() => deleteTopics(client, own));
    }
    const entries = topics.map(async (topic) => {
      const text = readFileSync(join(SCHEMAS, `${topic}.avsc`), 'utf8');
      return [topic, { id: await register(registryUrl, `${raw(topic)}-value`, text), text }];
    });
    const schemas = Object.fromEntries(await Promise.all(entries)) as World['schemas'];
    say(`raw topics: ${topics.map(raw).join(', ')} (${PARTITIONS} partitions each)`);
    return {
      bootstrapServers,
      registryUrl,
      client,
      prefix,
      partitions: PARTITIONS,
      schemas,
      raw,
      sanitized,
      quarantine,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function ownKafka(
  closers: (() => Promise<void>)[],
  say: (line: string) => void,
): Promise<string> {
  const kafka = await startKafka();
  closers.push(() => kafka.stop());
  say(`Apache Kafka is up: ${kafka.bootstrapServers}`);
  return kafka.bootstrapServers;
}

async function ownRegistry(
  closers: (() => Promise<void>)[],
  say: (line: string) => void,
): Promise<string> {
  const registry = await startRegistry();
  closers.push(() => registry.stop());
  say(`the schema registry is up: ${registry.url}`);
  return registry.url;
}

async function deleteTopics(client: Client, names: readonly string[]): Promise<void> {
  const admin = client.admin();
  await admin.connect();
  const existing = new Set(await admin.listTopics());
  await admin.deleteTopics({ topics: names.filter((name) => existing.has(name)) });
  await admin.disconnect();
}
