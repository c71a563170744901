/**
 * Questions about a cluster and creation of topics; no records pass here.
 *
 *     await using admin = await KafkaAdmin.connect(cluster);
 *     const topics = await admin.describeTopics(['raw.orders']);      // Map; a topic that doesn't exist isn't in it
 *     await admin.createTopic({ name, partitions: 6, replicationFactor: null, configuration: { 'cleanup.policy': 'compact' } });
 */
import kafkajs, { type Admin } from 'kafkajs';
import type { ClusterSettings } from '../settings.ts';
import type { AclBinding } from './acl-binding.ts';
import { describeAcls } from './acls.ts';
import { toAdminError } from './admin-error.ts';
import { patiently, retrying } from './connection/retry.ts';
import { KafkaError } from './kafka-error.ts';
import { kafkajsClient } from './kafkajs-client.ts';
import type { TopicPartition } from './port.ts';
import { describeTopic, topicSettings, type TopicDescription } from './topic-description.ts';
import { placements, type Reassignments, type TopicPlacement } from './topic-placement.ts';

export interface TopicToCreate {
  readonly name: string;
  /** `null` leaves it to the broker. */
  readonly partitions: number | null;
  readonly replicationFactor: number | null;
  readonly configuration?: Readonly<Record<string, string>>;
}

export interface ClusterDescription {
  readonly clusterId: string;
  readonly controller: number | null;
  readonly brokers: readonly {
    readonly nodeId: number;
    readonly host: string;
    readonly port: number;
  }[];
}

/** Offset of a partition; `null` where the group never committed. */
export interface PartitionOffset extends TopicPartition {
  readonly offset: bigint | null;
}

/** First and last offset of a partition's log. */
export interface LogRange extends TopicPartition {
  readonly start: bigint;
  readonly end: bigint;
}

/** Milliseconds until a new topic has leaders that every broker knows. */
const leaderPatience = 10_000;

export class KafkaAdmin implements AsyncDisposable {
  readonly #admin: Admin;

  private constructor(admin: Admin) {
    this.#admin = admin;
  }

  /** @throws {@link KafkaError} BROKER_UNREACHABLE, TLS_FAILED, AUTHENTICATION_FAILED */
  static async connect(cluster: ClusterSettings): Promise<KafkaAdmin> {
    const action = `connecting to cluster "${cluster.name}"`;
    const admin = kafkajsClient(cluster).admin();
    try {
      await admin.connect();
      if (cluster.sasl?.mechanism === 'OAUTHBEARER') await confirm(admin, action);
    } catch (error) {
      await admin.disconnect().catch(() => undefined);
      throw toAdminError(error, action);
    }
    return new KafkaAdmin(admin);
  }

  async close(): Promise<void> {
    await this.#admin.disconnect().catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async describeCluster(): Promise<ClusterDescription> {
    return guarded('describing the cluster', async () => {
      const { clusterId, controller, brokers } = await this.#admin.describeCluster();
      return { clusterId, controller, brokers };
    });
  }

  /** Names of all topics that this principal may see, internal ones left out. */
  async listTopics(): Promise<readonly string[]> {
    return guarded('listing topics', async () => {
      const names = await this.#admin.listTopics();
      return names.filter((name) => !name.startsWith('__')).sort();
    });
  }

  /** Topics by name; one that doesn't exist is not in the result. A young one may be known to one broker and not yet to the next. */
  async describeTopics(names: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>> {
    const action = `describing topics ${names.map((name) => `"${name}"`).join(', ')}`;
    const ask = async (): Promise<ReadonlyMap<string, TopicDescription>> => {
      // Asked for one by one by name, a topic that is missing would fail them all.
      const existing = new Set(await this.#admin.listTopics());
      const wanted = names.filter((name) => existing.has(name));
      if (wanted.length === 0) return new Map();
      const [{ topics }, { resources }] = await Promise.all([
        this.#admin.fetchTopicMetadata({ topics: wanted }),
        this.#admin.describeConfigs({
          includeSynonyms: false,
          resources: wanted.map((name) => ({
            type: kafkajs.ConfigResourceTypes.TOPIC,
            name,
            configNames: [...topicSettings],
          })),
        }),
      ]);
      return new Map(
        topics.map(({ name, partitions }) => {
          const entries = resources.find(({ resourceName }) => resourceName === name);
          const settings = new Map(
            entries?.configEntries.map((entry) => [entry.configName, entry.configValue]),
          );
          return [name, describeTopic(name, partitions, settings)];
        }),
      );
    };
    return retrying(patiently(leaderPatience), () => guarded(action, ask));
  }

  /** Where all topics are that this principal may see, internal ones among them, sorted by name. */
  async describePlacement(): Promise<readonly TopicPlacement[]> {
    const action = 'describing the placement of topics';
    const ask = () =>
      guarded(action, async () => {
        // Reassignments first: one that ends in between is then counted twice and not lost.
        const moving: unknown = await this.#admin.listPartitionReassignments({});
        const { topics } = await this.#admin.fetchTopicMetadata();
        return placements(topics, moving as Reassignments);
      });
    return retrying(patiently(leaderPatience), ask);
  }

  /** Every ACL of the cluster; `null` where it has no authorizer. */
  async describeAcls(): Promise<readonly AclBinding[] | null> {
    try {
      return await guarded('describing ACLs', () => describeAcls(this.#admin));
    } catch (error) {
      if (error instanceof KafkaError && error.reason === 'SECURITY_DISABLED') return null;
      throw error;
    }
  }

  /** True where the topic was created, false where it was there already. */
  async createTopic(topic: TopicToCreate): Promise<boolean> {
    const action = `creating topic "${topic.name}"`;
    const created = await guarded(action, () =>
      this.#admin.createTopics({
        // kafkajs' own waiting gives up when the broker that it asks hasn't heard of the topic yet.
        waitForLeaders: false,
        topics: [
          {
            topic: topic.name,
            numPartitions: topic.partitions ?? -1,
            replicationFactor: topic.replicationFactor ?? -1,
            configEntries: Object.entries(topic.configuration ?? {}).map(([name, value]) => ({
              name,
              value,
            })),
          },
        ],
      }),
    );
    await retrying(patiently(leaderPatience), () =>
      guarded(action, () => this.#admin.fetchTopicMetadata({ topics: [topic.name] })),
    );
    return created;
  }

  async committedOffsets(
    groupId: string,
    topics: readonly string[],
  ): Promise<readonly PartitionOffset[]> {
    return guarded(`reading committed offsets of group "${groupId}"`, async () => {
      const answers = await this.#admin.fetchOffsets({ groupId, topics: [...topics] });
      return answers.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => ({
          topic,
          partition,
          offset: offset === '-1' ? null : BigInt(offset),
        })),
      );
    });
  }

  async logRanges(topic: string): Promise<readonly LogRange[]> {
    return guarded(`reading the offsets of topic "${topic}"`, async () => {
      const partitions = await this.#admin.fetchTopicOffsets(topic);
      return partitions.map(({ partition, low, high }) => ({
        topic,
        partition,
        start: BigInt(low),
        end: BigInt(high),
      }));
    });
  }
}

/**
 * A broker answers a bad token with a challenge instead of an error (RFC 7628 §3.2.2), which kafkajs takes for success; the next
 * request finds out.
 */
async function confirm(admin: Admin, action: string): Promise<void> {
  try {
    await admin.describeCluster();
  } catch (error) {
    throw new KafkaError('AUTHENTICATION_FAILED', action, { cause: error });
  }
}

async function guarded<Result>(action: string, ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    throw toAdminError(error, action);
  }
}
