/** Which broker leads which partition, kept fresh enough. */
import { metadataV12, type Broker } from '@platformatic/kafka';
import { toKafkaError } from './client-error.ts';
import type { Connections } from './connections.ts';
import { handlingOf } from './error-table.ts';
import { KafkaError } from '../kafka-error.ts';
import { briefly, retrying } from './retry.ts';
import { answerOf } from '../wire/answers.ts';

export interface PartitionLeader {
  readonly broker: Broker;
  readonly nodeId: number;
  readonly epoch: number;
}

interface KnownTopic {
  readonly id: string;
  /** By partition; `null` while a partition has no leader. */
  readonly leaders: readonly (PartitionLeader | null)[];
  readonly errorCode: number;
  readonly readAt: number;
}

/** Milliseconds until the news of a young topic has reached every broker. */
const settling = 1500;

/** Metadata of the topics that were asked for. Reading is synchronous; `refresh` and `ensure` talk to a broker. */
export class ClusterMetadata {
  readonly #connections: Connections;
  readonly #maxAge: number;
  readonly #topics = new Map<string, KnownTopic>();
  #brokers: readonly Broker[] = [];
  #refreshing: Promise<void> | null = null;

  /** `maxAge` in milliseconds: what is older is read anew by `ensure`. */
  constructor(connections: Connections, maxAge = 60_000) {
    this.#connections = connections;
    this.#maxAge = maxAge;
  }

  /** Brokers seen last. */
  get brokers(): readonly Broker[] {
    return this.#brokers;
  }

  leader(topic: string, partition: number): PartitionLeader | null {
    return this.#topics.get(topic)?.leaders[partition] ?? null;
  }

  topicId(topic: string): string | null {
    const known = this.#topics.get(topic);
    return known === undefined || known.errorCode !== 0 ? null : known.id;
  }

  /** Number of partitions, or 0 for a topic that isn't known. */
  partitions(topic: string): number {
    return this.#topics.get(topic)?.leaders.length ?? 0;
  }

  /** Why a topic can't be used, or `null`. */
  fault(topic: string): KafkaError | null {
    const known = this.#topics.get(topic);
    if (known === undefined || known.errorCode === 0) return null;
    const { code, name } = handlingOf(known.errorCode);
    return new KafkaError(code, `reading metadata of topic "${topic}"`, { reason: name });
  }

  /**
   * Makes sure that these topics are known and not too old.
   *
   * @throws {@link KafkaError} TOPIC_MISSING, AUTHORIZATION_DENIED, or what `refresh` throws.
   */
  async ensure(topics: Iterable<string>): Promise<void> {
    const wanted = [...new Set(topics)];
    await retrying(briefly(settling), () => this.#ensureOnce(wanted));
  }

  async #ensureOnce(wanted: readonly string[]): Promise<void> {
    const oldest = Date.now() - this.#maxAge;
    const stale = wanted.filter((topic) => {
      const known = this.#topics.get(topic);
      return known === undefined || known.errorCode !== 0 || known.readAt < oldest;
    });
    if (stale.length > 0) await this.refresh(stale);
    for (const topic of wanted) {
      const fault = this.fault(topic);
      if (fault !== null) throw fault;
    }
  }

  /**
   * Reads all known topics and `topics` from any broker; calls at the same time share one request.
   *
   * @throws {@link KafkaError} BROKER_UNREACHABLE, TLS_FAILED, AUTHENTICATION_FAILED
   */
  async refresh(topics: Iterable<string> = []): Promise<void> {
    const fresh = [...topics].filter((topic) => !this.#topics.has(topic));
    if (this.#refreshing !== null) {
      await this.#refreshing;
      if (fresh.every((topic) => this.#topics.has(topic))) return;
    }
    this.#refreshing ??= this.#read([...new Set([...this.#topics.keys(), ...fresh])]).finally(
      () => {
        this.#refreshing = null;
      },
    );
    await this.#refreshing;
  }

  async #read(topics: string[]): Promise<void> {
    try {
      const connection = await this.#connections.any(this.#brokers);
      const answer = await answerOf(metadataV12.api.async(connection, topics, false, false));
      const brokers = new Map(
        answer.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]),
      );
      this.#brokers = [...brokers.values()];
      const readAt = Date.now();
      for (const topic of answer.topics) {
        if (topic.name == null) continue;
        const leaders: (PartitionLeader | null)[] = [];
        for (const partition of topic.partitions) {
          const broker = brokers.get(partition.leaderId);
          leaders[partition.partitionIndex] =
            broker === undefined
              ? null
              : { broker, nodeId: partition.leaderId, epoch: partition.leaderEpoch };
        }
        this.#topics.set(topic.name, {
          id: topic.topicId,
          leaders,
          errorCode: topic.errorCode,
          readAt,
        });
      }
    } catch (error) {
      throw toKafkaError(error, 'reading metadata of the cluster');
    }
  }
}
