/** Walks over what rules are made of. */
import type { AddressSet } from './address-set.ts';
import { PortSet } from './port-set.ts';
import type { PodClass } from './pod-classes.ts';
import type { Direction, Peer, Policy, PortMatch, Rule } from './rules.ts';

/** The rules of a policy in one direction. */
export const rulesOf = (policy: Policy, direction: Direction): readonly Rule[] =>
  policy[direction]?.rules ?? [];

type SimplePeer = Exclude<Peer, { kind: 'all' | 'not' }>;

/** All peers that a rule is made of, down to those that are made of no other. */
export const simplePeersOf = (rule: Rule): readonly SimplePeer[] =>
  [...rule.peers, ...(rule.subjects === undefined ? [] : [rule.subjects])].flatMap((peer) => [
    ...simplePeers(peer),
  ]);

function* simplePeers(peer: Peer): Generator<SimplePeer> {
  switch (peer.kind) {
    case 'all':
      for (const part of peer.of) yield* simplePeers(part);
      return;
    case 'not':
      yield* simplePeers(peer.of);
      return;
    case 'any':
    case 'pods':
    case 'addresses':
    case 'nodes':
      yield peer;
  }
}

/** Whether a rule asks for addresses of pods, under any interpretation. */
export const needsPodAddresses = (policy: Policy): boolean =>
  [...rulesOf(policy, 'ingress'), ...rulesOf(policy, 'egress')].some((rule) =>
    simplePeersOf(rule).some((peer) => peer.kind === 'addresses' && peer.pods === 'always'),
  );

/** The `ipBlock`s of the policies, by direction. */
export function addressSets(
  policies: readonly Policy[],
): Readonly<Record<Direction, readonly AddressSet[]>> {
  const sets = (direction: Direction): readonly AddressSet[] =>
    policies
      .flatMap((policy) => rulesOf(policy, direction))
      .flatMap((rule) => simplePeersOf(rule))
      .flatMap((peer) => (peer.kind === 'addresses' ? [peer.set] : []));
  return { ingress: sets('ingress'), egress: sets('egress') };
}

/** Resolves a port of a rule at a destination; addresses outside of the cluster (undefined) serve no named port. */
export function resolvePort(match: PortMatch, destination: PodClass | undefined): PortSet {
  if (match.kind === 'range') return PortSet.of(match.protocol, match.first, match.last);
  return PortSet.union(
    (destination?.ports ?? [])
      .filter((port) => port.name === match.name)
      .filter((port) => match.protocol === 'any' || match.protocol === port.protocol)
      .map((port) => PortSet.of(port.protocol, port.number, port.number)),
  );
}

/** All port sets that the rule may mean at this destination. */
export function resolvePorts(rule: Rule, destination: PodClass | undefined): PortSet {
  if (rule.ports === 'any') return PortSet.all;
  return PortSet.union(rule.ports.map((match) => resolvePort(match, destination)));
}
