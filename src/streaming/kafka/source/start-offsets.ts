import { listOffsetsV7, type Broker } from '@platformatic/kafka';
import { toKafkaError } from '../connection/client-error.ts';
import type { ClusterMetadata } from '../connection/cluster-metadata.ts';
import { partitionsByTopic } from './committed-offsets.ts';
import type { Connections } from '../connection/connections.ts';
import { KafkaError } from '../kafka-error.ts';
import type { TopicPartition } from '../port.ts';
import { isTransient, patiently, retrying } from '../connection/retry.ts';
import { answerOf, assertNoError } from '../wire/answers.ts';

/** Special timestamps of ListOffsets. */
const timestamps = { earliest: -2n, latest: -1n } as const;
const readCommitted = 1;

/**
 * The first or the last stable offset of partitions that the group never read, asked of their leaders.
 *
 * @throws {@link KafkaError} TOPIC_MISSING, AUTHORIZATION_DENIED, BROKER_UNREACHABLE
 */
export async function readStartOffsets(options: {
  readonly connections: Connections;
  readonly metadata: ClusterMetadata;
  readonly partitions: readonly TopicPartition[];
  readonly startFrom: 'earliest' | 'latest';
  readonly deadline: number;
}): Promise<(TopicPartition & { readonly offset: bigint })[]> {
  const { connections, metadata, partitions, startFrom, deadline } = options;
  const action = 'reading the first offsets of partitions';
  const ask = async (
    broker: Broker,
    own: readonly TopicPartition[],
  ): Promise<(TopicPartition & { readonly offset: bigint })[]> => {
    const connection = await connections.fetch.get(broker);
    const topics = [...partitionsByTopic(own)].map(([name, numbers]) => ({
      name,
      partitions: numbers.map((partitionIndex) => ({
        partitionIndex,
        currentLeaderEpoch: -1,
        timestamp: timestamps[startFrom],
      })),
    }));
    const call = listOffsetsV7.api.async(connection, -1, readCommitted, topics);
    return (await answerOf(call)).topics.flatMap((topic) =>
      topic.partitions.map(({ partitionIndex, errorCode, offset }) => {
        assertNoError(errorCode, action);
        return { topic: topic.name, partition: partitionIndex, offset };
      }),
    );
  };
  return retrying(
    patiently(deadline),
    async () => {
      try {
        await metadata.ensure(partitions.map(({ topic }) => topic));
        const leaders = new Map<number, { broker: Broker; own: TopicPartition[] }>();
        for (const item of partitions) {
          const leader = metadata.leader(item.topic, item.partition);
          if (leader === null) {
            throw new KafkaError('BROKER_UNREACHABLE', action, { reason: 'LEADER_NOT_AVAILABLE' });
          }
          const entry = leaders.get(leader.nodeId) ?? { broker: leader.broker, own: [] };
          entry.own.push(item);
          leaders.set(leader.nodeId, entry);
        }
        const answers = await Promise.all(
          [...leaders.values()].map(({ broker, own }) => ask(broker, own)),
        );
        return answers.flat();
      } catch (error) {
        throw toKafkaError(error, action);
      }
    },
    async (error) => {
      if (!isTransient(error)) return false;
      await metadata.refresh().catch(() => undefined);
      return true;
    },
  );
}
