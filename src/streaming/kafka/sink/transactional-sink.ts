/**
 * A transactional producer: records and input offsets commit together or not at all (KIP-98, KIP-447). Under transaction version 2
 * (KIP-890) the broker adds partitions and the group to the transaction by itself and gives a new epoch at each end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  addOffsetsToTxnV4,
  addPartitionsToTxnV3,
  apiVersionsV4,
  endTxnV4,
  initProducerIdV5,
  txnOffsetCommitV4,
} from '@platformatic/kafka';
import { toKafkaError } from '../connection/client-error.ts';
import { ClusterMetadata } from '../connection/cluster-metadata.ts';
import { Connections } from '../connection/connections.ts';
import { Coordinator } from '../connection/coordinator.ts';
import { KafkaError } from '../kafka-error.ts';
import { groupByTopic } from '../offsets.ts';
import type { EncodedSlice, Generation, OffsetToCommit, Sink } from '../port.ts';
import { Producer } from './producer.ts';
import type { SinkOptions } from '../record-batch-adapter.ts';
import type { ProducerIdentity } from './stamp.ts';
import { TransactionPace } from './transaction-pace.ts';
import { answerOf, assertNoError } from '../wire/answers.ts';
import { endTxnV5, txnOffsetCommitV5 } from '../wire/transactions.ts';

/** Broker feature that decides how transactions work. */
const transactionFeature = 'transaction.version';

export interface TransactionalSinkOptions extends Pick<
  SinkOptions,
  'cluster' | 'service' | 'transactionalId'
> {
  /** Use transaction version 1 even where the cluster has 2. */
  readonly transactionVersion?: 1;
}

type State = 'closed' | 'ready' | 'open' | 'failed';

export class TransactionalSink implements Sink {
  readonly #options: TransactionalSinkOptions;
  readonly #connections: Connections;
  readonly #metadata: ClusterMetadata;
  readonly #transactions: Coordinator;
  readonly #group: Coordinator;
  readonly #producer: Producer;
  readonly #pace = new TransactionPace();
  #state: State = 'closed';
  #version: 1 | 2 = 1;
  #identity: ProducerIdentity = { producerId: -1n, epoch: -1 };
  /** True once the broker may know that a transaction is open. */
  #touched = false;
  /** Partitions in the transaction (version 1 only), as `partition topic`. */
  readonly #added = new Set<string>();
  #groupAdded = false;

