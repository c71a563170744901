import type { Labels } from './labels.ts';

/** Where an object was written: the file as the reader was given it, and the line (from 1) on which the object starts. */
export interface Origin {
  readonly file: string;
  readonly line: number;
}

/** The transport protocols that network policies know; nothing else (ICMP) is defined for them. */
export type Protocol = 'TCP' | 'UDP' | 'SCTP';

/** A port that a container declares. Names serve policies with named ports. */
export interface ContainerPort {
  readonly name: string | undefined;
  readonly number: number;
  readonly protocol: Protocol;
}

/** What distinguishes a pod for a policy. Replicas of one workload that differ in any of it are several shapes. */
export interface PodShape {
  /** Name of the pod, where it is known: a live pod or a StatefulSet's ordinal. */
  readonly name: string | undefined;
  readonly labels: Labels;
  readonly ports: readonly ContainerPort[];
  readonly hostNetwork: boolean;
  /** Pod addresses, IPv4 and IPv6; empty for a template. */
  readonly addresses: readonly string[];
  readonly node: string | undefined;
  readonly serviceAccount: string;
  readonly origin: Origin;
}

/** A pod about which nothing is declared: what pods are made from that stand in no manifest. */
export const undeclaredShape: PodShape = {
  name: undefined,
  labels: new Map(),
  ports: [],
  hostNetwork: false,
  addresses: [],
  node: undefined,
  serviceAccount: 'default',
  origin: { file: '', line: 0 },
};

/** Everything that runs under one controller (or a pod of its own), named as `namespace/name[Kind]`. */
export interface Workload {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  /** At least one. */
  readonly shapes: readonly PodShape[];
  readonly origin: Origin;
}

/** A namespace with `kubernetes.io/metadata.name` among its labels, also when the manifest leaves it out. */
export interface Namespace {
  readonly name: string;
  readonly labels: Labels;
  /** Undefined when objects live in the namespace but no manifest declares it. */
  readonly origin: Origin | undefined;
}

/** Labels of a service account, for the flavours that select by them. */
export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
}

/** The name under which a workload appears in every list: `namespace/name[Kind]`. */
export const workloadLabel = (workload: Workload): string =>
  `${workload.namespace}/${workload.name}[${workload.kind}]`;
