/**
 * ClusterNetworkPolicy, `policy.networking.k8s.io/v1alpha2`: in the Admin tier, which is judged before every NetworkPolicy, what is undeclared is
 * denied and what is declared passes on to the NetworkPolicies that stand beside. So nobody else's NetworkPolicy can open anything, and a
 * declared flow needs both.
 *
 * The Admin tier names sources inside of the cluster only: sources outside are left to the NetworkPolicies.
 */
import { metadataOf, type Manifest } from './manifest.ts';
import { named, numbered } from './names.ts';
import { selectorOf, type Peer } from './peers.ts';
import type { AllowedPort, AllowPolicy, AllowRule, Direction, PolicySet } from './policy-set.ts';

const apiVersion = 'policy.networking.k8s.io/v1alpha2';
const kind = 'ClusterNetworkPolicy';

/** Lower is judged first. */
const priorities = { pass: 100, deny: 200 } as const;

/** Items that the API server takes in a list of rules, peers or ports. */
const mostItems = 25;

/** One policy that passes per workload and direction, more where the lists are long, and one that denies per namespace in scope. */
export function clusterNetworkPolicies(set: PolicySet): readonly Manifest[] {
  const names = named([
    ...set.scope.map((namespace) => ({
      key: namespace,
      namespace: '',
      text: `${namespace} default`,
      suffix: 'deny',
    })),
    ...set.allows.map(({ name, subject, direction }) => ({
      key: `${subject.namespace}/${name}`,
      namespace: '',
      text: `${subject.namespace} ${name.replace(/^lethe-/, '').replace(/-(in|e)gress$/, '')}`,
      suffix: direction,
    })),
  ]);
  const nameOf = (key: string): string => names.get(key) ?? '';
  return [
    ...set.allows.flatMap((allow) =>
      passPolicies(set, allow, nameOf(`${allow.subject.namespace}/${allow.name}`)),
    ),
    ...set.scope.map((namespace) => denyPolicy(set, namespace, nameOf(namespace))),
  ];
}

function denyPolicy(set: PolicySet, namespace: string, name: string): Manifest {
  const everybody = { namespaces: {} };
  return {
    apiVersion,
    kind,
    metadata: metadataOf(set, { name, flows: [] }),
    spec: {
      tier: 'Admin',
      priority: priorities.deny,
      subject: { namespaces: selectNamespace(namespace) },
      ingress: [{ name: 'undeclared', action: 'Deny', from: [everybody] }],
      egress: [
        {
          name: 'undeclared',
          action: 'Deny',
          to: [everybody, { networks: ['0.0.0.0/0', '::/0'] }],
        },
      ],
    },
  };
}

function passPolicies(set: PolicySet, allow: AllowPolicy, name: string): readonly Manifest[] {
  const { subject, direction, rules, flows } = allow;
  const pieces = pieced(rules.flatMap((rule) => passRules(rule, direction)));
  return pieces.map((piece, at) => ({
    apiVersion,
    kind,
    metadata: metadataOf(set, { name: numbered(name, at), flows }),
    spec: {
      tier: 'Admin',
      priority: priorities.pass,
      subject: {
        pods: {
          namespaceSelector: selectNamespace(subject.namespace),
          podSelector: selectorOf(subject),
        },
      },
      [direction]: piece,
    },
  }));
}

function passRules({ peers, ports }: AllowRule, direction: Direction): readonly object[] {
  const side = direction === 'ingress' ? 'from' : 'to';
  const known = peers.filter((peer) => peer.kind === 'pods' || direction === 'egress');
  return pieced(known).flatMap((some) =>
    pieced(ports).map((protocols) => ({
      name: 'declared',
      action: 'Pass',
      [side]: some.map(peerOf),
      protocols: protocols.map(protocolOf),
    })),
  );
}

const peerOf = (peer: Peer): object =>
  peer.kind === 'address'
    ? { networks: [peer.cidr] }
    : {
        pods: {
          namespaceSelector: selectNamespace(peer.namespace),
          podSelector: selectorOf(peer),
        },
      };

const protocolOf = ({ protocol, port }: AllowedPort): object => ({
  [protocol === 'TCP' ? 'tcp' : 'udp']: { destinationPort: { number: port } },
});

const selectNamespace = (namespace: string): object => ({
  matchLabels: { 'kubernetes.io/metadata.name': namespace },
});

function pieced<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / mostItems);
  return Array.from({ length: count }, (_, at) =>
    items.slice(at * mostItems, (at + 1) * mostItems),
  );
}
