/** ClusterNetworkPolicy to rules: ordered accept, deny and pass in the Admin or Baseline stage; it never isolates. */
import type {
  ClusterNetworkPolicy,
  ClusterPeer,
  ClusterPort,
  ClusterRule,
} from '../manifests/kinds/cluster-network-policy.ts';
import { both, ownNetwork } from '../manifests/labels.ts';
import { AddressSet } from './address-set.ts';
import {
  nobody,
  stages,
  type Action,
  type Direction,
  type Peer,
  type Policy,
  type PortMatch,
  type Rule,
  type Rules,
} from './rules.ts';

const actions = { Accept: 'allow', Deny: 'deny', Pass: 'pass' } as const satisfies Readonly<
  Record<ClusterRule['action'], Action>
>;

/** Compiles one ClusterNetworkPolicy. Pods on the network of their node are neither subject nor peer. */
export function compileClusterNetworkPolicy(policy: ClusterNetworkPolicy): Policy {
  const { kind, namespace, name, origin } = policy;
  const side = (direction: Direction): Rules => ({
    isolates: false,
    rules: policy[direction].map((rule, index) => compile(rule, `${direction}[${index}]`)),
  });
  return {
    ref: { kind, namespace, name, origin },
    stage: policy.tier === 'Admin' ? stages.admin : stages.baseline,
    order: policy.priority,
    subjects: both(policy.subject, ownNetwork),
    ingress: side('ingress'),
    egress: side('egress'),
  };
}

function compile(rule: ClusterRule, place: string): Rule {
  const path = rule.name === undefined ? place : `${place} "${rule.name}"`;
  const { origin, action } = rule;
  // "For Accept rules, fail closed means: treat the rule as matching no traffic. For Deny and Pass rules: as a 'Deny all' rule."
  if (action !== 'Accept' && rule.peers.some(({ kind }) => kind === 'unknown'))
    return { action: 'deny', peers: [{ kind: 'any' }], ports: 'any', path, origin };
  return {
    action: actions[action],
    peers: rule.peers.map((peer) => asPeer(peer, action)),
    ports: rule.ports?.map(asPort) ?? 'any',
    path,
    origin,
  };
}

function asPeer(peer: ClusterPeer, action: ClusterRule['action']): Peer {
  switch (peer.kind) {
    case 'pods':
      return { kind: 'pods', where: both(peer.where, ownNetwork) };
    case 'nodes':
      // Labels of nodes are not known here: what is accepted for some may be any, what is denied for some may be none.
      return peer.all || action === 'Accept' ? { kind: 'nodes' } : nobody;
    case 'networks': {
      const set = peer.ranges.reduce(
        (all, range) => all.union(AddressSet.of(range)),
        AddressSet.none,
      );
      // "Cluster-internal traffic will be checked against the rule as well."
      return { kind: 'addresses', set, pods: 'always' };
    }
    case 'domains':
      return { kind: 'addresses', set: AddressSet.all, pods: 'never' };
    case 'unknown':
      return nobody;
  }
}

function asPort(port: ClusterPort): PortMatch {
  if (port.kind === 'name') return { kind: 'named', protocol: 'any', name: port.name };
  return port;
}
