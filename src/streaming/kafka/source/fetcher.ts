/**
 * Keeps one Fetch on its way to each leader that has something we want, and holds what comes until it is taken: at most `fetchBytes` in
 * all and about `partitionBytes` of each partition. Whoever waited longest is asked for first.
 */
import type { Broker } from '@platformatic/kafka';
import { isConnectionLoss, toKafkaError } from '../connection/client-error.ts';
import type { ClusterMetadata } from '../connection/cluster-metadata.ts';
import type { Connections } from '../connection/connections.ts';
import { errorNumbers, handlingOf } from '../connection/error-table.ts';
import type { FetchPosition } from './fetch-position.ts';
import { scanBatches } from '../batches/batch-header.ts';
import { KafkaError } from '../kafka-error.ts';
import type { Generation, RawSlice } from '../port.ts';
import {
  fetchRaw,
  type FetchAnswer,
  type FetchedPartition,
  type FetchTopic,
} from '../wire/fetch.ts';

/** How long a leader holds a Fetch that it has no data for; bounds how late a resumed partition is asked for. */
const longPoll = 200;
const readCommitted = 1;

export interface FetcherOptions {
  readonly connections: Connections;
  readonly metadata: ClusterMetadata;
  readonly fetchBytes: number;
  readonly partitionBytes: number;
  /** Milliseconds for which a partition may fail before the source gives up. */
  readonly patience: number;
  /** Called after every change that a waiting reader cares about. */
  readonly changed: () => void;
  readonly failed: (error: KafkaError) => void;
  /** The log doesn't hold the position of a partition that was never committed. */
  readonly startAnew: (position: FetchPosition) => void;
}

