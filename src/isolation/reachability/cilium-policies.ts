/**
 * Policies of Cilium to rules. Denies of all policies are judged before all allows, and NetworkPolicies add to the same union:
 * both stand in the stage of NetworkPolicy, the denies first.
 */
import { AddressSet } from './address-set.ts';
import { lastPort, protocols } from './port-set.ts';
import {
  networkPolicyOrder,
  nobody,
  stages,
  type Action,
  type Direction,
  type Peer,
  type Policy,
  type PortMatch,
  type Rule,
} from './rules.ts';
import type {
  CiliumPeer,
  CiliumPolicy,
  CiliumPort,
  CiliumRule,
} from '../manifests/kinds/cilium-policy.ts';
import { both, ownNetwork } from '../manifests/labels.ts';

/** Compiles one policy of Cilium: for each `spec` a part that denies and a part that allows. */
export function compileCiliumPolicy(policy: CiliumPolicy): readonly Policy[] {
  const { kind, namespace, name, origin } = policy;
  return policy.specs.flatMap(({ endpoints, ...sides }) => {
    if (endpoints === undefined) return [];
    const part = (action: 'allow' | 'deny'): Policy => {
      const side = (direction: Direction): Policy['ingress'] => {
        const rules = sides[direction];
        return rules === undefined
          ? undefined
          : {
              isolates: rules.isolates,
              rules: rules[action].map((rule) => compile(rule, action)),
            };
      };
      return {
        ref: { kind, namespace, name, origin },
        stage: stages.namespaced,
        order: action === 'deny' ? Number.NEGATIVE_INFINITY : networkPolicyOrder,
        subjects: both(endpoints, ownNetwork),
        ingress: side('ingress'),
        egress: side('egress'),
      };
    };
    return [part('deny'), part('allow')];
  });
}

function compile(rule: CiliumRule, action: Action): Rule {
  const { path, origin } = rule;
  return {
    action,
    peers: rule.peers?.map((peer) => asPeer(peer, action)) ?? [{ kind: 'any' }],
    ports: rule.ports?.flatMap(asPorts) ?? 'any',
    path,
    origin,
  };
}

function asPeer(peer: CiliumPeer, action: Action): Peer {
  switch (peer.kind) {
    case 'endpoints':
      return { kind: 'pods', where: both(peer.where, ownNetwork) };
    case 'block':
      // Identities beat addresses: a block never means a pod.
      return { kind: 'addresses', set: AddressSet.block(peer.cidr, peer.except), pods: 'never' };
    case 'world': {
      const { family } = peer;
      const bits = family === 4 ? 32n : 128n;
      const set =
        family === undefined
          ? AddressSet.all
          : AddressSet.of({ family, first: 0n, last: (1n << bits) - 1n });
      return { kind: 'addresses', set, pods: 'never' };
    }
    case 'nodes':
      return { kind: 'nodes' };
    case 'all':
      return { kind: 'any' };
    case 'none':
      return nobody;
    case 'unknown':
      // Complained about; what is unknown may allow anything and deny nothing.
      return action === 'allow' ? { kind: 'any' } : nobody;
  }
}

function asPorts({ protocol, port, endPort }: CiliumPort): readonly PortMatch[] {
  if (typeof port === 'string') return [{ kind: 'named', protocol: protocol ?? 'any', name: port }];
  const first = port ?? 1;
  const last = endPort ?? port ?? lastPort;
  return (protocol === undefined ? protocols : [protocol]).map((one) => ({
    kind: 'range',
    protocol: one,
    first,
    last,
  }));
}
