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

/** Built-in groups; none of their other kinds changes who may talk to whom, as far as policies go. */
const harmlessGroups: ReadonlySet<string> = new Set([
  '',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'apps',
  'autoscaling',
  'batch',
  'cert-manager.io',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'monitoring.coreos.com',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
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
  if (harmlessGroups.has(group)) return false;
  return /Network.*(Policy|Set)|Firewall|(Egress|Ingress|Traffic|Authorization)Policy/.test(kind);
}
