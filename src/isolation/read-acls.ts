/** Asks live Kafka clusters who may do what. */
import { KafkaAdmin } from '../streaming/kafka/admin.ts';
import type { ClusterSettings } from '../streaming/settings.ts';
import type { AclSnapshot, ClusterAcls } from './verification/acl.ts';

/**
 * Reads the lists of all clusters of a configuration; the principal needs `Describe` on the cluster. Super users stand in the brokers' own
 * configuration, which isn't asked: they count as not known.
 *
 * @throws KafkaError where a cluster can't be read: nothing is left out in silence
 */
export async function readAcls(
  clusters: ReadonlyMap<string, ClusterSettings>,
): Promise<AclSnapshot> {
  const found = new Map<string, ClusterAcls>();
  for (const [name, settings] of clusters) {
    await using admin = await KafkaAdmin.connect(settings);
    const bindings = await admin.describeAcls();
    found.set(
      name,
      // Without an authorizer everybody may do everything.
      bindings === null
        ? { bindings: [], superUsers: [], allowEveryoneIfNoAclFound: true }
        : { bindings, superUsers: null, allowEveryoneIfNoAclFound: null },
    );
  }
  return found;
}
