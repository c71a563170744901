/** What the service needs around it: a broker, a registry, keys, settings, an outside producer and an outside reader. */
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import type { Kafka as Client, Producer } from 'kafkajs';
import { createKey } from '../../../src/anonymization/crypto/key-directory.ts';
import type { Rules } from '../../../src/anonymization/rules/rules.ts';
import type { TechniqueSpec } from '../../../src/anonymization/rules/technique-spec.ts';
import { techniqueSpecSchema } from '../../../src/anonymization/rules/technique-spec.ts';
import type {
  ClusterSettings,
  RouteSettings,
  StreamingSettings,
} from '../../../src/streaming/settings.ts';
import type { ShardReport, StreamingEvent, Telemetry } from '../../../src/streaming/telemetry.ts';
import { outsideClient, readTopic } from '../../rig/client.ts';
import type { ReadRecord } from '../../rig/client.ts';
import { startKafka } from '../../rig/kafka.ts';
import type { Kafka } from '../../rig/kafka.ts';
import { startRegistry } from '../../rig/registry.ts';
import type { Registry } from '../../rig/registry.ts';
import { scratch } from '../../rig/scratch.ts';

export function spec(input: unknown): TechniqueSpec {
  return techniqueSpecSchema.parse(input);
}

/** A customer as the demo has it, small: nested record, map, union, logical type. */
export const customerSchema = {
  type: 'record',
  name: 'Customer',
  namespace: 'acme.crm',
  fields: [
    { name: 'id', type: 'string', 'confluent:tags': ['CUSTOMER_ID'] },
    { name: 'email', type: ['null', 'string'], default: null, 'confluent:tags': ['EMAIL'] },
    { name: 'plan', type: 'string', lethe: 'public' },
    { name: 'visits', type: 'int', lethe: 'public' },
    {
      name: 'address',
      type: {
        type: 'record',
        name: 'Address',
        fields: [
          { name: 'street', type: 'string', 'confluent:tags': ['PII'] },
          { name: 'city', type: 'string', lethe: 'public' },
        ],
      },
    },
  ],
} as const;

export interface Customer {
  readonly id: string;
  readonly email: string | null;
  readonly plan: string;
  readonly visits: number;
  readonly address: { readonly street: string; readonly city: string };
}

export function customer(number: number): Customer {
  return {
    id: `CANARY-ID-${number}`,
    email: number % 5 === 0 ? null : `CANARY-${number}@mail.example`,
    plan: number % 2 === 0 ? 'free' : 'paid',
    visits: number,
    address: { street: `CANARY street ${number}`, city: 'Bern' },
  };
}

export const rules: Rules = {
  unclassified: 'refuse',
  precedence: [],
  inlineTechniques: 'allow',
  global: {
    tags: new Map([
      ['CUSTOMER_ID', spec({ technique: 'pseudonymize', domain: 'customer.id' })],
      ['EMAIL', spec({ technique: 'pseudonymize', output: 'email', domain: 'person.email' })],
      ['PII', spec({ technique: 'suppress' })],
    ]),
    fields: [],
  },
  route: { tags: new Map(), fields: [] },
};

/** Listens to everything that streaming says. */
export class Witness implements Telemetry {
  readonly events: StreamingEvent[] = [];
  readonly reports: ShardReport[] = [];
  readonly calls: string[] = [];
  restarts = 0;

  event(event: StreamingEvent): void {
    this.events.push(event);
  }

  report(report: ShardReport): void {
    this.reports.push(report);
  }

  registryCall(operation: string, outcome: string): void {
    this.calls.push(`${operation} ${outcome}`);
  }

  planCompiled(): void {
    this.calls.push('compile');
  }

  shardRestarted(): void {
    this.restarts++;
  }

  named<Name extends StreamingEvent['event']>(
    name: Name,
  ): Extract<StreamingEvent, { event: Name }>[] {
    return this.events.filter(
      (event): event is Extract<StreamingEvent, { event: Name }> => event.event === name,
    );
  }

  /** Records by outcome over all reports. */
  outcomes(): Record<string, number> {
    const sum: Record<string, number> = {};
    for (const { routes } of this.reports)
      for (const { outcomes } of Object.values(routes))
        for (const [code, count] of Object.entries(outcomes)) sum[code] = (sum[code] ?? 0) + count;
    return sum;
  }
}

export class Stage implements AsyncDisposable {
  readonly kafka: Kafka;
  readonly registry: Registry;
  readonly client: Client;
  readonly keys: string;
  readonly avro: SchemaRegistry;
  readonly #producer: Producer;
  readonly #folder: ReturnType<typeof scratch>;
  #names = 0;

  private constructor(
    kafka: Kafka,
    registry: Registry,
    folder: ReturnType<typeof scratch>,
    producer: Producer,
    client: Client,
  ) {
    this.kafka = kafka;
    this.registry = registry;
    this.client = client;
    this.keys = folder.path;
    this.avro = new SchemaRegistry({ host: registry.url });
    this.#producer = producer;
    this.#folder = folder;
  }

