/**
 * Membership of the consumer group, and nothing else of a consumer: the library joins, syncs and sends heartbeats on connections of its
 * own, while records are fetched elsewhere.
 */
import { Consumer, consumerHeartbeatChannel } from '@platformatic/kafka';
import type { ServiceSettings, ClusterSettings } from '../../settings.ts';
import { assignInOrder, type Assigned } from './assignment.ts';
import { protocolErrors, toKafkaError } from '../connection/client-error.ts';
import { connectionOptions } from '../connection/connections.ts';
import { KafkaError } from '../kafka-error.ts';
import type { Generation, TopicPartition } from '../port.ts';

export interface MembershipListener {
  joined(generation: Generation, partitions: readonly TopicPartition[]): void;
  lost(generation: Generation): void;
  failed(error: KafkaError): void;
}

export interface MembershipOptions {
  readonly cluster: ClusterSettings;
  readonly service: ServiceSettings;
  readonly topics: readonly string[];
  readonly groupInstanceId: string | null;
  readonly listener: MembershipListener;
}

/** Topics that come to the subscription and go from it. */
export interface SubscriptionChange {
  readonly fresh?: readonly string[];
  readonly dropped?: readonly string[];
}

/** Time for the network on top of what the group itself may take. */
const grace = 5000;

export class GroupMembership {
  readonly #options: MembershipOptions;
  readonly #consumer: Consumer;
  readonly #onHeartbeatError: (message: unknown) => void;
  /** The generation of the last join event; a commit is bound to it and never to what the library holds by then. */
  #generation: Generation | null = null;
  #watchdog: NodeJS.Timeout | null = null;
  #ended = false;

  constructor(options: MembershipOptions) {
    const { cluster, service, topics, groupInstanceId } = options;
    this.#options = options;
    const rebalanceTimeout = Math.max(service.rebalanceTimeout, service.sessionTimeout);
    this.#consumer = new Consumer({
      ...connectionOptions(cluster),
      clientId: cluster.clientId,
      groupId: service.groupId,
      bootstrapBrokers: [...cluster.bootstrapServers],
      ...(groupInstanceId === null ? {} : { groupInstanceId }),
      sessionTimeout: service.sessionTimeout,
      rebalanceTimeout,
      heartbeatInterval: service.heartbeatInterval,
      // A JoinGroup is answered when every member has joined.
      requestTimeout: Math.max(cluster.requestTimeout, rebalanceTimeout + grace),
      partitionAssigner: assignInOrder,
      autocommit: false,
      retries: 5,
      retryDelay: 300,
    });
    this.#consumer.topics.trackAll(...topics);
    // The library listens for the first error of a connection only; a second one would end the process.
    this.#consumer.on('client:broker:connect', ({ connection }) => {
      connection.on('error', () => undefined);
    });
    this.#consumer.on('error', (error: Error) => this.#fail(error));
    this.#consumer.on('consumer:group:join', (event) => {
      this.#join(event.memberId, event.generationId ?? -1, event.assignments ?? []);
    });
    this.#consumer.on('consumer:group:rebalance', () => {
      this.#lose();
      this.#watch();
    });
    this.#consumer.on('consumer:heartbeat:stalled', () =>
      this.#fail(new KafkaError('COORDINATOR_UNAVAILABLE', this.#action)),
    );
    // The library would join again under the name that another instance took, and the two would fence each other for ever.
    this.#onHeartbeatError = (message) => {
      const { client, error } = message as { client?: unknown; error?: unknown };
      if (client !== this.#consumer) return;
      if (protocolErrors(error).some((found) => found.fatal)) this.#fail(error);
    };
    consumerHeartbeatChannel.error.subscribe(this.#onHeartbeatError);
  }

  get #action(): string {
    return `taking part in group "${this.#options.service.groupId}"`;
  }

  get generation(): Generation | null {
    return this.#generation;
  }

  /** Joins, or joins again after the subscription or the number of partitions has changed; returns once it is assigned. */
  async join({ fresh = [], dropped = [] }: SubscriptionChange = {}): Promise<void> {
    this.#consumer.topics.trackAll(...fresh);
    this.#consumer.topics.untrackAll(...dropped);
    this.#watch();
    try {
      await this.#consumer.joinGroup({});
    } catch (error) {
      this.#unwatch();
      throw toKafkaError(error, this.#action);
    }
  }

  /** Stops heartbeats and closes connections; with `leave` the group hears of it at once. */
  async close(leave: boolean): Promise<void> {
    this.#ended = true;
    this.#unwatch();
    consumerHeartbeatChannel.error.unsubscribe(this.#onHeartbeatError);
    if (!leave) this.#vanish();
    await this.#consumer.close(true).catch(() => undefined);
  }

  #join(memberId: string, id: number, assignments: Assigned): void {
    if (this.#ended) return;
    this.#unwatch();
    this.#lose();
    const generation = { id, memberId, groupInstanceId: this.#options.groupInstanceId };
    this.#generation = generation;
    const partitions = assignments.flatMap(({ topic, partitions: numbers }) =>
      numbers.map((partition) => ({ topic, partition })),
    );
    this.#options.listener.joined(generation, partitions);
  }

  #lose(): void {
    const generation = this.#generation;
    this.#generation = null;
    if (generation !== null && !this.#ended) this.#options.listener.lost(generation);
  }

  /** A rejoin that fails inside the library may be told by nothing at all. */
  #watch(): void {
    this.#unwatch();
    const { rebalanceTimeout, sessionTimeout } = this.#options.service;
    this.#watchdog = setTimeout(
      () => this.#fail(new KafkaError('COORDINATOR_UNAVAILABLE', this.#action)),
      rebalanceTimeout + sessionTimeout + grace,
    );
  }

  #unwatch(): void {
    if (this.#watchdog !== null) clearTimeout(this.#watchdog);
    this.#watchdog = null;
  }

  /**
   * Ends heartbeats and rejoins without a word to the coordinator: the library's LeaveGroup would remove even a static member, and
   * without a member id it sends none.
   */
  #vanish(): void {
    this.#consumer.memberId = null;
    this.#consumer.leaveGroup(true, () => undefined);
  }

  #fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#unwatch();
    this.#vanish();
    this.#options.listener.failed(toKafkaError(error, this.#action));
  }
}
