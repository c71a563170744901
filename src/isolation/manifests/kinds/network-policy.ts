/** NetworkPolicy, `networking.k8s.io/v1`, as its author wrote it, with the defaults of the API server filled in. */
import { parseCidr, type AddressRange } from '../addresses.ts';
import type { Field } from '../field.ts';
import type { Predicate } from '../labels.ts';
import type { Origin, Protocol } from '../objects.ts';
import { parseLabelSelector } from '../selectors.ts';

/** A port, a range of ports, or a name that the destination pod resolves. No number and no name: every port of the protocol. */
export interface NetworkPolicyPort {
  readonly protocol: Protocol;
  readonly port: number | string | undefined;
  readonly endPort: number | undefined;
}

/** One peer. Exactly one of both kinds; absent selectors inside `pods` mean what the specification says they mean. */
export type NetworkPolicyPeer =
  | {
      readonly kind: 'pods';
      readonly pods: Predicate | undefined;
      readonly namespaces: Predicate | undefined;
    }
  | {
      readonly kind: 'block';
      readonly cidr: AddressRange;
      readonly except: readonly AddressRange[];
    };

/** One rule; empty lists mean "any peer" and "any port". */
export interface NetworkPolicyRule {
  readonly peers: readonly NetworkPolicyPeer[];
  readonly ports: readonly NetworkPolicyPort[];
  readonly origin: Origin;
}

/** A NetworkPolicy. */
export interface NetworkPolicy {
  readonly kind: 'NetworkPolicy';
  readonly namespace: string;
  readonly name: string;
  readonly pods: Predicate;
  readonly types: readonly ('Ingress' | 'Egress')[];
  readonly ingress: readonly NetworkPolicyRule[];
  readonly egress: readonly NetworkPolicyRule[];
  readonly origin: Origin;
}

/** Parses a NetworkPolicy. */
export function parseNetworkPolicy(root: Field): NetworkPolicy {
  const spec = root.at('spec');
  spec.only('podSelector', 'policyTypes', 'ingress', 'egress');
  const ingress = spec
    .at('ingress')
    .items()
    .map((rule) => parseRule(rule, 'from'));
  const egress = spec
    .at('egress')
    .items()
    .map((rule) => parseRule(rule, 'to'));
  return {
    kind: 'NetworkPolicy',
    namespace: root.at('metadata').at('namespace').text() ?? 'default',
    name: root.at('metadata').at('name').required(),
    pods: parseLabelSelector(spec.at('podSelector')),
    types: parseTypes(spec.at('policyTypes'), egress.length > 0),
    ingress,
    egress,
    origin: root.lazyOrigin(),
  };
}

const types = ['Ingress', 'Egress'] as const;

/** An absent or empty list means Ingress, and Egress too where there is an egress rule; a written list wins. */
function parseTypes(field: Field, hasEgress: boolean): NetworkPolicy['types'] {
  const written = field.items().flatMap((item) => item.choice(types) ?? []);
  if (field.items().length > 0) return [...new Set(written)];
  return hasEgress ? ['Ingress', 'Egress'] : ['Ingress'];
}

function parseRule(rule: Field, side: 'from' | 'to'): NetworkPolicyRule {
  rule.only(side, 'ports');
  const peers = rule.at(side).items();
  const ports = rule.at('ports').items();
  return {
    // A list whose items are all unreadable must not turn into the empty list, which means everything.
    peers: peers.map((peer) => parsePeer(peer)),
    ports: ports.map((port) => parsePort(port)),
    origin: rule.lazyOrigin(),
  };
}

const nobody: NetworkPolicyPeer = {
  kind: 'pods',
  pods: { kind: 'any', of: [] },
  namespaces: undefined,
};

/** Parses one item of `from` or `to`. */
export function parsePeer(peer: Field): NetworkPolicyPeer {
  peer.only('podSelector', 'namespaceSelector', 'ipBlock');
  const [pods, namespaces, block] = [
    peer.at('podSelector'),
    peer.at('namespaceSelector'),
    peer.at('ipBlock'),
  ];
  if (block.exists) {
    if (pods.exists || namespaces.exists)
      peer.complain('error', 'INVALID_FIELD', 'move "ipBlock" into a peer of its own');
    return parseBlock(block);
  }
  if (!pods.exists && !namespaces.exists) {
    const message = 'give the peer a "podSelector", a "namespaceSelector" or an "ipBlock"';
    peer.complain('error', 'INVALID_FIELD', message);
    return nobody;
  }
  return {
    kind: 'pods',
    pods: pods.exists ? parseLabelSelector(pods) : undefined,
    namespaces: namespaces.exists ? parseLabelSelector(namespaces) : undefined,
  };
}

/** Parses `ipBlock`; exceptions must lie inside the block and be smaller (validation of networking/v1). */
export function parseBlock(block: Field): NetworkPolicyPeer {
  block.only('cidr', 'except');
  const cidr = parseCidrField(block.at('cidr'));
  if (cidr === undefined) return nobody;
  const except = block
    .at('except')
    .items()
    .flatMap((item) => {
      const range = parseCidrField(item);
      if (range === undefined) return [];
      const inside =
        range.family === cidr.family && range.first >= cidr.first && range.last <= cidr.last;
      const smaller = range.last - range.first < cidr.last - cidr.first;
      if (!inside || !smaller)
        item.complain('error', 'INVALID_FIELD', 'choose an exception strictly inside the "cidr"');
      return [range];
    });
  return { kind: 'block', cidr, except };
}

/** Parses a text such as `10.0.0.0/8` or `fd00::/8`. */
export function parseCidrField(field: Field): AddressRange | undefined {
  const text = field.required();
  const range = parseCidr(text);
  if (range === undefined && field.exists)
    field.complain('error', 'INVALID_FIELD', 'write a CIDR such as "10.0.0.0/8" or "fd00::/8"');
  return range;
}

function parsePort(port: Field): NetworkPolicyPort {
  port.only('protocol', 'port', 'endPort');
  const protocol = port.at('protocol').choice(['TCP', 'UDP', 'SCTP']) ?? 'TCP';
  const number = port.at('port');
  const named = typeof number.raw === 'string';
  const first = named ? number.text() : number.integer(1, 65_535);
  const endPort = port.at('endPort').integer(1, 65_535);
  const unreadable = number.exists && first === undefined;
  if (typeof first === 'string' && !/[a-z]/i.test(first))
    number.complain(
      'error',
      'INVALID_FIELD',
      'write a number without quotes, or a port name with a letter',
    );
  if (endPort !== undefined && (typeof first !== 'number' || endPort < first)) {
    const message = 'pair "endPort" with a numeric "port" that is not above it';
    port.at('endPort').complain('error', 'INVALID_FIELD', message);
    return { protocol, port: '', endPort: undefined };
  }
  // An unreadable port becomes a name that no pod serves, so that it allows nothing.
  return { protocol, port: unreadable ? '' : first, endPort };
}
