/** NetworkPolicy, `networking.k8s.io/v1`: what every network plugin with policies enforces. */
import { metadataOf, type Manifest } from './manifest.ts';
import { selectorOf, type Peer } from './peers.ts';
import type { AllowPolicy, AllowRule, PolicySet } from './policy-set.ts';

const apiVersion = 'networking.k8s.io/v1';
const kind = 'NetworkPolicy';

/** Default deny in both directions for each namespace in scope, and one allow policy per workload and direction. */
export function networkPolicies(set: PolicySet): readonly Manifest[] {
  return [
    ...set.scope.map((namespace): Manifest => ({
      apiVersion,
      kind,
      metadata: metadataOf(set, { name: 'lethe-default-deny', namespace, flows: [] }),
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    })),
    ...set.allows.map((allow) => allowPolicy(set, allow)),
  ];
}

function allowPolicy(
  set: PolicySet,
  { name, subject, direction, rules, flows }: AllowPolicy,
): Manifest {
  return {
    apiVersion,
    kind,
    metadata: metadataOf(set, { name, namespace: subject.namespace, flows }),
    spec: {
      podSelector: selectorOf(subject),
      policyTypes: [direction === 'ingress' ? 'Ingress' : 'Egress'],
      [direction]: rules.map((rule) => ruleOf(rule, direction === 'ingress' ? 'from' : 'to')),
    },
  };
}

const ruleOf = (
  { peers, ports }: AllowRule,
  side: 'from' | 'to',
): Readonly<Record<string, unknown>> => ({
  [side]: peers.map(peerOf),
  ports: ports.map(({ protocol, port }) => ({ protocol, port })),
});

/** Always namespace and pods: labels of pods alone may be set by any tenant, the name of a namespace by nobody. */
const peerOf = (peer: Peer): Readonly<Record<string, unknown>> =>
  peer.kind === 'address'
    ? { ipBlock: { cidr: peer.cidr } }
    : {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': peer.namespace } },
        podSelector: selectorOf(peer),
      };
