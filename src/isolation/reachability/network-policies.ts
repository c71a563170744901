/** NetworkPolicy to rules: only allow rules, one stage, isolation by policy type. */
import {
  both,
  everything,
  inNamespaces,
  namespaceLabel,
  rekey,
  type Predicate,
} from '../manifests/labels.ts';
import type {
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicyRule,
} from '../manifests/kinds/network-policy.ts';
import { AddressSet } from './address-set.ts';
import { lastPort } from './port-set.ts';
import {
  networkPolicyOrder,
  stages,
  type Direction,
  type Peer,
  type Policy,
  type PortMatch,
  type Rules,
} from './rules.ts';

/** Compiles one NetworkPolicy. */
export function compileNetworkPolicy(policy: NetworkPolicy): Policy {
  const { kind, namespace, name, origin } = policy;
  const own = inNamespaces([namespace]);
  const side = (type: 'Ingress' | 'Egress', direction: Direction): Rules | undefined =>
    policy.types.includes(type)
      ? {
          isolates: true,
          rules: policy[direction].map((rule, i) => compile(rule, direction, i, own)),
        }
      : undefined; // rules of a direction that policyTypes leaves out are inert
  return {
    ref: { kind, namespace, name, origin },
    stage: stages.namespaced,
    order: networkPolicyOrder,
    subjects: both(own, policy.pods),
    ingress: side('Ingress', 'ingress'),
    egress: side('Egress', 'egress'),
  };
}

function compile(
  rule: NetworkPolicyRule,
  direction: Direction,
  index: number,
  own: Predicate,
): Rules['rules'][number] {
  return {
    action: 'allow',
    peers:
      rule.peers.length === 0 ? [{ kind: 'any' }] : rule.peers.map((peer) => asPeer(peer, own)),
    ports: rule.ports.length === 0 ? 'any' : rule.ports.map(asPort),
    path: `${direction}[${index}]`,
    origin: rule.origin,
  };
}

/** `podSelector` alone means the policy's namespace; `namespaceSelector` alone means all pods of those namespaces. */
function asPeer(peer: NetworkPolicyPeer, own: Predicate): Peer {
  if (peer.kind === 'block')
    return { kind: 'addresses', set: AddressSet.block(peer.cidr, peer.except), pods: 'open' };
  const namespaces = peer.namespaces === undefined ? own : rekey(peer.namespaces, namespaceLabel);
  return { kind: 'pods', where: both(namespaces, peer.pods ?? everything) };
}

function asPort({ protocol, port, endPort }: NetworkPolicyPort): PortMatch {
  if (typeof port === 'string') return { kind: 'named', protocol, name: port };
  const first = port ?? 1;
  const last = endPort ?? port ?? lastPort;
  return { kind: 'range', protocol, first, last };
}
