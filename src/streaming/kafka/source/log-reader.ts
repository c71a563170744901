/**
 * Reads whole topics as what they are, committed transactions only, without being a member of a group: for whoever judges what was written.
 * Positions may be kept under the name of a group, which then nobody else may use.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { offsetCommitV9 } from '@platformatic/kafka';
import { ClusterMetadata } from '../connection/cluster-metadata.ts';
import { Connections } from '../connection/connections.ts';
import { Coordinator } from '../connection/coordinator.ts';
import { KafkaError } from '../kafka-error.ts';
import { groupByTopic } from '../offsets.ts';
import { answerOf, assertNoError } from '../wire/answers.ts';
import { readCommittedOffsets } from './committed-offsets.ts';
import { FetchPosition } from './fetch-position.ts';
import { Fetcher } from './fetcher.ts';
import { readStartOffsets } from './start-offsets.ts';
import type { ClusterSettings, ServiceSettings } from '../../settings.ts';
import type {
  Generation,
  OffsetToCommit,
  RawSlice,
  SourcePosition,
  TopicPartition,
} from '../port.ts';

export interface LogReaderOptions {
  readonly cluster: ClusterSettings;
  readonly service: ServiceSettings;
  /** Where positions are kept; `null` keeps none and begins with the first record. */
  readonly groupId: string | null;
  /** Where a partition without a position begins. */
  readonly startFrom: 'earliest' | 'latest';
  /** Retention took records before they were read; it goes on at `next`. */
  readonly missed: (partition: TopicPartition, next: bigint) => void;
}

/** Asks only the servers that were named: other brokers of the cluster may be fenced off, and a refused packet costs a deadline. */
class NamedConnections extends Connections {
  override any(): ReturnType<Connections['any']> {
    return super.any([]);
  }
}

/** Commits of a group without members are made under no generation (Kafka protocol guide, OffsetCommit). */
const noMember: Generation = { id: -1, memberId: '', groupInstanceId: null };

export class LogReader {
  readonly #options: LogReaderOptions;
  readonly #connections: Connections;
  readonly #metadata: ClusterMetadata;
  readonly #fetcher: Fetcher;
  readonly #group: Coordinator | null;
  #wake: (() => void) | null = null;
  #failure: KafkaError | null = null;

