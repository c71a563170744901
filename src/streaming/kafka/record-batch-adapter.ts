/**
 * The product's path to Kafka: record batches stay bytes from Fetch to Produce.
 *
 *     const source = recordBatchAdapter.createSource({ cluster, service, topics, groupInstanceId });
 *     const sink = recordBatchAdapter.createSink({ cluster: target, sourceCluster: cluster, service, transactionalId });
 *     const writer = new RecordBatchWriter({ maxBatchBytes, transactional: isTransactional(cluster, target) });
 *
 * Order on assignment: `sink.open()` → `source.seekToCommitted(generation)` → `source.fetch(…)`. Within one cluster the sink is
 * transactional (exactly once); between two clusters it is idempotent and commits offsets after producing (at least once).
 */
import type { ClusterSettings, ServiceSettings } from '../settings.ts';
import { codecs } from './batches/compression.ts';
import { IdempotentSink } from './sink/idempotent-sink.ts';
import type { Capabilities, Sink, Source } from './port.ts';
import { RecordBatchSource } from './source/record-batch-source.ts';
import { TransactionalSink } from './sink/transactional-sink.ts';

export interface SourceOptions {
  readonly cluster: ClusterSettings;
  readonly service: ServiceSettings;
  /** Topics of the first subscription; `Source.subscribe` changes it. */
  readonly topics: readonly string[];
  /** Name of this member for static membership (one per shard); `null` for dynamic membership. */
  readonly groupInstanceId: string | null;
}

export interface SinkOptions {
  /** Where records go. */
  readonly cluster: ClusterSettings;
  /** Where records come from and offsets are committed. */
  readonly sourceCluster: ClusterSettings;
  readonly service: ServiceSettings;
  /** Stable across restarts, unique per shard; unused between two clusters. */
  readonly transactionalId: string;
}

/** What the shard needs of a way to Kafka. */
export interface KafkaAdapter {
  readonly capabilities: Capabilities;
  createSource(options: SourceOptions): Source;
  createSink(options: SinkOptions): Sink;
}

/** True where output and offsets can commit in one transaction: both on the same cluster. */
export function isTransactional(source: ClusterSettings, target: ClusterSettings): boolean {
  return source.name === target.name;
}

export const recordBatchAdapter: KafkaAdapter = {
  capabilities: { exactlyOnce: 'group metadata', staticMembership: true, codecs },
  createSource: (options) => new RecordBatchSource(options),
  createSink: (options) =>
    isTransactional(options.sourceCluster, options.cluster)
      ? new TransactionalSink(options)
      : new IdempotentSink(options),
};
