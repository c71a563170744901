/**
 * Reads undecoded record batches as a member of a consumer group. Membership, positions and fetching are parts of their own; this class
 * is the order between them: assigned → `seekToCommitted` → `fetch`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterMetadata } from '../connection/cluster-metadata.ts';
import { readCommittedOffsets } from './committed-offsets.ts';
import { Connections } from '../connection/connections.ts';
import { Coordinator } from '../connection/coordinator.ts';
import { FetchPosition } from './fetch-position.ts';
import { Fetcher } from './fetcher.ts';
import { GroupMembership } from './group-membership.ts';
import { KafkaError } from '../kafka-error.ts';
import type {
  Generation,
  RawSlice,
  Source,
  SourceListener,
  SourcePosition,
  TopicPartition,
} from '../port.ts';
import type { SourceOptions } from '../record-batch-adapter.ts';
import { readStartOffsets } from './start-offsets.ts';
import { hasSuccessors } from './successors.ts';

/** Milliseconds between looks for partitions that were added to a topic. */
const partitionCheckInterval = 30_000;

export class RecordBatchSource implements Source {
  readonly #options: SourceOptions;
  readonly #connections: Connections;
  readonly #metadata: ClusterMetadata;
  readonly #group: Coordinator;
  readonly #fetcher: Fetcher;
  readonly #topics: Set<string>;
  /** Topics given up that the group still counts as ours. */
  readonly #dropped = new Set<string>();
  #membership: GroupMembership | null = null;
  #listener: SourceListener | null = null;
  #generation: Generation | null = null;
  #assigned: readonly TopicPartition[] = [];
  readonly #paused = new Set<string>();
  #wake: (() => void) | null = null;
  #ended = false;
  #checking: NodeJS.Timeout | null = null;

