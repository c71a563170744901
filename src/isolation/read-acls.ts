/** Asks live Kafka clusters who may do what. */
import { serializeError } from '../foundation/errors.ts';
import { KafkaAdmin } from '../streaming/kafka/admin.ts';
import type { ClusterSettings } from '../streaming/settings.ts';
import type { AclSnapshot, ClusterAcls } from './verification/acl.ts';

/** What each cluster said: its lists, or the code of why there are none; `NO_AUTHORIZER` where nobody checks anything. */
export type AclReplies = ReadonlyMap<string, ClusterAcls | { readonly code: string }>;

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
    const lists = await readCluster(settings);
    // Without an authorizer everybody may do everything.
    found.set(name, lists ?? { bindings: [], superUsers: [], allowEveryoneIfNoAclFound: true });
  }
  return found;
}

/** Asks every cluster by itself: one that refuses takes nothing away from the others. Never rejects. */
export async function askForAcls(
  clusters: ReadonlyMap<string, ClusterSettings>,
): Promise<AclReplies> {
  const asked = [...clusters].map(async ([name, settings]) => {
    try {
      return [name, (await readCluster(settings)) ?? { code: 'NO_AUTHORIZER' }] as const;
    } catch (error) {
      return [name, { code: serializeError(error).code }] as const;
    }
  });
  return new Map(await Promise.all(asked));
}

/** `null` where the cluster has no authorizer. */
async function readCluster(settings: ClusterSettings): Promise<ClusterAcls | null> {
  await using admin = await KafkaAdmin.connect(settings);
  const bindings = await admin.describeAcls();
  return bindings === null ? null : { bindings, superUsers: null, allowEveryoneIfNoAclFound: null };
}
