/**
 * Waiting, at the start, for what the service can't do without. Pods of a cluster start in any order: a registry or broker that
 * isn't there yet is no reason to end, and a refusal that only a person can mend is one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isLetheError } from '../foundation/errors.ts';
import type { LetheError, Problem } from '../foundation/errors.ts';
import type { KafkaErrorCode } from './kafka/kafka-error.ts';
import type { RegistryErrorCode } from './registry/errors.ts';
import { ShardError } from './shard/errors.ts';
import type { ShardErrorCode } from './shard/errors.ts';
import type { StreamingEvent } from './telemetry.ts';

const firstBackoff = 100;
const longestBackoff = 1000;
/** While the first attempt is under way: a connection that nobody answers takes long to fail. */
const noAnswerYet: ShardErrorCode = 'DEPENDENCY_AWAITED';

/** What the start does about an error: waits until it is gone, or ends with it. */
type Reaction = 'wait' | 'end';

/** As Kafka's own clients do it: brokers that don't answer are waited for, refused credentials are not. */
const kafkaReactions: Readonly<Record<KafkaErrorCode, Reaction>> = {
  BROKER_UNREACHABLE: 'wait',
  COORDINATOR_UNAVAILABLE: 'wait',
  TLS_FAILED: 'end',
  AUTHENTICATION_FAILED: 'end',
  AUTHORIZATION_DENIED: 'end',
  TOPIC_MISSING: 'end',
  TOPIC_REPLACED: 'end',
  TOPIC_REJECTED: 'end',
  OFFSET_OUT_OF_RANGE: 'end',
  GENERATION_STALE: 'end',
  MEMBER_FENCED: 'end',
  GROUP_REJECTED: 'end',
  SINK_FENCED: 'end',
  PRODUCE_REJECTED: 'end',
  TRANSACTION_ABORTED: 'end',
  TRANSACTION_OUTCOME_UNKNOWN: 'end',
  PROTOCOL_UNSUPPORTED: 'end',
  KAFKA_FAILED: 'end',
};

const registryReactions: Readonly<Record<RegistryErrorCode, Reaction>> = {
  REGISTRY_UNREACHABLE: 'wait',
  REGISTRY_TIMEOUT: 'wait',
  REGISTRY_UNAUTHORIZED: 'end',
  REGISTRY_RESPONSE_INVALID: 'end',
  REGISTRY_SCHEMA_UNKNOWN: 'end',
  REGISTRY_SCHEMA_TOO_LARGE: 'end',
  REGISTRY_REFERENCES_TOO_MANY: 'end',
  REGISTRY_TYPE_UNSUPPORTED: 'end',
  REGISTRY_INCOMPATIBLE: 'end',
  REGISTRY_REJECTED: 'end',
};

const reactions: ReadonlyMap<string, Reaction> = new Map(
  Object.entries({ ...kafkaReactions, ...registryReactions }),
);

export interface AwaitingOptions {
  /** False where a caller wants to know at once: a reload, a dry run. */
  readonly patient: boolean;
  readonly event: (event: StreamingEvent) => void;
  /** Codes told so far, by dependency: a start that begins anew with other settings goes on where it was. */
  readonly told?: Map<string, string>;
}

/** Holds a start until its dependencies answer, and says which of them don't. */
export class Awaiting {
  readonly #options: AwaitingOptions;
  readonly #interrupted = new AbortController();
  readonly #pending = new Map<string, Problem>();
  readonly #told: Map<string, string>;

  constructor(options: AwaitingOptions) {
    this.#options = options;
    this.#told = options.told ?? new Map<string, string>();
  }

  /** One problem for each dependency that has not answered, with the code of its last error. */
  get problems(): readonly Problem[] {
    return [...this.#pending.values()];
  }

  get interrupted(): boolean {
    return this.#interrupted.signal.aborted;
  }

  /**
   * Does `work` until it succeeds. `dependency` is the word that it has in log lines and metrics.
   *
   * @throws what `work` throws, where waiting won't mend it; ShardError SERVICE_STATE after {@link interrupt}, at once
   */
  async reach<Result>(dependency: string, work: () => Promise<Result>): Promise<Result> {
    const { signal } = this.#interrupted;
    const ended = Promise.withResolvers<never>();
    const end = (): void =>
      ended.reject(new ShardError('SERVICE_STATE', `the start stopped waiting for ${dependency}`));
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    try {
      return await Promise.race([this.#repeat(dependency, work), ended.promise]);
    } finally {
      signal.removeEventListener('abort', end);
      this.#pending.delete(dependency);
    }
  }

  /** Ends all waiting at once; work that is under way goes on unseen. */
  interrupt(): void {
    this.#interrupted.abort();
  }

  async #repeat<Result>(dependency: string, work: () => Promise<Result>): Promise<Result> {
    const { event } = this.#options;
    const began = performance.now();
    this.#note(dependency, noAnswerYet, 'it has not answered yet');
    for (let backoff = firstBackoff; ; backoff = Math.min(longestBackoff, backoff * 2)) {
      try {
        const result = await work();
        if (!this.interrupted && this.#told.delete(dependency))
          event({
            event: 'dependency.reached',
            dependency,
            seconds: (performance.now() - began) / 1000,
          });
        return result;
      } catch (error) {
        if (!this.#waits(error)) throw error;
        const { code, message } = error;
        this.#note(dependency, code, message);
        if (code !== this.#told.get(dependency))
          event({ event: 'dependency.awaited', dependency, code, message });
        this.#told.set(dependency, code);
      }
      await sleep(backoff, undefined, { signal: this.#interrupted.signal });
    }
  }

  #waits(error: unknown): error is LetheError {
    if (!this.#options.patient || this.interrupted || !isLetheError(error)) return false;
    return reactions.get(error.code) === 'wait';
  }

  #note(dependency: string, code: string, message: string): void {
    if (this.interrupted) return;
    const text = `the start waits for ${dependency}: ${message}`;
    this.#pending.set(dependency, { code, path: dependency, message: text });
  }
}