  static async up(): Promise<Stage> {
    const [kafka, registry] = await Promise.all([startKafka(), startRegistry()]);
    const folder = scratch('keys');
    await createKey(folder.path, 'k1');
    await createKey(folder.path, 'k2');
    const client = outsideClient(kafka.bootstrapServers);
    const producer = client.producer();
    await producer.connect();
    return new Stage(kafka, registry, folder, producer, client);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#producer.disconnect();
    await Promise.all([this.kafka.stop(), this.registry.stop()]);
    this.#folder.remove();
  }

  /** A name that no other test of this stage uses. */
  name(stem: string): string {
    return `${stem}-${++this.#names}`;
  }

  async createTopic(
    topic: string,
    numPartitions = 3,
    config: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const admin = this.client.admin();
    await admin.connect();
    await admin.createTopics({
      waitForLeaders: true,
      topics: [
        {
          topic,
          numPartitions,
          replicationFactor: 1,
          configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
        },
      ],
    });
    await admin.disconnect();
  }

  /** Registers a schema through the outside client; its encoder then uses the id. */
  async register(topic: string, schema: unknown): Promise<number> {
    const text = JSON.stringify(schema);
    const { id } = await this.avro.register(
      { type: SchemaType.AVRO, schema: text },
      { subject: `${topic}-value` },
    );
    return id;
  }

  async produce(
    topic: string,
    messages: readonly {
      readonly key: string | Buffer | null;
      readonly value: Buffer | null;
      readonly partition?: number;
      readonly headers?: Record<string, Buffer | string | (Buffer | string)[]>;
      readonly timestamp?: string;
    }[],
  ): Promise<void> {
    await this.#producer.send({ topic, messages: [...messages] });
  }

  async read(topic: string): Promise<ReadRecord[]> {
    const records: ReadRecord[] = [];
    await readTopic(this.client, topic, (batch) => records.push(...batch));
    return records;
  }

  cluster(name = 'main', bootstrap = this.kafka.bootstrapServers): ClusterSettings {
    return {
      name,
      bootstrapServers: bootstrap.split(','),
      clientId: 'lethe-test',
      tls: null,
      sasl: null,
      requestTimeout: 10_000,
    };
  }

  route(from: string, to: string, changes: Partial<RouteSettings> = {}): RouteSettings {
    return {
      name: from,
      from: { cluster: 'main', topic: from, pattern: null },
      to: { cluster: 'main', topic: to, create: true, partitions: null, replicationFactor: null },
      key: { type: 'string', spec: spec({ technique: 'pseudonymize', domain: 'customer.id' }) },
      headers: new Map(),
      timestamp: spec({ technique: 'keep' }),
      rules,
      onRefusal: 'quarantine',
      subjectNameStrategy: 'topic',
      outputSubjectNameStrategy: 'topic',
      framing: 'prefix',
      compression: 'source',
      partition: 'source',
      ...changes,
    };
  }

  settings(
    routes: readonly RouteSettings[],
    changes: {
      readonly service?: Partial<StreamingSettings['service']>;
      readonly registryUrl?: string;
      readonly currentKey?: string;
      readonly clusters?: readonly ClusterSettings[];
      readonly quarantine?: Partial<StreamingSettings['quarantine']>;
    } = {},
  ): StreamingSettings {
    const clusters = changes.clusters ?? [this.cluster()];
    return {
      clusters: new Map(clusters.map((cluster) => [cluster.name, cluster])),
      registry: {
        url: changes.registryUrl ?? this.registry.url,
        auth: { type: 'none' },
        tls: null,
        requestTimeout: 2000,
        retries: 1,
        negativeTtl: 1000,
        cacheEntries: 1000,
      },
      keys: { directory: this.keys, current: changes.currentKey ?? 'k1' },
      routes,
      quarantine: {
        cluster: 'main',
        topic: `quarantine-${routes[0]?.name ?? 'none'}`,
        create: true,
        ...changes.quarantine,
      },
      service: {
        groupId: `lethe-${routes[0]?.name ?? 'none'}`,
        instanceId: null,
        shards: 1,
        dryRun: false,
        sessionTimeout: 10_000,
        rebalanceTimeout: 15_000,
        heartbeatInterval: 1000,
        startFrom: 'earliest',
        transaction: { maxAge: 20, maxBytes: 16 << 20, timeout: 30_000 },
        limits: {
          recordBytes: 10 << 20,
          depth: 64,
          items: 1_000_000,
          inFlightBytes: 64 << 20,
          fetchBytes: 50 << 20,
          partitionFetchBytes: 1 << 20,
          outputBatchBytes: 900_000,
          plans: 100,
          schemaBytes: 1 << 20,
        },
        heartbeatDeadline: 10_000,
        drainTimeout: 10_000,
        ...changes.service,
      },
    };
  }
}

/** Waits until `look` answers something, at most `patience` ms. */
export async function eventually<Found>(
  what: string,
  look: () => Found | null | undefined | false | Promise<Found | null | undefined | false>,
  patience = 30_000,
): Promise<Found> {
  const end = performance.now() + patience;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
