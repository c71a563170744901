/** What a flow log says about one connection, whatever the log's own words are. */
import type { Protocol } from '../manifests/objects.ts';

/** The logs that are understood. */
export type FlowFormat = 'hubble' | 'calico' | 'kube-network-policies' | 'netfilter' | 'kafka';

/** Every format, in the order in which they are tried on an unknown log. */
export const flowFormats = [
  'kafka',
  'hubble',
  'calico',
  'kube-network-policies',
  'netfilter',
] as const satisfies readonly FlowFormat[];

/** One end as the log names it. At least one of pod, workload, address and reserved is there. */
export interface FlowPeer {
  readonly namespace: string | null;
  readonly pod: string | null;
  /** Name of the controller, or the common beginning of the names of its pods where the log aggregates them. */
  readonly workload: string | null;
  /** In canonical form (RFC 5952). */
  readonly address: string | null;
  /** As `key=value`; null where the log says nothing about labels. */
  readonly labels: readonly string[] | null;
  /** What is no pod, such as `host` or `world`, in the word of the log. */
  readonly reserved: string | null;
}

/** `unknown`: the log does not say, or knows only that the packet left its source. */
export type FlowVerdict = 'allowed' | 'denied' | 'unknown';

/** What the authorizer was asked; the principal is free of control characters. */
export interface KafkaRequest {
  readonly principal: string;
  /** Such as `READ`. */
  readonly operation: string;
  /** Such as `Topic` or `Group`. */
  readonly resource: string;
  /** Null where it has characters that could trick a reader. */
  readonly name: string | null;
  /** Null for every other kind of resource. */
  readonly topic: string | null;
}

/** One line of a flow log. Holds no value of any record. */
export interface ObservedFlow {
  /** Milliseconds since 1970, UTC; null where the line has no time. */
  readonly at: number | null;
  readonly source: FlowPeer;
  readonly destination: FlowPeer;
  readonly protocol: Protocol;
  /** Of the destination; null where the log aggregates ports, or knows none as the authorizer. */
  readonly port: number | null;
  readonly verdict: FlowVerdict;
  /** `kafka`: decided by the authorizer; the request had reached a broker. */
  readonly layer: 'network' | 'kafka';
  /** Who tells: a line from the source's side can't know what the destination's side decided. Null: both, or unknown. */
  readonly seenAt: 'source' | 'destination' | null;
  /** Connections that the line stands for; at least 1. */
  readonly count: number;
  /** Policies that the log names as those that decided, such as `NetworkPolicy shop/db`. */
  readonly policies: readonly string[];
  readonly kafka: KafkaRequest | null;
  readonly origin: { readonly format: FlowFormat; readonly line: number };
}

/** A peer about which nothing is known yet. */
export const nobody: FlowPeer = {
  namespace: null,
  pod: null,
  workload: null,
  address: null,
  labels: null,
  reserved: null,
};
