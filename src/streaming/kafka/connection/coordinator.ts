/** Finds the broker that coordinates a group or a transactional id, and asks again when it has moved. */
import {
  FindCoordinatorKeyTypes,
  findCoordinatorV6,
  type Broker,
  type Connection,
} from '@platformatic/kafka';
import { isConnectionLoss, toKafkaError } from './client-error.ts';
import type { ClusterMetadata } from './cluster-metadata.ts';
import type { Connections } from './connections.ts';
import { handlingOfName } from './error-table.ts';
import { KafkaError } from '../kafka-error.ts';
import { briefly, isTransient, patiently, retrying } from './retry.ts';
import { answerOf, assertNoError } from '../wire/answers.ts';

export class Coordinator {
  readonly #connections: Connections;
  readonly #metadata: ClusterMetadata;
  readonly #kind: 'group' | 'transaction';
  readonly #key: string;
  readonly #deadline: number;
  #broker: Broker | null = null;

  constructor(options: {
    readonly connections: Connections;
    readonly metadata: ClusterMetadata;
    readonly kind: 'group' | 'transaction';
    readonly key: string;
    /** Milliseconds that one call may take with all its repetitions. */
    readonly deadline: number;
  }) {
    this.#connections = options.connections;
    this.#metadata = options.metadata;
    this.#kind = options.kind;
    this.#key = options.key;
    this.#deadline = options.deadline;
  }

  /**
   * Runs a request against the coordinator and repeats it while the coordinator moves, loads or has no time. `attempt` throws a
   * {@link KafkaError} for an error in the answer.
   *
   * With `sure`, a lost connection isn't repeated, since what the broker did isn't known: TRANSACTION_OUTCOME_UNKNOWN is thrown.
   */
  async call<Result>(
    action: string,
    attempt: (connection: Connection) => Promise<Result>,
    options: { readonly sure?: boolean; readonly deadline?: number } = {},
  ): Promise<Result> {
    const deadline = options.deadline ?? this.#deadline;
    return retrying(
      briefly(deadline),
      async () => {
        const connection = await this.#connect(deadline);
        try {
          return await attempt(connection);
        } catch (error) {
          const lost = isConnectionLoss(error);
          if (lost) this.#broker = null;
          if (lost && options.sure === true) {
            throw new KafkaError('TRANSACTION_OUTCOME_UNKNOWN', action, { cause: error });
          }
          throw toKafkaError(error, action);
        }
      },
      (error) => {
        const reason = error instanceof KafkaError ? error.reason : null;
        if (reason !== null && handlingOfName(reason)?.findCoordinator === true) {
          this.#broker = null;
        }
        return isTransient(error);
      },
    );
  }

  async #connect(deadline: number): Promise<Connection> {
    return retrying(patiently(deadline), async () => {
      this.#broker ??= await this.#find();
      try {
        return await this.#connections.coordinator.get(this.#broker);
      } catch (error) {
        this.#broker = null;
        throw toKafkaError(error, this.#action);
      }
    });
  }

  get #action(): string {
    return this.#kind === 'group'
      ? `finding the coordinator of group "${this.#key}"`
      : `finding the coordinator of transactional id "${this.#key}"`;
  }

  async #find(): Promise<Broker> {
    try {
      const connection = await this.#connections.any(this.#metadata.brokers);
      const type =
        this.#kind === 'group'
          ? FindCoordinatorKeyTypes.GROUP
          : FindCoordinatorKeyTypes.TRANSACTION;
      const answer = await answerOf(findCoordinatorV6.api.async(connection, type, [this.#key]));
      const found = answer.coordinators[0];
      if (found === undefined) throw new KafkaError('COORDINATOR_UNAVAILABLE', this.#action);
      assertNoError(found.errorCode, this.#action);
      return { host: found.host, port: found.port };
    } catch (error) {
      throw toKafkaError(error, this.#action);
    }
  }
}
