/** Asks live Kafka clusters where they keep what. */
import { KafkaAdmin } from '../streaming/kafka/admin.ts';
import { snapshotFormat, type ClusterSnapshot, type KafkaSnapshot } from './topology/snapshot.ts';
import type { ClusterSettings } from '../streaming/settings.ts';

/**
 * Reads all clusters of a configuration. Topics that the principal may not describe are not in the answer, so it needs `Describe` on all
 * topics and on the cluster.
 *
 * @throws KafkaError where a cluster can't be read: nothing is left out in silence
 */
export async function readSnapshot(
  clusters: ReadonlyMap<string, ClusterSettings>,
  now: () => Date,
): Promise<KafkaSnapshot> {
  const taken = now().toISOString();
  const found: [string, ClusterSnapshot][] = [];
  for (const name of [...clusters.keys()].toSorted())
    found.push([name, await readCluster(clusters.get(name)!)]);
  return { format: snapshotFormat, taken, clusters: Object.fromEntries(found) };
}

async function readCluster(settings: ClusterSettings): Promise<ClusterSnapshot> {
  await using admin = await KafkaAdmin.connect(settings);
  const { clusterId, brokers } = await admin.describeCluster();
  const topics = await admin.describePlacement();
  return {
    clusterId,
    brokers: brokers
      .map(({ nodeId, host, port }) => ({ id: nodeId, host, port }))
      .toSorted((a, b) => a.id - b.id),
    topics,
  };
}
