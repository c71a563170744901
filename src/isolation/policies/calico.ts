/**
 * Policies of Calico, `projectcalico.org/v3`. They are judged in their order, and the NetworkPolicies of Kubernetes have order 1000: what is
 * denied before can't be undone by them.
 */
import { metadataOf, type Manifest } from './manifest.ts';
import type { Labels, Peer } from './peers.ts';
import type { AllowPolicy, AllowRule, Direction, PolicySet } from './policy-set.ts';

const apiVersion = 'projectcalico.org/v3';
const tier = 'default';
const orders = { allow: 100, deny: 200 } as const;

/** One NetworkPolicy that allows per workload and direction, one GlobalNetworkPolicy that denies the rest in all namespaces in scope. */
export function calicoPolicies(
  set: PolicySet,
  /** Calico only reports what staged policies would do. */
  { staged }: { readonly staged: boolean },
): readonly Manifest[] {
  const kind = (name: string): string => (staged ? `Staged${name}` : name);
  const namespaces = set.scope.map((name) => `"${name}"`).join(', ');
  return [
    ...set.allows.map((allow) => allowPolicy(set, allow, kind('NetworkPolicy'))),
    {
      apiVersion,
      kind: kind('GlobalNetworkPolicy'),
      metadata: metadataOf(set, { name: 'lethe-default-deny', flows: [] }),
      spec: {
        tier,
        order: orders.deny,
        namespaceSelector: `${namespaceKey} in {${namespaces}}`,
        selector: 'all()',
        types: ['Ingress', 'Egress'],
        ingress: [{ action: 'Deny' }],
        egress: [{ action: 'Deny' }],
      },
    },
  ];
}

const namespaceKey = 'kubernetes.io/metadata.name';

function allowPolicy(
  set: PolicySet,
  { name, subject, direction, rules, flows }: AllowPolicy,
  kind: string,
): Manifest {
  return {
    apiVersion,
    kind,
    metadata: metadataOf(set, { name, namespace: subject.namespace, flows }),
    spec: {
      tier,
      order: orders.allow,
      selector: selectorText(subject.labels),
      types: [direction === 'ingress' ? 'Ingress' : 'Egress'],
      [direction]: rules.flatMap((rule) => rulesOf(rule, direction)),
    },
  };
}

/** A rule has one peer and one protocol. */
function rulesOf({ peers, ports }: AllowRule, direction: Direction): readonly object[] {
  return peers.flatMap((peer) =>
    (['TCP', 'UDP'] as const).flatMap((protocol) => {
      const numbers = ports.filter((port) => port.protocol === protocol).map(({ port }) => port);
      if (numbers.length === 0) return [];
      const there = entityOf(peer);
      return direction === 'ingress'
        ? [{ action: 'Allow', protocol, source: there, destination: { ports: numbers } }]
        : [{ action: 'Allow', protocol, destination: { ...there, ports: numbers } }];
    }),
  );
}

const entityOf = (peer: Peer): object =>
  peer.kind === 'address'
    ? { nets: [peer.cidr] }
    : {
        selector: selectorText(peer.labels),
        namespaceSelector: `${namespaceKey} == "${peer.namespace}"`,
      };

const selectorText = (labels: Labels): string =>
  labels
    .map(([key, values]) =>
      values.length === 1
        ? `${key} == "${values[0] ?? ''}"`
        : `${key} in {${values.map((value) => `"${value}"`).join(', ')}}`,
    )
    .join(' && ');
