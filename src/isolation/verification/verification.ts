/** What verification is given and what it answers. */
import type { Finding } from '../findings/finding.ts';
import type { FlowMap } from '../topology/flow-map.ts';
import type { Manifests } from '../manifests/manifests.ts';
import type { AclSnapshot } from './acl.ts';

/** Everything that is judged. */
export interface VerificationInput {
  readonly flows: FlowMap;
  /** Workloads and the policies of everybody, from files or from the API server. */
  readonly manifests: Manifests;
  /** `null`: ACLs are not looked at, and the answer says so. */
  readonly acls: AclSnapshot | null;
}

/** The label by which policies are known as ours; what opens a way without it belongs to somebody else. */
export const ownership = { key: 'app.kubernetes.io/managed-by', value: 'lethe' } as const;

/** Who can reach the brokers of some raw topics. */
export interface TopicReach {
  /** As `cluster topic`, sorted; topics that have the same holders are told together. */
  readonly topics: readonly string[];
  readonly brokers: readonly string[];
  /** Labels of workloads and ranges that reach a Kafka port of any of the brokers, sorted; brokers of the same cluster are left out. */
  readonly reachedBy: readonly string[];
  /** Principals that an ACL lets read any of the topics; `null` where ACLs are not known. */
  readonly readableBy: readonly string[] | null;
}

/** What was judged, so that "verified" says something. */
export interface Proof {
  /** When Kafka was asked: ISO 8601, UTC. */
  readonly taken: string;
  readonly workloads: number;
  readonly policies: { readonly ours: number; readonly others: number };
  readonly rawBrokers: number;
  readonly rawTopics: number;
  /** Declared flows, and of these the ones whose both ends are known and that were looked up. */
  readonly flows: { readonly declared: number; readonly checked: number };
  /** Pairs of a pod in scope and somebody else, by direction. */
  readonly pairs: { readonly ingress: number; readonly egress: number };
  /** Pods that are not there, judged as if somebody started them: without labels, or with those that a rule lets in. */
  readonly imagined: number;
  readonly acls: number | null;
}

/** The answer. */
export interface Verification {
  /** No finding of severity `error`, and something was judged. */
  readonly verified: boolean;
  /** Sorted, worst first. */
  readonly findings: readonly Finding[];
  readonly topics: readonly TopicReach[];
  readonly proof: Proof;
}
