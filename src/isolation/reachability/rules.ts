/**
 * What every flavour of policy becomes before it is judged: policies in stages, with ordered rules.
 *
 * A stage decides in order of its policies and rules. What no rule of the stage decided is denied if one of its policies isolates
 * the pod, and goes to the next stage otherwise; so does what a rule passed on. What no stage decided is allowed.
 */
import type { Predicate } from '../topology/labels.ts';
import type { Origin, Protocol } from '../topology/objects.ts';
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
  /** Addresses outside of the cluster; whether pods count by their address is left to the implementation. */
  | { readonly kind: 'addresses'; readonly set: AddressSet }
  /** Nodes and the pods on their network. */
  | { readonly kind: 'nodes' };

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

/** A policy, or the part of one that belongs to one stage. */
export interface Policy {
  readonly ref: PolicyRef;
  /** Stages are judged in rising order. */
  readonly stage: number;
  /** Policies of one stage are judged in rising order; equal ones by name. */
  readonly order: number;
  /** The pods that the policy judges. */
  readonly subjects: Predicate;
  readonly ingress: Rules | undefined;
  readonly egress: Rules | undefined;
}

/**
 * The stages. Numbers of Calico tiers lie between `first` and `last` by their order; NetworkPolicy sits in Calico's default
 * tier (order 1,000,000), ClusterNetworkPolicy's tiers in `kube-admin` (1,000) and `kube-baseline` (10,000,000).
 */
export const stages = { admin: 1_000, namespaced: 1_000_000, baseline: 10_000_000 } as const;

/** The order that Calico gives to NetworkPolicies inside of its default tier. */
export const networkPolicyOrder = 1_000;

/** Prints a policy as `Kind namespace/name`. */
export const refText = ({ kind, namespace, name }: PolicyRef): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
