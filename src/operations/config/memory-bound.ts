import type { ServiceSettings, StreamingSettings } from '../../streaming/settings.ts';

/** What record data may take at most, by configuration. The base of the process (code, threads, libraries) comes on top. */
export interface MemoryBound {
  readonly shards: number;
  /** Bytes of records, raw and encoded, that one shard may hold. */
  readonly perShard: number;
  /** Bytes of schema texts that the registry cache may hold on top; reached only if every cached schema has the largest size. */
  readonly schemas: number;
  /** shards × perShard. */
  readonly total: number;
}

/**
 * One shard holds its in-flight bytes, one Fetch response that is still arriving, one output batch that is being encoded, and the record
 * under the cursor twice (source and replacement).
 */
export function memoryBound(
  settings: Pick<StreamingSettings, 'service' | 'registry'>,
): MemoryBound {
  const { shards, limits }: ServiceSettings = settings.service;
  const perShard =
    limits.inFlightBytes + limits.fetchBytes + limits.outputBatchBytes + 2 * limits.recordBytes;
  const schemas = settings.registry.cacheEntries * limits.schemaBytes;
  return { shards, perShard, schemas, total: shards * perShard };
}
