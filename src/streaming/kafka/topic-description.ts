/** Topics as routes are checked against them. */

export interface TopicDescription {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** True where old values of a key go away, so that records without key are refused. */
  readonly compacted: boolean;
  readonly cleanupPolicy: string;
  /** Largest batch that the topic takes, in bytes. */
  readonly maxMessageBytes: number;
  readonly minInSyncReplicas: number;
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
}

/** Settings of a topic that {@link describeTopic} reads. */
export const topicSettings = [
  'cleanup.policy',
  'max.message.bytes',
  'min.insync.replicas',
  'message.timestamp.type',
] as const;

/** A setting that the broker doesn't tell has Kafka's default. */
export function describeTopic(
  name: string,
  partitions: readonly { readonly replicas: readonly number[] }[],
  settings: ReadonlyMap<string, string>,
): TopicDescription {
  const setting = (key: (typeof topicSettings)[number]): string | undefined => settings.get(key);
  const cleanupPolicy = setting('cleanup.policy') ?? 'delete';
  return {
    name,
    partitions: partitions.length,
    replicationFactor: partitions[0]?.replicas.length ?? 0,
    compacted: cleanupPolicy.split(',').includes('compact'),
    cleanupPolicy,
    maxMessageBytes: Number(setting('max.message.bytes') ?? 1_048_588),
    minInSyncReplicas: Number(setting('min.insync.replicas') ?? 1),
    timestampType:
      setting('message.timestamp.type') === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
  };
}
