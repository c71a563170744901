/**
 * What streaming tells the world, without knowing loggers or metric libraries: counters that shards add up per batch and post to the
 * main thread, and events of a closed union. No field can hold a value of a record.
 */
export interface RouteCounters {
  /** Records by outcome code (`WRITTEN`, `DROPPED`, or a quarantine reason). */
  readonly outcomes: Record<string, number>;
  /** Rows seen per technique. */
  readonly techniques: Record<string, number>;
  readonly headersDropped: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** What one shard did since its last report; posted about once a second and at the end. */
export interface ShardReport {
  readonly shard: number;
  readonly routes: Record<string, RouteCounters>;
  readonly transactions: { readonly committed: number; readonly aborted: number };
  /** Milliseconds from fetch to commit of each batch in this period (at most 1,000 samples). */
  readonly batchLatency: readonly number[];
  /** Milliseconds from record timestamp to commit (at most 1,000 samples). */
  readonly endToEndLatency: readonly number[];
  readonly positions: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly lag: number;
    /** Milliseconds between now and the timestamp of the last record handled; 0 when nothing is pending. */
    readonly lagTime: number;
  }[];
  readonly halted: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly code: string;
  }[];
  readonly inFlightBytes: number;
}

/** Every event that streaming reports, with its fields. Operations maps each to one log line. */
export type StreamingEvent =
  | { readonly event: 'shard.started' | 'shard.stopped' | 'shard.drained'; readonly shard: number }
  | {
      readonly event: 'shard.restarting';
      readonly shard: number;
      readonly code: string;
      readonly backoff: number;
    }
  | {
      readonly event: 'shard.failed';
      readonly shard: number;
      readonly code: string;
      readonly message: string;
    }
  | {
      readonly event: 'shard.heartbeat-missed';
      readonly shard: number;
      readonly milliseconds: number;
    }
  | {
      readonly event: 'assignment.changed';
      readonly shard: number;
      readonly generation: number;
      readonly partitions: readonly string[];
    }
  | { readonly event: 'assignment.lost'; readonly shard: number; readonly generation: number }
  | {
      readonly event: 'transaction.aborted';
      readonly shard: number;
      readonly code: string;
      readonly message: string;
    }
  | {
      readonly event: 'plan.compiled';
      readonly route: string;
      readonly subject: string;
      readonly schemaId: number;
      readonly outputSchemaId: number;
      readonly digest: string;
      readonly steps: number;
    }
  | {
      readonly event: 'plan.refused';
      readonly route: string;
      readonly subject: string;
      readonly schemaId: number;
      readonly code: string;
      readonly problems: readonly {
        readonly code: string;
        readonly path: string;
        readonly message: string;
      }[];
    }
  | {
      readonly event: 'plan.passes-unclassified';
      readonly route: string;
      readonly schemaId: number;
      readonly paths: readonly string[];
    }
  | {
      readonly event: 'partition.halted';
      readonly topic: string;
      readonly partition: number;
      readonly code: string;
      readonly remedy: string;
    }
  | { readonly event: 'registry.unavailable'; readonly code: string; readonly message: string }
  | {
      readonly event: 'dependency.awaited';
      /** `registry`, `kafka/CLUSTER`, or `topics`. */
      readonly dependency: string;
      readonly code: string;
      readonly message: string;
    }
  | { readonly event: 'dependency.reached'; readonly dependency: string; readonly seconds: number }
  | {
      readonly event: 'records.quarantined';
      readonly route: string;
      readonly topic: string;
      readonly partition: number;
      readonly code: string;
      readonly path: string;
      readonly count: number;
      readonly firstOffset: string;
    }
  | {
      readonly event: 'topics.discovered';
      readonly route: string;
      readonly topics: readonly string[];
    }
  | { readonly event: 'topic.created'; readonly topic: string; readonly partitions: number }
  | {
      readonly event: 'topic.mismatch';
      readonly topic: string;
      readonly code: string;
      readonly message: string;
    };

/** Where streaming reports to. Implemented by `operations/`. */
export interface Telemetry {
  event(event: StreamingEvent): void;
  report(report: ShardReport): void;
  /** One call of the registry: `operation` is a fixed word, never a subject. */
  registryCall(operation: string, outcome: 'ok' | 'not-found' | 'error', seconds: number): void;
  planCompiled(route: string, outcome: 'compiled' | 'refused', seconds: number): void;
  shardRestarted(shard: number): void;
}