export class Fetcher {
  readonly #options: FetcherOptions;
  #positions: readonly FetchPosition[] = [];
  #generation: Generation | null = null;
  /** Counts restarts: answers to requests of before are dropped. */
  #round = 0;
  readonly #busy = new Set<string>();
  #turn = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: FetcherOptions) {
    this.#options = options;
  }

  get positions(): readonly FetchPosition[] {
    return this.#positions;
  }

  /** Drops what is fetched and under way, and goes on with these positions. */
  start(generation: Generation | null, positions: readonly FetchPosition[]): void {
    this.#round++;
    this.#busy.clear();
    this.#generation = generation;
    this.#positions = positions;
    this.pump();
  }

  /** Asks every idle leader for what is wanted of it. */
  pump(): void {
    const generation = this.#generation;
    if (generation === null) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const held = this.#positions.reduce((sum, position) => sum + position.bytes, 0);
    if (held >= this.#options.fetchBytes) return;
    const now = performance.now();
    const leaders = new Map<string, { broker: Broker; positions: FetchPosition[] }>();
    let soonest = Infinity;
    for (const position of this.#positions) {
      if (position.paused || position.bytes >= this.#options.partitionBytes) continue;
      if (position.notBefore > now) {
        soonest = Math.min(soonest, position.notBefore - now);
        continue;
      }
      const leader = this.#options.metadata.leader(position.topic, position.partition);
      if (leader === null) {
        this.#postpone(position, 'LEADER_NOT_AVAILABLE');
        this.#refresh();
        soonest = Math.min(soonest, 100);
        continue;
      }
      const key = `${leader.broker.host}:${leader.broker.port}`;
      if (this.#busy.has(key)) continue;
      const entry = leaders.get(key) ?? { broker: leader.broker, positions: [] };
      entry.positions.push(position);
      leaders.set(key, entry);
    }
    for (const [key, { broker, positions }] of leaders) {
      this.#busy.add(key);
      positions.sort((a, b) => a.turn - b.turn);
      void this.#ask(key, broker, positions, generation);
    }
    if (soonest < Infinity) this.#wakeIn(soonest);
  }

  #wakeIn(delay: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.pump();
    }, delay + 1);
  }

  async #ask(
    key: string,
    broker: Broker,
    positions: readonly FetchPosition[],
    generation: Generation,
  ): Promise<void> {
    const round = this.#round;
    const { fetchBytes } = this.#options;
    try {
      const connection = await this.#options.connections.fetch.get(broker);
      const answer: FetchAnswer = await fetchRaw.async(
        connection,
        longPoll,
        1,
        fetchBytes,
        readCommitted,
        0,
        -1,
        this.#topics(positions),
        [],
        '',
      );
      if (round !== this.#round) return;
      this.#busy.delete(key);
      this.#receive(answer, positions, generation);
    } catch (error) {
      if (round !== this.#round) return;
      this.#busy.delete(key);
      this.#lose(error, positions);
    }
    this.pump();
  }

  #topics(positions: readonly FetchPosition[]): FetchTopic[] {
    const topics = new Map<string, FetchTopic>();
    for (const position of positions) {
      const leader = this.#options.metadata.leader(position.topic, position.partition);
      const entry = topics.get(position.topicId) ?? { topicId: position.topicId, partitions: [] };
      entry.partitions.push({
        partition: position.partition,
        currentLeaderEpoch: leader?.epoch ?? -1,
        fetchOffset: position.next,
        lastFetchedEpoch: -1,
        partitionMaxBytes: this.#options.partitionBytes,
      });
      topics.set(position.topicId, entry);
    }
    return [...topics.values()];
  }

  #receive(answer: FetchAnswer, positions: readonly FetchPosition[], generation: Generation): void {
    if (answer.errorCode !== 0) {
      for (const position of positions) this.#refuse(position, answer.errorCode);
      return;
    }
    let news = false;
    for (const fetched of answer.partitions) {
      const position = positions.find(
        ({ topicId, partition }) => topicId === fetched.topicId && partition === fetched.partition,
      );
      if (position === undefined) continue;
      if (fetched.errorCode !== 0) this.#refuse(position, fetched.errorCode);
      else news = this.#accept(position, fetched, generation) || news;
    }
    if (news) this.#options.changed();
  }

  /** True where the partition has new data. */
  #accept(position: FetchPosition, fetched: FetchedPartition, generation: Generation): boolean {
    position.troubledSince = null;
    position.end = fetched.lastStableOffset;
    const from = position.next;
    const { complete, next } = scanBatches(fetched.records, from);
    if (complete === 0) return false;
    position.turn = ++this.#turn;
    const { topic, partition } = position;
    const slice: RawSlice = {
      topic,
      partition,
      generation,
      from,
      next,
      bytes: fetched.records.subarray(0, complete),
      aborted: fetched.aborted,
      end: fetched.lastStableOffset,
    };
    position.add(slice);
    return true;
  }

  #refuse(position: FetchPosition, errorCode: number): void {
    const action = actionOf(position);
    if (errorCode === errorNumbers.offsetOutOfRange) {
      if (!position.committed) this.#options.startAnew(position);
      else this.#options.failed(new KafkaError('OFFSET_OUT_OF_RANGE', action));
      return;
    }
    const { code, name, retriable } = handlingOf(errorCode);
    if (!retriable) {
      this.#options.failed(new KafkaError(code, action, { reason: name }));
      return;
    }
    this.#postpone(position, name);
    this.#refresh();
  }

  #lose(error: unknown, positions: readonly FetchPosition[]): void {
    if (!isConnectionLoss(error)) {
      this.#options.failed(toKafkaError(error, 'fetching'));
      return;
    }
    for (const position of positions) this.#postpone(position, null);
    this.#refresh();
  }

  /** Leaves a partition alone for a while; gives up on it when that has gone on for too long. */
  #postpone(position: FetchPosition, reason: string | null): void {
    const now = performance.now();
    position.troubledSince ??= now;
    const troubled = now - position.troubledSince;
    position.notBefore = now + Math.min(1000, 20 + troubled / 4);
    if (troubled <= this.#options.patience) return;
    const missing = reason === 'UNKNOWN_TOPIC_ID' || reason === 'UNKNOWN_TOPIC_OR_PARTITION';
    this.#options.failed(
      new KafkaError(missing ? 'TOPIC_MISSING' : 'BROKER_UNREACHABLE', actionOf(position), {
        reason,
      }),
    );
  }

  #refresh(): void {
    const round = this.#round;
    void this.#options.metadata.refresh().then(
      () => {
        if (round !== this.#round) return;
        const replaced = this.#positions.find(({ topic, topicId }) => {
          const id = this.#options.metadata.topicId(topic);
          return id !== null && id !== topicId;
        });
        if (replaced !== undefined) {
          this.#options.failed(new KafkaError('TOPIC_REPLACED', actionOf(replaced)));
        } else this.pump();
      },
      (error: unknown) => {
        if (round !== this.#round) return;
        if (isLasting(error)) this.#options.failed(error);
        else this.#wakeIn(200);
      },
    );
  }
}

/** An error of the metadata request that time doesn't heal. */
function isLasting(error: unknown): error is KafkaError {
  return error instanceof KafkaError && !error.retriable;
}

function actionOf({ topic, partition }: FetchPosition): string {
  return `fetching from topic "${topic}", partition ${partition}`;
}
