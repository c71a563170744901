/** ClusterNetworkPolicy, `policy.networking.k8s.io/v1alpha2`, as its author wrote it. */
import type { AddressRange } from '../addresses.ts';
import type { Field } from '../field.ts';
import { namespaceLabel, nothing, both, rekey, type Predicate } from '../labels.ts';
import { parseCidrField } from './network-policy.ts';
import type { Origin, Protocol } from '../objects.ts';
import { parseLabelSelector } from '../selectors.ts';

/** A peer. `unknown` stands for a field that this version does not define, for which the specification asks to fail closed. */
export type ClusterPeer =
  | { readonly kind: 'pods'; readonly where: Predicate }
  | { readonly kind: 'nodes'; readonly all: boolean }
  | { readonly kind: 'networks'; readonly ranges: readonly AddressRange[] }
  | { readonly kind: 'domains' }
  | { readonly kind: 'unknown' };

/** A port match; `name` is a named port of any protocol. */
export type ClusterPort =
  | {
      readonly kind: 'range';
      readonly protocol: Protocol;
      readonly first: number;
      readonly last: number;
    }
  | { readonly kind: 'name'; readonly name: string };

/** A rule; an undefined port list means every port, an empty one (all its items were unreadable) none. */
export interface ClusterRule {
  readonly name: string | undefined;
  readonly action: 'Accept' | 'Deny' | 'Pass';
  readonly peers: readonly ClusterPeer[];
  readonly ports: readonly ClusterPort[] | undefined;
  readonly origin: Origin;
}

/** A ClusterNetworkPolicy. */
export interface ClusterNetworkPolicy {
  readonly kind: 'ClusterNetworkPolicy';
  readonly namespace: undefined;
  readonly name: string;
  readonly tier: 'Admin' | 'Baseline';
  readonly priority: number;
  readonly subject: Predicate;
  readonly ingress: readonly ClusterRule[];
  readonly egress: readonly ClusterRule[];
  readonly origin: Origin;
}

/** Parses a ClusterNetworkPolicy. */
export function parseClusterNetworkPolicy(root: Field): ClusterNetworkPolicy {
  const spec = root.at('spec').only('tier', 'priority', 'subject', 'ingress', 'egress');
  spec.at('tier').required();
  spec.at('priority').need();
  return {
    kind: 'ClusterNetworkPolicy',
    namespace: undefined,
    name: root.at('metadata').at('name').required(),
    tier: spec.at('tier').choice(['Admin', 'Baseline']) ?? 'Baseline',
    priority: spec.at('priority').integer(0, 1_000) ?? 1_000,
    subject: parseSubject(spec.at('subject')),
    ingress: spec
      .at('ingress')
      .items()
      .map((rule) => parseRule(rule, 'from')),
    egress: spec
      .at('egress')
      .items()
      .map((rule) => parseRule(rule, 'to')),
    origin: root.lazyOrigin(),
  };
}

function parseSubject(field: Field): Predicate {
  field.only('namespaces', 'pods');
  if (field.keys().length !== 1) {
    field.complain('error', 'INVALID_FIELD', 'give the subject either "namespaces" or "pods"');
    return nothing;
  }
  return parsePods(field);
}

function parsePods(field: Field): Predicate {
  const namespaces = field.at('namespaces');
  if (namespaces.exists) return rekey(parseLabelSelector(namespaces), namespaceLabel);
  const pods = field.at('pods').only('namespaceSelector', 'podSelector');
  return both(
    rekey(parseLabelSelector(pods.at('namespaceSelector')), namespaceLabel),
    parseLabelSelector(pods.at('podSelector')),
  );
}

function parseRule(rule: Field, side: 'from' | 'to'): ClusterRule {
  rule.only('name', 'action', side, 'protocols');
  rule.at('action').required();
  if (rule.at(side).items().length === 0)
    rule.at(side).complain('error', 'INVALID_FIELD', 'list at least one peer');
  const protocols = rule.at('protocols').items();
  return {
    name: rule.at('name').text(),
    action: rule.at('action').choice(['Accept', 'Deny', 'Pass']) ?? 'Deny',
    peers: rule
      .at(side)
      .items()
      .map((peer) => parsePeer(peer, side)),
    ports: protocols.length === 0 ? undefined : protocols.flatMap((one) => parsePort(one) ?? []),
    origin: rule.lazyOrigin(),
  };
}

function parsePeer(peer: Field, side: 'from' | 'to'): ClusterPeer {
  const [key = ''] = peer.keys();
  const known = [
    'namespaces',
    'pods',
    ...(side === 'to' ? ['nodes', 'networks', 'domainNames'] : []),
  ];
  if (peer.keys().length !== 1 || !known.includes(key)) {
    const message = `give the peer exactly one of ${known.join(', ')}: others fail closed`;
    peer.complain('error', 'INVALID_FIELD', message);
    return { kind: 'unknown' };
  }
  switch (key) {
    case 'nodes':
      return { kind: 'nodes', all: peer.at('nodes').keys().length === 0 };
    case 'networks': {
      const ranges = peer
        .at('networks')
        .items()
        .flatMap((one) => parseCidrField(one) ?? []);
      return { kind: 'networks', ranges };
    }
    case 'domainNames': {
      const message = 'taken as every address outside of the cluster: names are resolved elsewhere';
      peer.complain('warning', 'UNSUPPORTED_FIELD', message);
      return { kind: 'domains' };
    }
    default:
      return { kind: 'pods', where: parsePods(peer) };
  }
}

function parsePort(field: Field): ClusterPort | undefined {
  field.only('tcp', 'udp', 'sctp', 'destinationNamedPort');
  const name = field.at('destinationNamedPort').text();
  if (name !== undefined) return { kind: 'name', name };
  for (const [key, protocol] of [
    ['tcp', 'TCP'],
    ['udp', 'UDP'],
    ['sctp', 'SCTP'],
  ] as const) {
    const match = field.at(key);
    if (!match.exists) continue;
    const port = match.only('destinationPort').at('destinationPort').only('number', 'range');
    if (!port.exists) return { kind: 'range', protocol, first: 1, last: 65_535 };
    const number = port.at('number').integer(1, 65_535);
    if (number !== undefined) return { kind: 'range', protocol, first: number, last: number };
    const range = port.at('range').only('start', 'end');
    const first = range.at('start').integer(1, 65_535);
    const last = range.at('end').integer(1, 65_535);
    if (first !== undefined && last !== undefined && first <= last)
      return { kind: 'range', protocol, first, last };
    port.complain('error', 'INVALID_FIELD', 'give the port a "number", or a "range" that rises');
    return undefined;
  }
  const message = 'give the item one of "tcp", "udp", "sctp" or "destinationNamedPort"';
  field.complain('error', 'INVALID_FIELD', message);
  return undefined;
}
