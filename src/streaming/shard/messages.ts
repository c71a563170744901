/**
 * What crosses between the main thread and a shard: control only, plain data only. Records stay in their shard; keys are read by each
 * shard from the key directory and cross nothing.
 */
import type { SerializedError } from '../../foundation/errors.ts';
import type { Plan } from '../../anonymization/plan/plan.ts';
import type { StreamingSettings } from '../settings.ts';
import type { ShardReport, StreamingEvent } from '../telemetry.ts';

/** One raw topic and where its records go, as the routes resolve on the clusters now. */
export interface ResolvedTopic {
  readonly route: string;
  readonly fromCluster: string;
  readonly from: string;
  readonly toCluster: string;
  readonly to: string;
  readonly toPartitions: number;
  /** `max.message.bytes` of the target topic. */
  readonly toMessageBytes: number;
  /** The target keeps the last record per key, so that a record without key is refused by the broker. */
  readonly toCompacted: boolean;
}

/** Resolved topics of all routes, and what the quarantine topic looks like. */
export interface ResolvedTopics {
  readonly topics: readonly ResolvedTopic[];
  readonly quarantinePartitions: number;
}

/** How a record names its schema. */
export type SchemaName =
  { readonly kind: 'id'; readonly id: number } | { readonly kind: 'guid'; readonly guid: string };

/** A shard met a schema that it has no plan for. */
export interface PlanWanted {
  readonly route: string;
  /** The raw topic. */
  readonly topic: string;
  readonly schema: SchemaName;
  readonly part: 'key' | 'value';
}

export type PlanAnswer =
  | {
      readonly kind: 'ready';
      readonly plan: Plan;
      readonly schemaId: number;
      readonly outputSchemaId: number;
    }
  /** Records of this schema can't be written: for `ttl` ms the answer stays as it is. */
  | {
      readonly kind: 'refused';
      readonly outcome: 'SCHEMA_UNKNOWN' | 'SCHEMA_REFUSED';
      readonly schemaId: number;
      readonly ttl: number;
    }
  /** Nothing is known, because the registry gave no answer: ask again. */
  | { readonly kind: 'unavailable'; readonly code: string };

/** Everything a shard is started with. */
export interface ShardStart {
  readonly shard: number;
  readonly settings: StreamingSettings;
  readonly resolved: ResolvedTopics;
  readonly transactionalId: string;
  readonly groupInstanceId: string | null;
}

export type ToShard =
  /** Connect and join: until then a new thread has only loaded its code. */
  | { readonly type: 'begin' }
  | { readonly type: 'plan-answer'; readonly request: number; readonly answer: PlanAnswer }
  | {
      readonly type: 'reload';
      readonly settings: StreamingSettings;
      readonly resolved: ResolvedTopics;
    }
  | { readonly type: 'topics'; readonly resolved: ResolvedTopics }
  /** With `leave` for good: the group hears of it. */
  | { readonly type: 'drain'; readonly leave: boolean };

export type FromShard =
  | { readonly type: 'started' }
  | { readonly type: 'alive' }
  | { readonly type: 'plan-wanted'; readonly request: number; readonly wanted: PlanWanted }
  | { readonly type: 'event'; readonly event: StreamingEvent }
  | { readonly type: 'report'; readonly report: ShardReport }
  | { readonly type: 'reloaded'; readonly error: SerializedError | null }
  | { readonly type: 'failed'; readonly error: SerializedError }
  | { readonly type: 'drained' };
