/**
 * For two clusters, which no transaction spans: records are produced idempotently to the target, then offsets are committed on the
 * source. A crash in between produces a suffix again, with identical bytes: at least once. Same order of calls as a transaction.
 */
import { initProducerIdV5, offsetCommitV9 } from '@platformatic/kafka';
import { toKafkaError } from '../connection/client-error.ts';
import { ClusterMetadata } from '../connection/cluster-metadata.ts';
import { Connections } from '../connection/connections.ts';
import { Coordinator } from '../connection/coordinator.ts';
import { KafkaError } from '../kafka-error.ts';
import { groupByTopic } from '../offsets.ts';
import type { EncodedSlice, Generation, OffsetToCommit, Sink } from '../port.ts';
import { Producer } from './producer.ts';
import type { SinkOptions } from '../record-batch-adapter.ts';
import { isTransient, patiently, retrying } from '../connection/retry.ts';
import { answerOf, assertNoError } from '../wire/answers.ts';

export class IdempotentSink implements Sink {
  readonly #groupId: string;
  readonly #deadline: number;
  readonly #target: Connections;
  readonly #source: Connections;
  readonly #metadata: ClusterMetadata;
  readonly #group: Coordinator;
  readonly #producer: Producer;
  /** Offsets of the transaction at hand, committed at its end. */
  #pending: readonly OffsetToCommit[] = [];
  #generation: Generation | null = null;

  constructor(options: Omit<SinkOptions, 'transactionalId'>) {
    const { cluster, sourceCluster, service } = options;
    this.#groupId = service.groupId;
    this.#deadline = service.transaction.timeout;
    this.#target = new Connections(cluster);
    this.#source = new Connections(sourceCluster);
    this.#metadata = new ClusterMetadata(this.#target);
    this.#group = new Coordinator({
      connections: this.#source,
      metadata: new ClusterMetadata(this.#source),
      kind: 'group',
      key: service.groupId,
      deadline: this.#deadline,
    });
    this.#producer = new Producer({
      connections: this.#target,
      metadata: this.#metadata,
      transactionalId: null,
      requestTimeout: cluster.requestTimeout,
      deliveryTimeout: this.#deadline,
    });
  }

  /** A fresh producer id: nothing of a predecessor can be fenced or must be waited for. */
  async open(): Promise<void> {
    const action = 'opening an idempotent producer';
    await retrying(
      patiently(this.#deadline),
      async () => {
        try {
          const connection = await this.#target.any(this.#metadata.brokers);
          const answer = await answerOf(initProducerIdV5.api.async(connection, null, 0, -1n, -1));
          assertNoError(answer.errorCode, action);
          const identity = { producerId: answer.producerId, epoch: answer.producerEpoch };
          this.#producer.reset(identity, false);
        } catch (error) {
          throw toKafkaError(error, action);
        }
      },
      isTransient,
    );
    this.#forget();
  }

  begin(): void {
    this.#forget();
  }

  async produce(slices: readonly EncodedSlice[]): Promise<void> {
    await this.#metadata.ensure(slices.map((slice) => slice.topic));
    await this.#producer.produce(slices);
  }

  /** Keeps the offsets until `end(true)`, by when every record is acknowledged. */
  commitOffsets(offsets: readonly OffsetToCommit[], generation: Generation): Promise<void> {
    this.#pending = [...this.#pending, ...offsets];
    this.#generation = generation;
    return Promise.resolve();
  }

  async end(commit: boolean): Promise<void> {
    const offsets = this.#pending;
    const generation = this.#generation;
    this.#forget();
    if (!commit) {
      // Sequence numbers of records that may or may not have arrived can't be reused: start anew.
      await this.open();
      return;
    }
    if (generation !== null && offsets.length > 0) await this.#commit(offsets, generation);
  }

  async close(): Promise<void> {
    this.#producer.abandon(new KafkaError('TRANSACTION_ABORTED', 'closing a producer'));
    await Promise.all([this.#target.close(), this.#source.close()]);
  }

  async #commit(offsets: readonly OffsetToCommit[], generation: Generation): Promise<void> {
    const action = `committing offsets of group "${this.#groupId}"`;
    await this.#group.call(action, async (connection) => {
      const call = offsetCommitV9.api.async(
        connection,
        this.#groupId,
        generation.id,
        generation.memberId,
        generation.groupInstanceId,
        groupByTopic(offsets),
      );
      const answer = await answerOf(call);
      for (const topic of answer.topics) {
        for (const { errorCode } of topic.partitions) assertNoError(errorCode, action);
      }
    });
  }

  #forget(): void {
    this.#pending = [];
    this.#generation = null;
  }
}
