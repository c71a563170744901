import { LetheError } from '../../foundation/errors.ts';

export type ShardErrorCode =
  | 'ROUTE_LOOP'
  | 'ROUTE_OVERLAP'
  | 'ROUTE_PATTERN_INVALID'
  | 'TOPIC_MISSING'
  | 'TOPIC_PARTITIONS_TOO_FEW'
  | 'TOPIC_COMPACTED_KEY_LOSSY'
  | 'SHARD_CRASH_LOOP'
  | 'SERVICE_STATE'
  | 'RELOAD_NEEDS_RESTART';

/** What keeps routes or shards from running. */
export class ShardError extends LetheError<ShardErrorCode> {}
