/**
 * Sends stamped batches to the leaders of their partitions: one batch per partition and request, at most five requests in flight per
 * leader, in order per partition, repeated with the same sequence numbers until acknowledged or refused (KIP-98).
 */
import type { Broker } from '@platformatic/kafka';
import { isConnectionLoss, toKafkaError } from '../connection/client-error.ts';
import type { ClusterMetadata } from '../connection/cluster-metadata.ts';
import type { Connections } from '../connection/connections.ts';
import { errorNumbers, handlingOf } from '../connection/error-table.ts';
import { KafkaError } from '../kafka-error.ts';
import type { EncodedSlice } from '../port.ts';
import { nextSequence, ProduceLane, type StampedBatch } from './produce-lane.ts';
import { stampBatch, type ProducerIdentity } from './stamp.ts';
import { produceV1, produceV2, type ProducedPartition } from '../wire/produce.ts';

const inFlightPerLeader = 5;
/** Bytes of one request; a single batch may be larger. */
const requestBytes = 8 << 20;

interface Sending {
  readonly lane: ProduceLane;
  readonly batch: StampedBatch;
}

interface Leader {
  readonly broker: Broker;
  inFlight: number;
}

export interface ProducerOptions {
  readonly connections: Connections;
  readonly metadata: ClusterMetadata;
  /** `null` for a producer that is idempotent only. */
  readonly transactionalId: string | null;
  /** Milliseconds that a broker may take to have a batch replicated. */
  readonly requestTimeout: number;
  /** Milliseconds after which a batch that can't be delivered fails. */
  readonly deliveryTimeout: number;
}

/** Order and repetition of Produce requests under one identity. After an error every later call fails until `reset`. */
export class Producer {
  readonly #options: ProducerOptions;
  #identity: ProducerIdentity = { producerId: -1n, epoch: -1 };
  #implicitPartitions = false;
  readonly #lanes = new Map<string, ProduceLane>();
  readonly #sequences = new Map<string, number>();
  readonly #leaders = new Map<string, Leader>();
  #round = 0;
  #failure: KafkaError | null = null;
  #rejectors = new Set<(error: KafkaError) => void>();
  #timer: NodeJS.Timeout | null = null;
  #refreshing = false;

  constructor(options: ProducerOptions) {
    this.#options = options;
  }

  /**
   * Starts anew: forgets what is on its way, and restarts sequences at 0 if the identity changed. `implicitPartitions`: the broker adds
   * partitions to the transaction itself (transaction version 2).
   */
  reset(identity: ProducerIdentity, implicitPartitions: boolean): void {
    const same =
      identity.producerId === this.#identity.producerId && identity.epoch === this.#identity.epoch;
    this.abandon(new KafkaError('TRANSACTION_ABORTED', 'producing'));
    this.#failure = null;
    this.#identity = identity;
    this.#implicitPartitions = implicitPartitions;
    if (!same) this.#sequences.clear();
  }

