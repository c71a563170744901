/** What is known about kinds of objects: which carry pods, which are policies, and which can't affect policy. */

/** Kinds that carry pods, with the API groups that define them. */
const workloadKinds: ReadonlyMap<string, readonly string[]> = new Map([
  ['Pod', ['']],
  ['ReplicationController', ['']],
  ['Deployment', ['apps', 'extensions']],
  ['ReplicaSet', ['apps', 'extensions']],
  ['StatefulSet', ['apps']],
  ['DaemonSet', ['apps', 'extensions']],
  ['Job', ['batch']],
  ['CronJob', ['batch']],
]);

/** Groups whose objects change who may talk to whom in ways that this evaluator does not know. */
const policyGroups: ReadonlySet<string> = new Set([
  'cilium.io',
  'crd.antrea.io',
  'crd.projectcalico.org',
  'k8s.ovn.org',
  'kubeovn.io',
  'kuma.io',
  'networking.istio.io',
  'policy.linkerd.io',
  'policy.networking.k8s.io',
  'projectcalico.org',
  'security.antrea.io',
  'security.istio.io',
]);

/** Kinds of the policy groups that hold no rules: addresses, pools, peers, status. */
const harmlessKinds =
  /^(Cilium(Endpoint|EndpointSlice|Identity|Node|NodeConfig|LoadBalancerIPPool|BGP\w*|L2Announcement\w*|PodIPPool)|BGP\w+|BlockAffinity|CalicoNodeStatus|ClusterInformation|FelixConfiguration|IPAM\w+|IPPool|IPReservation|KubeControllersConfiguration|Node|ExternalIPPool|IPPools?|Subnet|Vpc|DestinationRule|Gateway|EgressIP)$/;

/** The group of an `apiVersion`; empty for the core group. */
export const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';

/** Whether the object is one of Kubernetes' own workload kinds; an absent `apiVersion` is forgiven, as in items of lists. */
export function isWorkload(kind: string, group: string | undefined): boolean {
  const groups = workloadKinds.get(kind);
  return groups !== undefined && (group === undefined || groups.includes(group));
}

/** Calico's staged kinds are previews: nobody enforces them. */
export const isStaged = (kind: string, group: string): boolean =>
  group.endsWith('projectcalico.org') && kind.startsWith('Staged');

/** Whether an object of an unhandled kind may decide about connections, so that leaving it out would be a silent lie. */
export function mayBePolicy(kind: string, group: string): boolean {
  if (policyGroups.has(group)) return !harmlessKinds.test(kind);
  // In any group and spelling: a kind that no API server knows is no harmless kind, it is a policy that nobody enforces.
  return /network.*(polic(y|ies)|set)|firewall|(egress|ingress|traffic|authorization)polic/i.test(
    kind,
  );
}