  constructor(options: LogReaderOptions) {
    const { cluster, service, groupId } = options;
    this.#options = options;
    this.#connections = new NamedConnections(cluster);
    this.#metadata = new ClusterMetadata(this.#connections);
    const shared = { connections: this.#connections, metadata: this.#metadata };
    this.#group =
      groupId === null
        ? null
        : new Coordinator({
            ...shared,
            kind: 'group',
            key: groupId,
            deadline: service.transaction.timeout,
          });
    this.#fetcher = new Fetcher({
      ...shared,
      fetchBytes: service.limits.fetchBytes,
      partitionBytes: service.limits.partitionFetchBytes,
      patience: service.rebalanceTimeout,
      changed: () => this.#wake?.(),
      failed: (error) => {
        this.#failure ??= error;
        this.#wake?.();
      },
      startAnew: (position) => void this.#startAnew(position),
    });
  }

  /**
   * Reads these topics, too, and partitions that were added to them. Answers those that don't exist.
   *
   * @throws {@link KafkaError} AUTHORIZATION_DENIED, AUTHENTICATION_FAILED, TLS_FAILED, BROKER_UNREACHABLE
   */
  async follow(topics: readonly string[]): Promise<readonly string[]> {
    await this.#metadata.refresh(topics);
    const missing: string[] = [];
    const read = new Set(this.#fetcher.positions.map(keyOf));
    const fresh: TopicPartition[] = [];
    for (const topic of topics) {
      const fault = this.#metadata.fault(topic);
      if (fault?.code === 'TOPIC_MISSING') missing.push(topic);
      else if (fault !== null) throw fault;
      for (let partition = 0; partition < this.#metadata.partitions(topic); partition++)
        if (!read.has(keyOf({ topic, partition }))) fresh.push({ topic, partition });
    }
    if (fresh.length === 0) return missing;
    const positions = (await this.#begin(fresh)).map(
      (start) =>
        new FetchPosition({
          ...start,
          topicId: this.#metadata.topicId(start.topic) ?? '',
          // What retention took is told and read over: the next record still wants to be judged.
          committed: false,
        }),
    );
    this.#fetcher.start(noMember, [...this.#fetcher.positions, ...positions]);
    return missing;
  }

  /** Offsets after the last committed record of every partition, as the leaders say now. */
  ends(): Promise<readonly (TopicPartition & { readonly offset: bigint })[]> {
    return this.#starts(
      this.#fetcher.positions.map(({ topic, partition }) => ({ topic, partition })),
      'latest',
    );
  }

  /**
   * Waits until some partition has data, or `maxWait` ms.
   *
   * @throws {@link KafkaError} what keeps the reader from going on; it is of no use then
   */
  async fetch(maxWait: number): Promise<readonly RawSlice[]> {
    const ready = this.#take();
    if (ready.length > 0) return ready;
    const woken = Promise.withResolvers<undefined>();
    this.#wake = () => woken.resolve(undefined);
    const stop = new AbortController();
    const timer = sleep(maxWait, undefined, { signal: stop.signal }).catch(() => undefined);
    await Promise.race([woken.promise, timer]);
    stop.abort();
    this.#wake = null;
    return this.#take();
  }

  positions(): readonly SourcePosition[] {
    return this.#fetcher.positions.map(({ topic, partition, taken, end }) => ({
      topic,
      partition,
      position: taken,
      end,
    }));
  }

  /** Reads no more of a partition whose bytes lead nowhere; its position stays. */
  leave({ topic, partition }: TopicPartition): void {
    for (const position of this.#fetcher.positions)
      if (position.topic === topic && position.partition === partition) position.paused = true;
  }

  /** Keeps positions for the next start; nothing where there is no group. */
  async commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    const { groupId } = this.#options;
    if (this.#group === null || groupId === null || offsets.length === 0) return;
    const action = `committing offsets of group "${groupId}"`;
    const { id, memberId, groupInstanceId } = noMember;
    await this.#group.call(action, async (connection) => {
      const call = offsetCommitV9.api.async(
        connection,
        groupId,
        id,
        memberId,
        groupInstanceId,
        groupByTopic(offsets),
      );
      for (const topic of (await answerOf(call)).topics)
        for (const { errorCode } of topic.partitions) assertNoError(errorCode, action);
    });
  }

  async close(): Promise<void> {
    this.#fetcher.start(null, []);
    await this.#connections.close();
  }

  #take(): RawSlice[] {
    if (this.#failure !== null) throw this.#failure;
    const slices = this.#fetcher.positions.flatMap((position) => position.take() ?? []);
    if (slices.length > 0) this.#fetcher.pump();
    return slices;
  }

  async #begin(
    partitions: readonly TopicPartition[],
  ): Promise<readonly (TopicPartition & { readonly offset: bigint })[]> {
    const { groupId, service, startFrom } = this.#options;
    if (this.#group === null || groupId === null) return this.#starts(partitions, startFrom);
    const kept = await readCommittedOffsets({
      coordinator: this.#group,
      groupId,
      partitions,
      deadline: service.transaction.timeout,
    });
    const unread = kept.filter(({ offset }) => offset === null);
    return [
      ...kept.flatMap(({ offset, ...rest }) => (offset === null ? [] : [{ ...rest, offset }])),
      ...(await this.#starts(unread, startFrom)),
    ];
  }

  async #starts(
    partitions: readonly TopicPartition[],
    startFrom: 'earliest' | 'latest',
  ): Promise<(TopicPartition & { readonly offset: bigint })[]> {
    if (partitions.length === 0) return [];
    return readStartOffsets({
      connections: this.#connections,
      metadata: this.#metadata,
      partitions,
      startFrom,
      deadline: this.#options.service.transaction.timeout,
    });
  }

  async #startAnew(position: FetchPosition): Promise<void> {
    position.notBefore = Infinity;
    try {
      const [start] = await this.#starts([position], 'earliest');
      if (start === undefined) return;
      const { topic, partition } = position;
      if (start.offset > position.next) this.#options.missed({ topic, partition }, start.offset);
      position.next = start.offset;
      position.taken = start.offset;
      position.notBefore = 0;
      this.#fetcher.pump();
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      this.#failure ??= error;
      this.#wake?.();
    }
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${partition} ${topic}`;
}