  /** Fails everything that is on its way; answers that still come are ignored. */
  abandon(error: KafkaError): void {
    this.#failure ??= error;
    this.#round++;
    this.#lanes.clear();
    this.#leaders.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const rejectors = this.#rejectors;
    this.#rejectors = new Set();
    for (const reject of rejectors) reject(this.#failure);
  }

  /** Resolves when every batch is acknowledged. May be called again before that: order per partition holds across calls. */
  async produce(slices: readonly EncodedSlice[]): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    let open = 0;
    for (const slice of slices) open += slice.batches.length;
    if (open === 0) return;
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#rejectors.add(reject);
    const acknowledged = (): void => {
      if (--open > 0) return;
      this.#rejectors.delete(reject);
      resolve(undefined);
    };
    for (const slice of slices) this.#enqueue(slice, acknowledged);
    this.#pump();
    const deadline = setTimeout(() => {
      this.abandon(
        new KafkaError(
          'BROKER_UNREACHABLE',
          `producing within ${this.#options.deliveryTimeout} ms`,
        ),
      );
    }, this.#options.deliveryTimeout);
    try {
      await promise;
    } finally {
      clearTimeout(deadline);
    }
  }

  #enqueue(slice: EncodedSlice, acknowledged: () => void): void {
    const key = `${slice.partition} ${slice.topic}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = new ProduceLane(slice.topic, slice.partition);
      this.#lanes.set(key, lane);
    }
    for (const batch of slice.batches) {
      const sequence = this.#sequences.get(key) ?? 0;
      const bytes = stampBatch(slice.buffer, batch, this.#identity, sequence);
      lane.add({ bytes, sequence, acknowledged });
      this.#sequences.set(key, nextSequence(sequence, batch.count));
    }
  }

  /** Sends what may be sent; called after every change. */
  #pump(): void {
    if (this.#failure !== null) return;
    for (let more = true; more;) {
      more = false;
      for (const [leader, sending] of this.#nextRequests()) {
        more = true;
        void this.#send(leader, sending);
      }
    }
    this.#wakeLater();
  }

  /** The next request of each leader that has room. */
  #nextRequests(): Map<Leader, Sending[]> {
    const now = performance.now();
    const requests = new Map<Leader, Sending[]>();
    const sizes = new Map<Leader, number>();
    let unknown = false;
    for (const lane of this.#lanes.values()) {
      if (lane.waiting === 0) continue;
      const found = this.#options.metadata.leader(lane.topic, lane.partition);
      if (found === null) {
        unknown = true;
        continue;
      }
      const leader = this.#leaderAt(found.broker);
      const size = sizes.get(leader) ?? 0;
      if (leader.inFlight >= inFlightPerLeader || size >= requestBytes) continue;
      const batch = lane.take(now, inFlightPerLeader);
      if (batch === null) continue;
      sizes.set(leader, size + batch.bytes.length);
      const request = requests.get(leader) ?? [];
      request.push({ lane, batch });
      requests.set(leader, request);
    }
    if (unknown) this.#refresh();
    return requests;
  }

  #leaderAt(broker: Broker): Leader {
    const key = `${broker.host}:${broker.port}`;
    let leader = this.#leaders.get(key);
    if (leader === undefined) {
      leader = { broker, inFlight: 0 };
      this.#leaders.set(key, leader);
    }
    return leader;
  }

  async #send(leader: Leader, sending: readonly Sending[]): Promise<void> {
    const round = this.#round;
    leader.inFlight++;
    try {
      const connection = await this.#options.connections.produce.get(leader.broker);
      const api = this.#implicitPartitions ? produceV2 : produceV1;
      const { transactionalId, requestTimeout } = this.#options;
      const answers = await api.async(
        connection,
        transactionalId,
        -1,
        requestTimeout,
        byTopic(sending),
      );
      leader.inFlight--;
      if (round === this.#round) this.#settle(sending, answers);
    } catch (error) {
      leader.inFlight--;
      if (round === this.#round) this.#lose(sending, error);
    }
    if (round === this.#round) this.#pump();
  }

  #settle(sending: readonly Sending[], answers: readonly ProducedPartition[]): void {
    for (const { lane, batch } of sending) {
      const answer = answers.find(
        ({ topic, partition }) => topic === lane.topic && partition === lane.partition,
      );
      if (answer === undefined) {
        this.abandon(new KafkaError('KAFKA_FAILED', actionOf(lane)));
        return;
      }
      const { errorCode } = answer;
      // A duplicate was written before, and only its answer was lost.
      if (errorCode === 0 || errorCode === errorNumbers.duplicateSequence) {
        lane.acknowledge(batch);
        continue;
      }
      const handling = handlingOf(errorCode);
      // Behind a batch that is repeated, every later one arrives out of order and is repeated after it.
      const follower = errorCode === errorNumbers.outOfOrderSequence && lane.stalled;
      if (!handling.retriable && !follower) {
        this.abandon(new KafkaError(handling.code, actionOf(lane), { reason: handling.name }));
        return;
      }
      this.#repeat(lane, batch);
      if (handling.refreshMetadata) this.#refresh();
    }
  }

  #lose(sending: readonly Sending[], error: unknown): void {
    if (!isConnectionLoss(error)) {
      this.abandon(toKafkaError(error, 'producing'));
      return;
    }
    for (const { lane, batch } of sending) this.#repeat(lane, batch);
    this.#refresh();
  }

  #repeat(lane: ProduceLane, batch: StampedBatch): void {
    const pause = Math.min(5 * (lane.failures + 1), lane.failures < 20 ? 50 : 500);
    lane.repeat(batch, performance.now(), pause);
  }

  #refresh(): void {
    if (this.#refreshing) return;
    this.#refreshing = true;
    const topics = new Set([...this.#lanes.values()].map((lane) => lane.topic));
    void this.#options.metadata.refresh(topics).then(
      () => {
        this.#refreshing = false;
        const fault = [...topics]
          .map((topic) => this.#options.metadata.fault(topic))
          .find((found) => found?.code === 'AUTHORIZATION_DENIED');
        if (fault == null) this.#pump();
        else this.abandon(fault);
      },
      () => {
        this.#refreshing = false;
        this.#wakeLater();
      },
    );
  }

  /** Comes back when the shortest pause is over, or soon where a leader is missing. */
  #wakeLater(): void {
    if (this.#timer !== null || this.#failure !== null) return;
    const now = performance.now();
    let soonest = Infinity;
    for (const lane of this.#lanes.values()) {
      if (lane.waiting === 0) continue;
      const missing = this.#options.metadata.leader(lane.topic, lane.partition) === null;
      if (missing) soonest = Math.min(soonest, 100);
      else if (lane.sent === 0 || lane.stalled) soonest = Math.min(soonest, lane.pause(now) + 1);
    }
    if (soonest === Infinity) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#pump();
    }, soonest);
  }
}

function actionOf(lane: ProduceLane): string {
  return `producing to topic "${lane.topic}", partition ${lane.partition}`;
}

function byTopic(sending: readonly Sending[]) {
  const topics = new Map<string, { partition: number; batch: Buffer }[]>();
  for (const { lane, batch } of sending) {
    const partitions = topics.get(lane.topic) ?? [];
    partitions.push({ partition: lane.partition, batch: batch.bytes });
    topics.set(lane.topic, partitions);
  }
  return [...topics].map(([name, partitions]) => ({ name, partitions }));
}
