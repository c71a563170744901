import { LetheError } from '../../foundation/errors.ts';

export type ShardErrorCode =
  | 'ROUTE_LOOP'
  | 'ROUTE_OVERLAP'
  | 'ROUTE_PATTERN_INVALID'
  | 'TOPIC_MISSING'
  | 'TOPIC_PARTITIONS_TOO_FEW'
  | 'TOPIC_COMPACTED_KEY_LOSSY'
  | 'SHARD_CRASHED'
  | 'SHARD_HEARTBEAT_MISSED'
  | 'SHARD_RELOAD_LATE'
  | 'SHARD_NOT_RUNNING'
  | 'SHARD_CRASH_LOOP'
  | 'DEPENDENCY_AWAITED'
  | 'SERVICE_STATE';

/** What keeps routes or shards from running. */
export class ShardError extends LetheError<ShardErrorCode> {}
