/**
 * Raw topics in, sanitized topics out: the whole of streaming behind four methods.
 */
import type { LetheError } from '../foundation/errors.ts';
import type { StreamingSettings } from './settings.ts';
import type { Telemetry } from './telemetry.ts';

/** What one shard is doing, for readiness and for `status`. */
export interface ShardStatus {
  readonly shard: number;
  readonly state: 'starting' | 'running' | 'restarting' | 'draining' | 'stopped' | 'failed';
  readonly restarts: number;
}

/** A snapshot of the service: `ready` is what `/readyz` answers, `problems` is why not. */
export interface ServiceStatus {
  readonly ready: boolean;
  readonly phase: 'starting' | 'running' | 'draining' | 'stopped' | 'failed';
  readonly shards: readonly ShardStatus[];
  /** Partitions stopped by `onRefusal: halt`. */
  readonly halted: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly code: string;
  }[];
  /** Whatever keeps the service from being ready or whole now; texts hold no value of a record. */
  readonly problems: readonly { readonly code: string; readonly message: string }[];
}

/**
 * Moves every route's records from raw to sanitized topics.
 *
 * `start` → (`reload`)* → `stop`. One instance is used once.
 */
export class Service {
  constructor(settings: StreamingSettings, telemetry: Telemetry) {
    void settings;
    void telemetry;
  }

  /**
   * Keys → registry → topics → plans of known subjects → shards. Resolves when every shard has joined its group.
   *
   * @throws RegistryError, ShardError (TOPIC_…, ROUTE_…), key and Kafka errors: nothing was consumed then.
   */
  start(): Promise<void> {
    return Promise.resolve();
  }

  /**
   * Takes new settings between transactions: rules, routes, keys. On an error nothing changed and the old settings keep running.
   */
  reload(settings: StreamingSettings): Promise<void> {
    void settings;
    return Promise.resolve();
  }

  /** Stops fetching, finishes open transactions, closes. True when all was drained within `deadline` ms. */
  stop(deadline: number): Promise<boolean> {
    void deadline;
    return Promise.resolve(true);
  }

  status(): ServiceStatus {
    return { ready: false, phase: 'starting', shards: [], halted: [], problems: [] };
  }

  /** Resolves (never rejects) with the reason when the service can't go on by itself: the process should exit. */
  failed(): Promise<LetheError> {
    return new Promise(() => undefined);
  }
}
