/**
 * The specification once more, as slowly and plainly as it can be said: one packet, one pod, one policy at a time. The oracle for
 * the evaluator; it shares the parsed objects with it and nothing else.
 */
import { parseAddress, type AddressRange } from '../../../src/isolation/manifests/addresses.ts';
import type {
  ClusterNetworkPolicy,
  ClusterRule,
} from '../../../src/isolation/manifests/kinds/cluster-network-policy.ts';
import { matches, type Predicate } from '../../../src/isolation/manifests/labels.ts';
import type { Manifests } from '../../../src/isolation/manifests/manifests.ts';
import type {
  NetworkPolicy,
  NetworkPolicyRule,
} from '../../../src/isolation/manifests/kinds/network-policy.ts';
import type { PodShape, Protocol } from '../../../src/isolation/manifests/objects.ts';

/** A pod, or an address outside. */
export interface Party {
  readonly namespace: string | undefined;
  readonly shape: PodShape | undefined;
  readonly address: string | undefined;
}

export interface Packet {
  readonly source: Party;
  readonly destination: Party;
  readonly protocol: Protocol;
  readonly port: number;
}

/** Whether the packet gets through: egress of the source and ingress of the destination. */
export function getsThrough(
  manifests: Manifests,
  packet: Packet,
  blocksMatchPods: boolean,
): boolean {
  const { source, destination } = packet;
  const side = (direction: 'ingress' | 'egress'): boolean => {
    const subject = direction === 'ingress' ? destination : source;
    const peer = direction === 'ingress' ? source : destination;
    return (
      subject.shape === undefined ||
      judge(manifests, direction, subject, peer, packet, blocksMatchPods)
    );
  };
  return side('egress') && side('ingress');
}

function judge(
  manifests: Manifests,
  direction: 'ingress' | 'egress',
  subject: Party,
  peer: Party,
  packet: Packet,
  blocksMatchPods: boolean,
): boolean {
  const clusterVerdict = (tier: 'Admin' | 'Baseline'): boolean | undefined => {
    const policies = manifests.policies
      .filter((policy): policy is ClusterNetworkPolicy => policy.kind === 'ClusterNetworkPolicy')
      .filter((policy) => policy.tier === tier)
      .toSorted((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1));
    for (const policy of policies) {
      if (!selects(manifests, policy.subject, subject) || subject.shape?.hostNetwork === true)
        continue;
      for (const rule of policy[direction]) {
        if (!clusterRuleMatches(manifests, rule, peer, packet)) continue;
        if (rule.action === 'Pass') return undefined;
        return rule.action === 'Accept';
      }
    }
    return undefined;
  };
  const admin = clusterVerdict('Admin');
  if (admin !== undefined) return admin;
  const type = direction === 'ingress' ? 'Ingress' : 'Egress';
  const selecting = manifests.policies
    .filter((policy): policy is NetworkPolicy => policy.kind === 'NetworkPolicy')
    .filter((policy) => policy.namespace === subject.namespace && policy.types.includes(type))
    .filter((policy) => selects(manifests, policy.pods, subject));
  if (selecting.length > 0)
    return selecting.some((policy) =>
      policy[direction].some((rule) =>
        ruleMatches(manifests, policy, rule, peer, packet, blocksMatchPods),
      ),
    );
  return clusterVerdict('Baseline') ?? true;
}

function ruleMatches(
  manifests: Manifests,
  policy: NetworkPolicy,
  rule: NetworkPolicyRule,
  peer: Party,
  packet: Packet,
  blocksMatchPods: boolean,
): boolean {
  const peerMatches =
    rule.peers.length === 0 ||
    rule.peers.some((one) => {
      if (one.kind === 'block') {
        if (peer.shape !== undefined && !blocksMatchPods) return false;
        return (
          inRange(peer.address, one.cidr) &&
          !one.except.some((range) => inRange(peer.address, range))
        );
      }
      if (peer.shape === undefined) return false;
      const inNamespace =
        one.namespaces === undefined
          ? peer.namespace === policy.namespace
          : matches(one.namespaces, namespaceLabels(manifests, peer.namespace));
      return inNamespace && (one.pods === undefined || selects(manifests, one.pods, peer));
    });
  const portMatches =
    rule.ports.length === 0 ||
    rule.ports.some(({ protocol, port, endPort }) => {
      if (protocol !== packet.protocol) return false;
      if (port === undefined) return true;
      if (typeof port === 'string') return serves(packet, port);
      return packet.port >= port && packet.port <= (endPort ?? port);
    });
  return peerMatches && portMatches;
}

function clusterRuleMatches(
  manifests: Manifests,
  rule: ClusterRule,
  peer: Party,
  packet: Packet,
): boolean {
  const peerMatches = rule.peers.some((one) => {
    switch (one.kind) {
      case 'pods':
        return (
          peer.shape !== undefined && !peer.shape.hostNetwork && selects(manifests, one.where, peer)
        );
      case 'networks':
        return one.ranges.some((range) => inRange(peer.address, range));
      case 'nodes':
        return peer.shape?.hostNetwork === true;
      case 'domains':
        return peer.shape === undefined;
      case 'unknown':
        return false;
    }
  });
  const portMatches =
    rule.ports === undefined ||
    rule.ports.some((one) =>
      one.kind === 'name'
        ? serves(packet, one.name)
        : one.protocol === packet.protocol && packet.port >= one.first && packet.port <= one.last,
    );
  return peerMatches && portMatches;
}

const serves = ({ destination, port, protocol }: Packet, name: string): boolean =>
  destination.shape?.ports.some(
    (one) => one.name === name && one.number === port && one.protocol === protocol,
  ) ?? false;

function namespaceLabels(
  manifests: Manifests,
  name: string | undefined,
): (key: string) => string | undefined {
  const found = manifests.namespaces.find((one) => one.name === name);
  return (key) => found?.labels.get(key);
}

/** Labels of the pod; of its namespace, where the condition asks for those. */
function selects(manifests: Manifests, where: Predicate, { shape, namespace }: Party): boolean {
  const ofNamespace = namespaceLabels(manifests, namespace);
  const prefix = '%namespace-label:';
  return matches(where, (key) =>
    key.startsWith(prefix) ? ofNamespace(key.slice(prefix.length)) : shape?.labels.get(key),
  );
}

function inRange(text: string | undefined, range: AddressRange): boolean {
  const address = text === undefined ? undefined : parseAddress(text);
  return (
    address?.family === range.family &&
    address.number >= range.first &&
    address.number <= range.last
  );
}