  constructor(options: TransactionalSinkOptions) {
    const { cluster, service, transactionalId } = options;
    this.#options = options;
    this.#connections = new Connections(cluster);
    this.#metadata = new ClusterMetadata(this.#connections);
    const shared = { connections: this.#connections, metadata: this.#metadata };
    const deadline = service.transaction.timeout;
    this.#transactions = new Coordinator({
      ...shared,
      kind: 'transaction',
      key: transactionalId,
      deadline,
    });
    this.#group = new Coordinator({ ...shared, kind: 'group', key: service.groupId, deadline });
    this.#producer = new Producer({
      ...shared,
      transactionalId,
      requestTimeout: cluster.requestTimeout,
      deliveryTimeout: deadline,
    });
  }

  get #action(): string {
    return `transactional id "${this.#options.transactionalId}"`;
  }

  /** @throws {@link KafkaError} AUTHORIZATION_DENIED, COORDINATOR_UNAVAILABLE, BROKER_UNREACHABLE, PROTOCOL_UNSUPPORTED */
  async open(): Promise<void> {
    const { transactionalId, service } = this.#options;
    const action = `opening ${this.#action}`;
    await this.#readVersion(action);
    const answer = await this.#transactions.call(action, async (connection) => {
      const call = initProducerIdV5.api.async(
        connection,
        transactionalId,
        service.transaction.timeout,
        // Not the identity of before: −1 fences whoever holds the id, this process's past included.
        -1n,
        -1,
      );
      const response = await answerOf(call);
      assertNoError(response.errorCode, action);
      return response;
    });
    this.#startOver({ producerId: answer.producerId, epoch: answer.producerEpoch });
    this.#state = 'ready';
  }

  begin(): void {
    if (this.#state !== 'ready') throw this.#misuse('beginning a transaction');
    this.#state = 'open';
  }

  async produce(slices: readonly EncodedSlice[]): Promise<void> {
    this.#assertOpen('producing');
    await this.#guard(async () => {
      await this.#metadata.ensure(slices.map((slice) => slice.topic));
      if (this.#version === 1) await this.#addPartitions(slices);
      if (this.#touched || this.#version === 1) {
        this.#touched = true;
        await this.#producer.produce(slices);
      } else await this.#produceFirst(slices);
    });
  }

  /** The first Produce makes the broker add partitions to the transaction, for which the one before must be through. */
  async #produceFirst(slices: readonly EncodedSlice[]): Promise<void> {
    const pause = this.#pace.pause(performance.now());
    if (pause > 0) await sleep(pause);
    this.#touched = true;
    const begun = performance.now();
    await this.#producer.produce(slices);
    this.#pace.produced(begun, performance.now() - begun);
  }

  async commitOffsets(offsets: readonly OffsetToCommit[], generation: Generation): Promise<void> {
    this.#assertOpen('committing offsets');
    if (offsets.length === 0) return;
    const { service, transactionalId } = this.#options;
    const action = `committing offsets of group "${service.groupId}"`;
    await this.#guard(async () => {
      if (this.#version === 1) await this.#addGroup();
      const api = this.#version === 2 ? txnOffsetCommitV5 : txnOffsetCommitV4.api;
      this.#touched = true;
      await this.#group.call(action, async (connection) => {
        const call = api.async(
          connection,
          transactionalId,
          service.groupId,
          this.#identity.producerId,
          this.#identity.epoch,
          generation.id,
          generation.memberId,
          generation.groupInstanceId,
          groupByTopic(offsets),
        );
        const response = await answerOf(call);
        for (const topic of response.topics) {
          for (const { errorCode } of topic.partitions) assertNoError(errorCode, action);
        }
      });
    });
  }

  /**
   * Commits or aborts. A transaction that the broker can't know of ends without a request.
   *
   * @throws {@link KafkaError} TRANSACTION_OUTCOME_UNKNOWN where the connection was lost: `open` and `Source.seekToCommitted` find out.
   */
  async end(commit: boolean): Promise<void> {
    if (this.#state === 'closed') throw this.#misuse('ending a transaction');
    if (commit) this.#assertOpen('committing a transaction');
    if (!this.#touched) {
      this.#startOver(this.#identity);
      this.#state = 'ready';
      return;
    }
    if (!commit) this.#producer.abandon(new KafkaError('TRANSACTION_ABORTED', this.#action));
    try {
      this.#startOver(await this.#endTransaction(commit));
      this.#pace.ended(performance.now());
      this.#state = 'ready';
    } catch (error) {
      this.#state = 'failed';
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#state = 'closed';
    this.#producer.abandon(new KafkaError('TRANSACTION_ABORTED', `closing ${this.#action}`));
    await this.#connections.close();
  }

  async #endTransaction(commit: boolean): Promise<ProducerIdentity> {
    const action = `${commit ? 'committing' : 'aborting'} the transaction of ${this.#action}`;
    const { producerId, epoch } = this.#identity;
    const id = this.#options.transactionalId;
    return this.#transactions.call(
      action,
      async (connection) => {
        if (this.#version === 1) {
          const answer = await answerOf(
            endTxnV4.api.async(connection, id, producerId, epoch, commit),
          );
          assertNoError(answer.errorCode, action);
          return this.#identity;
        }
        const answer = await endTxnV5.async(connection, id, producerId, epoch, commit);
        assertNoError(answer.errorCode, action);
        return { producerId: answer.producerId, epoch: answer.producerEpoch };
      },
      { sure: true },
    );
  }

  #startOver(identity: ProducerIdentity): void {
    this.#identity = identity;
    this.#producer.reset(identity, this.#version === 2);
    this.#touched = false;
    this.#added.clear();
    this.#groupAdded = false;
  }

  /** Marks the transaction failed by any error, so that only an abort or a new start is possible. */
  async #guard(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (this.#state === 'open') this.#state = 'failed';
      throw toKafkaError(error, this.#action);
    }
  }

  async #readVersion(action: string): Promise<void> {
    try {
      const connection = await this.#connections.any(this.#metadata.brokers);
      const answer = await apiVersionsV4.api.async(connection, 'lethe', '1');
      const level = answer.finalizedFeatures?.find(
        (feature) => feature.name === transactionFeature,
      )?.maxVersionLevel;
      this.#version = (level ?? 0) >= 2 ? (this.#options.transactionVersion ?? 2) : 1;
    } catch (error) {
      throw toKafkaError(error, action);
    }
  }

  async #addPartitions(slices: readonly EncodedSlice[]): Promise<void> {
    const topics = new Map<string, Set<number>>();
    for (const { topic, partition, batches } of slices) {
      if (batches.length === 0 || this.#added.has(`${partition} ${topic}`)) continue;
      topics.set(topic, (topics.get(topic) ?? new Set()).add(partition));
    }
    if (topics.size === 0) return;
    const action = `adding partitions to the transaction of ${this.#action}`;
    const request = {
      transactionalId: this.#options.transactionalId,
      producerId: this.#identity.producerId,
      producerEpoch: this.#identity.epoch,
      verifyOnly: false,
      topics: [...topics].map(([name, partitions]) => ({ name, partitions: [...partitions] })),
    };
    this.#touched = true;
    await this.#transactions.call(action, async (connection) => {
      const answer = await answerOf(addPartitionsToTxnV3.api.async(connection, [request]));
      for (const { topicResults } of answer.resultsByTransaction) {
        for (const { resultsByPartition } of topicResults) {
          // An error of one partition leaves the others "not attempted": the one that says why comes first.
          const codes = resultsByPartition.map((result) => result.partitionErrorCode);
          const telling = codes.find((code) => code !== 0 && code !== 55) ?? Math.max(0, ...codes);
          assertNoError(telling, action);
        }
      }
      assertNoError(answer.errorCode, action);
    });
    for (const [topic, partitions] of topics) {
      for (const partition of partitions) this.#added.add(`${partition} ${topic}`);
    }
  }

  async #addGroup(): Promise<void> {
    if (this.#groupAdded) return;
    const { transactionalId, service } = this.#options;
    const action = `adding group "${service.groupId}" to the transaction of ${this.#action}`;
    this.#touched = true;
    await this.#transactions.call(action, async (connection) => {
      const { producerId, epoch } = this.#identity;
      const call = addOffsetsToTxnV4.api.async(
        connection,
        transactionalId,
        producerId,
        epoch,
        service.groupId,
      );
      assertNoError((await answerOf(call)).errorCode, action);
    });
    this.#groupAdded = true;
  }

  #assertOpen(action: string): void {
    if (this.#state !== 'open') throw this.#misuse(action);
  }

  #misuse(action: string): KafkaError {
    return new KafkaError('TRANSACTION_ABORTED', `${action} with ${this.#action}`);
  }
}
