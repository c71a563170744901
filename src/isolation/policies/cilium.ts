/**
 * CiliumNetworkPolicy, `cilium.io/v2`. Denies beat every allow, so each workload also denies what is not declared for it: an allow by
 * somebody else can't undo that. What is declared for another workload that may be the same pod is spared. Nodes are never denied, since probes come from there. No rule looks into the Kafka protocol: Cilium
 * removed that, and what is left of such a rule opens the whole port.
 */
import { undeclared } from './cilium-denies.ts';
import { metadataOf, type Manifest } from './manifest.ts';
import { selectorOf, type PodPeer } from './peers.ts';
import type { AllowPolicy, AllowRule, Direction, PolicySet } from './policy-set.ts';

const apiVersion = 'cilium.io/v2';
const kind = 'CiliumNetworkPolicy';

/** Default deny per namespace in scope, and one policy per workload and direction that allows what is declared and denies the rest. */
export function ciliumPolicies(set: PolicySet): readonly Manifest[] {
  return [
    ...set.scope.map((namespace): Manifest => ({
      apiVersion,
      kind,
      metadata: metadataOf(set, { name: 'lethe-default-deny', namespace, flows: [] }),
      // A rule without peers and ports allows nothing and isolates.
      spec: { endpointSelector: {}, ingress: [{}], egress: [{}] },
    })),
    ...set.allows.map((allow) => policyOf(set, allow)),
  ];
}

function policyOf(set: PolicySet, allow: AllowPolicy): Manifest {
  const { name, subject, direction, rules, flows } = allow;
  return {
    apiVersion,
    kind,
    metadata: metadataOf(set, { name, namespace: subject.namespace, flows }),
    spec: {
      endpointSelector: selectorOf(subject, labelKey),
      [direction]: rules.flatMap((rule) => allowRules(rule, direction)),
      [`${direction}Deny`]: undeclared(
        set.allows.filter((other) => mayBeSame(other, allow)).flatMap((other) => other.rules),
        direction,
      ),
    },
  };
}

/** Whether one pod may be both workloads: then neither may deny what is declared for the other. */
function mayBeSame(a: AllowPolicy, b: AllowPolicy): boolean {
  if (a.direction !== b.direction || a.subject.namespace !== b.subject.namespace) return false;
  const other = new Map(b.subject.labels);
  return a.subject.labels.every(([key, values]) => {
    const also = other.get(key);
    return also === undefined || values.some((value) => also.includes(value));
  });
}

/** Pods and addresses can't stand in one rule. */
function allowRules({ peers, ports }: AllowRule, direction: Direction): readonly object[] {
  const side = direction === 'ingress' ? 'from' : 'to';
  const pods = peers.filter((peer) => peer.kind === 'pods').map(endpoints);
  const blocks = peers.flatMap((peer) => (peer.kind === 'address' ? [peer.cidr] : []));
  const toPorts = [
    { ports: ports.map(({ protocol, port }) => ({ port: String(port), protocol })) },
  ];
  return [
    ...(pods.length > 0 ? [{ [`${side}Endpoints`]: pods, toPorts }] : []),
    ...(blocks.length > 0 ? [{ [`${side}CIDR`]: blocks, toPorts }] : []),
  ];
}

function endpoints(peer: PodPeer): object {
  const { matchLabels, ...others } = selectorOf(peer, labelKey);
  return { matchLabels: { [namespaceKey]: peer.namespace, ...matchLabels }, ...others };
}

/** Labels carry their source. */
const labelKey = (key: string): string => `k8s:${key}`;
const namespaceKey = labelKey('io.kubernetes.pod.namespace');
