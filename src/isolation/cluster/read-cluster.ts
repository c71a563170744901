/** A live cluster as manifests: the same value as files give, so that everything behind it is the same. */
import { Complaints } from '../manifests/complaints.ts';
import { parseObjects, type Manifests } from '../manifests/manifests.ts';
import { ApiServer, type ApiServerOptions } from './api-server.ts';
import { loadKubeConfig, type KubeConfigOptions } from './kube-config.ts';
import { list, resourceName, type ListedObject, type Listing, type Resource } from './listing.ts';
import { liveWorkloads, nameOf, namespaceOf } from './live-workloads.ts';
import { builtIn, discover } from './resources.ts';

export interface ReadClusterOptions extends Partial<KubeConfigOptions> {
  readonly requests?: ApiServerOptions;
}

/** What was read, and of what. */
export interface LiveCluster {
  /** Origins are `Kind/namespace/name`, line 0. What could not be read is a complaint of severity `error`. */
  readonly manifests: Manifests;
  /** Address of the API server. */
  readonly server: string;
  readonly context: string;
  /** Groups of policies that are known here and not installed there. */
  readonly absent: readonly string[];
}

/** Where complaints about reading begin, in place of a file. */
export const clusterPlace = 'kubernetes:';

/**
 * Reads namespaces, pods, controllers, service accounts, doors and policies of all flavours that are installed. With partial rights it goes on,
 * and complains about what it was not shown: what follows from half of the policies is not verified.
 *
 * @throws KubernetesError where the cluster can't be found, reached or talked to
 */
export async function readCluster(options: ReadClusterOptions = {}): Promise<LiveCluster> {
  const { context = null, kubeconfig = null, requests } = options;
  const config = loadKubeConfig({ context, kubeconfig });
  const server = new ApiServer(config, requests);
  const complaints = new Complaints();
  const read = async (resource: Resource): Promise<readonly ListedObject[]> =>
    listed(resource, await list(server, resource), complaints);
  const { policies, unknown, absent } = await discover(server);
  for (const { group, reason } of unknown)
    complaints.add(
      'error',
      'UNREADABLE',
      `${clusterPlace} ${group}`,
      `make the API server tell what "${group}" has: ${reason}`,
    );
  const objects = [
    ...(await read(builtIn.namespaces)),
    ...(await read(builtIn.serviceAccounts)),
    ...(await read(builtIn.services)),
    ...(await read(builtIn.ingresses)),
    ...liveWorkloads(await read(builtIn.pods), await all(builtIn.controllers, read)),
    ...(await all(policies, read)),
  ];
  const manifests = parseObjects(
    objects.map((value) => ({ name: originOf(value), value })),
    // What the operators made is there to be read.
    { complaints, strimziPolicies: 'ignore' },
  );
  return { manifests, server: server.address, context: config.currentContext, absent };
}

async function all(
  resources: readonly Resource[],
  read: (resource: Resource) => Promise<readonly ListedObject[]>,
): Promise<readonly ListedObject[]> {
  const found: ListedObject[] = [];
  // One after the other: the server has others to serve.
  for (const resource of resources) for (const one of await read(resource)) found.push(one);
  return found;
}

function listed(
  resource: Resource,
  listing: Listing,
  complaints: Complaints,
): readonly ListedObject[] {
  switch (listing.kind) {
    case 'listed':
      return listing.objects;
    case 'absent':
      // A kind that discovery named a moment ago, or one that every cluster has.
      complaints.add(
        'error',
        'UNREADABLE',
        `${clusterPlace} ${resourceName(resource)}`,
        `check the API server: it does not serve "${resourceName(resource)}" (404)`,
      );
      return [];
    case 'refused': {
      const name = resourceName(resource);
      const message =
        listing.status === 403
          ? `grant the verb "list" on "${name}" in all namespaces: ${listing.reason}`
          : `list "${name}" again: the API server answers ${listing.status}, ${listing.reason}`;
      complaints.add('error', 'UNREADABLE', `${clusterPlace} list ${name}`, message);
      return [];
    }
  }
}

/** `Kind/namespace/name`, or `Kind/name` for objects of the whole cluster. */
function originOf(object: ListedObject): string {
  const kind = typeof object['kind'] === 'string' ? object['kind'] : 'Object';
  return [kind, namespaceOf(object), nameOf(object)].filter((part) => part !== '').join('/');
}
