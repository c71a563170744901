/**
 * What every flavour of policy becomes before it is judged: policies in stages, with ordered rules.
 *
 * A stage decides in order of its policies and rules. What no rule of the stage decided is denied if one of its policies isolates
 * the pod, and goes to the next stage otherwise; so does what a rule passed on. What no stage decided is allowed.
 */
import type { Predicate } from '../manifests/labels.ts';
import type { Origin, Protocol } from '../manifests/objects.ts';
import type { AddressSet } from './address-set.ts';

/** `ingress` judges what reaches a pod, `egress` what it sends. */
export type Direction = 'ingress' | 'egress';

/** Names a policy in findings and explanations. */
export interface PolicyRef {
  readonly kind: string;
  /** Undefined for policies of the whole cluster. */
  readonly namespace: string | undefined;
  readonly name: string;
  readonly origin: Origin;
}

/** One kind of peer. `any` is everything inside and outside of the cluster. */
export type Peer =
  | { readonly kind: 'any' }
  | { readonly kind: 'pods'; readonly where: Predicate }
  /** Addresses outside of the cluster. `pods`: whether pods count by their address, or whether the implementation may choose. */
  | {
      readonly kind: 'addresses';
      readonly set: AddressSet;
      readonly pods: 'always' | 'never' | 'open';
    }
  /** Nodes and the pods on their network. */
  | { readonly kind: 'nodes' }
  /** What all of these match. */
  | { readonly kind: 'all'; readonly of: readonly Peer[] }
  /** What this does not match. */
  | { readonly kind: 'not'; readonly of: Peer };

/** No peer at all. */
export const nobody: Peer = { kind: 'not', of: { kind: 'any' } };

/** Ports of a rule; a named port is resolved by each destination pod, with name and protocol. */
export type PortMatch =
  | {
      readonly kind: 'range';
      readonly protocol: Protocol;
      readonly first: number;
      readonly last: number;
    }
  | { readonly kind: 'named'; readonly protocol: Protocol | 'any'; readonly name: string };

/** What a rule does with what it matches. */
export type Action = 'allow' | 'deny' | 'pass';

/** A rule: any of the peers, at any of the ports. */
export interface Rule {
  readonly action: Action;
  readonly peers: readonly Peer[];
  /** Where present, the rule speaks only for those of the policy's subjects that match. */
  readonly subjects?: Peer;
  readonly ports: readonly PortMatch[] | 'any';
  /** Where the rule stands in its policy, such as `ingress[0]`, with its own name where it has one. */
  readonly path: string;
  readonly origin: Origin;
}

/** Rules of one direction. */
export interface Rules {
  /** Whether pods that the policy selects lose what nothing allows. */
  readonly isolates: boolean;
  readonly rules: readonly Rule[];
}

/** Stages are judged in rising order, equal ones by name. */
export interface Stage {
  readonly order: number;
  readonly name: string;
}

/** A policy, or the part of one that belongs to one stage. */
export interface Policy {
  readonly ref: PolicyRef;
  readonly stage: Stage;
  /** Policies of one stage are judged in rising order; equal ones by name. */
  readonly order: number;
  /** The pods that the policy judges. */
  readonly subjects: Predicate;
  readonly ingress: Rules | undefined;
  readonly egress: Rules | undefined;
}

/**
 * The stages of Kubernetes' own policies, under the names and orders of the Calico tiers that hold them, so that they mix: a
 * NetworkPolicy is judged between the policies of Calico's default tier.
 */
export const stages = {
  admin: { order: 1_000, name: 'kube-admin' },
  namespaced: { order: 1_000_000, name: 'default' },
  baseline: { order: 10_000_000, name: 'kube-baseline' },
} as const satisfies Readonly<Record<string, Stage>>;

/** The order that Calico gives to NetworkPolicies inside of its default tier. */
export const networkPolicyOrder = 1_000;

/** Sorts stages. */
export function compareStages(a: Stage, b: Stage): number {
  // Two infinite orders must compare as equal, which a subtraction does not do.
  if (a.order !== b.order) return a.order < b.order ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** Prints a policy as `Kind namespace/name`. */
export const refText = ({ kind, namespace, name }: PolicyRef): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