  constructor(options: SourceOptions) {
    const { cluster, service } = options;
    this.#options = options;
    this.#topics = new Set(options.topics);
    this.#connections = new Connections(cluster);
    this.#metadata = new ClusterMetadata(this.#connections);
    this.#group = new Coordinator({
      connections: this.#connections,
      metadata: this.#metadata,
      kind: 'group',
      key: service.groupId,
      deadline: service.transaction.timeout,
    });
    this.#fetcher = new Fetcher({
      connections: this.#connections,
      metadata: this.#metadata,
      fetchBytes: service.limits.fetchBytes,
      partitionBytes: service.limits.partitionFetchBytes,
      patience: service.rebalanceTimeout,
      changed: () => this.#wake?.(),
      failed: (error) => this.#fail(error),
      startAnew: (position) => void this.#startAnew(position),
    });
  }

  /** @throws {@link KafkaError} TOPIC_MISSING, AUTHORIZATION_DENIED, AUTHENTICATION_FAILED, TLS_FAILED, BROKER_UNREACHABLE, … */
  async start(listener: SourceListener): Promise<void> {
    this.#listener = listener;
    // Asked first, since the group layer would name neither the topic nor the cause.
    await this.#metadata.ensure(this.#topics);
    this.#membership = new GroupMembership({
      ...this.#options,
      topics: [...this.#topics],
      listener: {
        joined: (generation, partitions) => this.#joined(generation, partitions),
        lost: (generation) => this.#lost(generation),
        failed: (error) => this.#fail(error),
      },
    });
    await this.#membership.join();
    this.#checking = setInterval(() => void this.#checkPartitions(), partitionCheckInterval);
  }

  async seekToCommitted(generation: Generation): Promise<void> {
    this.#assertCurrent(generation);
    this.#fetcher.start(null, []);
    const { service } = this.#options;
    const partitions = this.#assigned;
    if (partitions.length === 0) return;
    const shared = { connections: this.#connections, metadata: this.#metadata };
    const deadline = service.transaction.timeout;
    const offsets = await readCommittedOffsets({
      coordinator: this.#group,
      groupId: service.groupId,
      partitions,
      deadline,
    });
    const unread = offsets.filter(({ offset }) => offset === null);
    const { startFrom } = service;
    const starts =
      unread.length === 0
        ? []
        : await readStartOffsets({ ...shared, partitions: unread, startFrom, deadline });
    await this.#metadata.ensure(partitions.map(({ topic }) => topic));
    this.#assertCurrent(generation);
    const committed = offsets.flatMap(({ offset, ...rest }) =>
      offset === null ? [] : [{ ...rest, offset, committed: true }],
    );
    const fresh = starts.map((start) => ({ ...start, committed: false }));
    const positions = [...committed, ...fresh].map((start) => this.#positionAt(start));
    this.#fetcher.start(generation, positions);
  }

  async fetch(maxWait: number): Promise<readonly RawSlice[]> {
    const ready = this.#take();
    if (ready.length > 0 || maxWait <= 0) return ready;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#wake = () => resolve(undefined);
    const stop = new AbortController();
    await Promise.race([
      promise,
      sleep(maxWait, undefined, { signal: stop.signal }).catch(() => undefined),
    ]);
    stop.abort();
    this.#wake = null;
    return this.#take();
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const item of partitions) this.#paused.add(keyOf(item));
    this.#applyPauses();
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const item of partitions) this.#paused.delete(keyOf(item));
    this.#applyPauses();
    this.#fetcher.pump();
    this.#wake?.();
  }

  positions(): readonly SourcePosition[] {
    return this.#fetcher.positions.map(({ topic, partition, taken, end }) => ({
      topic,
      partition,
      position: taken,
      end,
    }));
  }

  retain(topics: readonly string[]): void {
    for (const topic of [...this.#topics].filter((known) => !topics.includes(known))) {
      this.#topics.delete(topic);
      this.#dropped.add(topic);
    }
  }

  async subscribe(topics: readonly string[]): Promise<void> {
    this.retain(topics);
    const fresh = topics.filter((topic) => !this.#topics.has(topic));
    const dropped = [...this.#dropped];
    if (fresh.length === 0 && dropped.length === 0) return;
    await this.#metadata.ensure(fresh);
    this.#dropped.clear();
    for (const topic of fresh) this.#topics.add(topic);
    await this.#membership?.join({ fresh, dropped });
  }

  /**
   * Without `leave` a static member stays in the group, and a restart within the session timeout changes nothing. With it the others take over
   * at once. Where no others are, a static member stays all the same: nobody gains by its leaving, and a broker makes the first member of
   * an empty group wait for more (`group.initial.rebalance.delay.ms`).
   */
  async close({ leave }: { readonly leave: boolean }): Promise<void> {
    this.#end();
    await this.#membership?.close(leave && (await this.#isMissed()));
    await this.#connections.close();
  }

  #take(): RawSlice[] {
    const slices: RawSlice[] = [];
    for (const position of this.#fetcher.positions) {
      const unwanted = position.paused || !this.#topics.has(position.topic);
      const slice = unwanted ? null : position.take();
      if (slice !== null) slices.push(slice);
    }
    if (slices.length > 0) this.#fetcher.pump();
    return slices;
  }

  #positionAt(start: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: bigint;
    readonly committed: boolean;
  }): FetchPosition {
    const topicId = this.#metadata.topicId(start.topic) ?? '';
    const position = new FetchPosition({ ...start, topicId });
    position.paused = this.#paused.has(keyOf(start));
    return position;
  }

  #applyPauses(): void {
    for (const position of this.#fetcher.positions) {
      position.paused = this.#paused.has(keyOf(position));
    }
  }

  #joined(generation: Generation, partitions: readonly TopicPartition[]): void {
    this.#generation = generation;
    this.#assigned = partitions;
    this.#paused.clear();
    this.#listener?.assigned(generation, partitions);
  }

  #lost(generation: Generation): void {
    this.#generation = null;
    this.#assigned = [];
    this.#fetcher.start(null, []);
    this.#listener?.lost(generation);
    this.#wake?.();
  }

  #assertCurrent(generation: Generation): void {
    const current = this.#generation;
    if (current?.id === generation.id && current.memberId === generation.memberId) return;
    throw new KafkaError('GENERATION_STALE', 'seeking to committed offsets');
  }

  /** A partition that was never committed has lost its first records to retention: begins at what is there now. */
  async #startAnew(position: FetchPosition): Promise<void> {
    const generation = this.#generation;
    position.notBefore = Infinity;
    try {
      const [start] = await readStartOffsets({
        connections: this.#connections,
        metadata: this.#metadata,
        partitions: [position],
        startFrom: this.#options.service.startFrom,
        deadline: this.#options.service.transaction.timeout,
      });
      if (generation !== this.#generation || start === undefined) return;
      position.next = start.offset;
      position.notBefore = 0;
      this.#fetcher.pump();
    } catch (error) {
      if (error instanceof KafkaError) this.#fail(error);
    }
  }

  /** Partitions that were added to a topic are assigned by joining again. */
  async #checkPartitions(): Promise<void> {
    const before = new Map([...this.#topics].map((topic) => [topic, this.#count(topic)]));
    await this.#metadata.refresh().catch(() => undefined);
    if (this.#ended || this.#generation === null) return;
    if ([...before].every(([topic, count]) => this.#count(topic) <= count)) return;
    await this.#membership?.join().catch((error: unknown) => {
      if (error instanceof KafkaError) this.#fail(error);
    });
  }

  /** Whether the group has somebody to take over; a dynamic member has nothing to come back to. */
  async #isMissed(): Promise<boolean> {
    const { groupInstanceId, service } = this.#options;
    if (groupInstanceId === null) return true;
    return await hasSuccessors({
      coordinator: this.#group,
      groupId: service.groupId,
      instance: service.instanceId ?? groupInstanceId,
    }).catch(() => false);
  }

  #count(topic: string): number {
    return this.#metadata.partitions(topic);
  }

  #end(): void {
    this.#ended = true;
    if (this.#checking !== null) clearInterval(this.#checking);
    this.#fetcher.start(null, []);
    this.#wake?.();
  }

  #fail(error: KafkaError): void {
    if (this.#ended) return;
    this.#end();
    this.#listener?.failed(error);
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${partition} ${topic}`;
}
