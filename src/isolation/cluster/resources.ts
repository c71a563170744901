/** Which kinds of objects the server has that matter: workloads, doors, and every kind that may be a policy. */
import { mayBePolicy } from '../manifests/kinds/known-kinds.ts';
import { isObject, reasonOf, type Resource } from './listing.ts';
import type { ApiServer } from './api-server.ts';

/** What there is to be listed. */
export interface Discovery {
  /** Policies of every flavour that is installed. */
  readonly policies: readonly Resource[];
  /** Groups that did not say what they have, so that policies may be among it. */
  readonly unknown: readonly { readonly group: string; readonly reason: string }[];
  /** Flavours that are known here and not installed. */
  readonly absent: readonly string[];
}

const core = (plural: string, kind: string): Resource => ({
  group: '',
  version: 'v1',
  kind,
  plural,
});
const built = (group: string, plural: string, kind: string): Resource => ({
  group,
  version: 'v1',
  kind,
  plural,
});

/** What every cluster has. */
export const builtIn = {
  namespaces: core('namespaces', 'Namespace'),
  pods: core('pods', 'Pod'),
  serviceAccounts: core('serviceaccounts', 'ServiceAccount'),
  services: core('services', 'Service'),
  controllers: [
    built('apps', 'deployments', 'Deployment'),
    built('apps', 'replicasets', 'ReplicaSet'),
    built('apps', 'statefulsets', 'StatefulSet'),
    built('apps', 'daemonsets', 'DaemonSet'),
    built('batch', 'jobs', 'Job'),
    built('batch', 'cronjobs', 'CronJob'),
    core('replicationcontrollers', 'ReplicationController'),
  ],
  ingresses: built('networking.k8s.io', 'ingresses', 'Ingress'),
  networkPolicies: built('networking.k8s.io', 'networkpolicies', 'NetworkPolicy'),
} as const;

/** Flavours that the evaluator knows besides NetworkPolicy. */
const flavours = ['policy.networking.k8s.io', 'cilium.io', 'projectcalico.org'] as const;

/**
 * Asks the server for its groups and their kinds.
 *
 * @throws KubernetesError where the server can't be reached or talks nonsense
 */
export async function discover(server: ApiServer): Promise<Discovery> {
  const { status, body } = await server.get('/apis');
  const groups = isObject(body) ? body['groups'] : undefined;
  if (status !== 200 || !Array.isArray(groups))
    return {
      policies: [builtIn.networkPolicies],
      unknown: [{ group: 'all groups', reason: `${status} ${reasonOf(body)}` }],
      absent: [],
    };
  const versions = groups.filter(isObject).flatMap((one) => preferred(one) ?? []);
  const names = new Set(versions.map(({ group }) => group));
  const policies: Resource[] = [builtIn.networkPolicies];
  const unknown: { group: string; reason: string }[] = [];
  for (const { group, version } of versions) {
    // Calico's own API server shows the same objects under their proper names.
    if (group === 'crd.projectcalico.org' && names.has('projectcalico.org')) continue;
    const found = await kindsOf(server, group, version);
    if ('reason' in found) unknown.push({ group, reason: found.reason });
    else policies.push(...found.kinds.filter(({ kind }) => mayBePolicy(kind, group)));
  }
  return {
    policies: policies.filter(
      ({ plural, group }, at) =>
        policies.findIndex((one) => one.plural === plural && one.group === group) === at,
    ),
    unknown,
    absent: flavours.filter((flavour) => !names.has(flavour) && !names.has(`crd.${flavour}`)),
  };
}

function preferred(
  group: Readonly<Record<string, unknown>>,
): { readonly group: string; readonly version: string } | undefined {
  const chosen = group['preferredVersion'];
  const [name, version] = [group['name'], isObject(chosen) ? chosen['version'] : undefined];
  return typeof name === 'string' && typeof version === 'string'
    ? { group: name, version }
    : undefined;
}

/** Kinds of one group that can be listed; not their parts, such as `networkpolicies/status`. */
async function kindsOf(
  server: ApiServer,
  group: string,
  version: string,
): Promise<{ readonly kinds: readonly Resource[] } | { readonly reason: string }> {
  const { status, body } = await server.get(
    `/apis/${encodeURIComponent(group)}/${encodeURIComponent(version)}`,
  );
  const resources = isObject(body) ? body['resources'] : undefined;
  if (status !== 200 || !Array.isArray(resources)) return { reason: `${status} ${reasonOf(body)}` };
  return {
    kinds: resources.filter(isObject).flatMap(({ name: plural, kind, verbs }) => {
      if (typeof plural !== 'string' || typeof kind !== 'string' || plural.includes('/')) return [];
      return Array.isArray(verbs) && verbs.includes('list')
        ? [{ group, version, kind, plural }]
        : [];
    }),
  };
}
