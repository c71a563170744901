/** The kinds of anomalies, and what to do about each. */
import type { Decider, Finding, Severity } from '../findings/finding.ts';
import type { FlowFormat } from './observed-flow.ts';

/** Stable: dashboards and suppressions go by it. */
export type FlowAnomalyCode =
  | 'RAW_PEER_UNDECLARED'
  | 'RAW_PEER_ATTEMPT'
  | 'ANONYMIZER_EGRESS_UNDECLARED'
  | 'PEER_UNDECLARED'
  | 'DESTINATION_AMBIGUOUS'
  | 'DESTINATION_BY_PORT'
  | 'DECLARED_DENIED'
  | 'DENIED_BURST'
  | 'ENFORCER_OPEN'
  | 'ENFORCER_SHUT'
  | 'ACL_DENIED_DECLARED'
  | 'ACL_DENIED_NETWORK_OPEN'
  | 'ACL_ALLOWED_UNDECLARED'
  | 'ACL_ALLOWED_NETWORK_DENIED'
  | 'PEERS_UNRESOLVED'
  | 'DECLARED_UNSEEN'
  | 'POLICY_UNUSED'
  | 'STREAM_SILENT'
  | 'STREAM_LOST'
  | 'CLOCK_SKEW';

interface Kind {
  readonly severity: Severity;
  /** One sentence for documents. */
  readonly meaning: string;
  readonly remedy: string;
}

/** Every kind. */
export const anomalyKinds: Readonly<Record<FlowAnomalyCode, Kind>> = {
  RAW_PEER_UNDECLARED: {
    severity: 'error',
    meaning: 'a peer that nothing declares was let through to a broker with raw records',
    remedy:
      'close the path (lethe network verify names the policy that leaves it open), or declare the peer under isolation.clients or isolation.operators',
  },
  RAW_PEER_ATTEMPT: {
    severity: 'warning',
    meaning:
      'an undeclared peer sent to a broker with raw records, and the log does not tell whether it arrived',
    remedy: "log the destination's side too, or mark the rules that log with accept and drop",
  },
  ANONYMIZER_EGRESS_UNDECLARED: {
    severity: 'error',
    meaning: 'the anonymizer was let through to where nothing declares that it must go',
    remedy: "close the anonymizer's egress, and find out who sent: raw records may have left",
  },
  PEER_UNDECLARED: {
    severity: 'warning',
    meaning:
      'a connection to a broker or the anonymizer, or from a broker, was let through undeclared',
    remedy: 'declare it, or close the path',
  },
  DESTINATION_AMBIGUOUS: {
    severity: 'warning',
    meaning:
      'the log names a workload whose pods are several brokers, and only some of them are declared for this peer',
    remedy: 'log without aggregation of pod names, or give the manifests of the pods',
  },
  DESTINATION_BY_PORT: {
    severity: 'note',
    meaning: 'a destination was taken for a declared one by its port alone',
    remedy:
      'give the address in place of the name, so that another destination at this port is noticed',
  },
  DECLARED_DENIED: {
    severity: 'error',
    meaning: 'a connection that must be possible was denied: an outage in the making',
    remedy: 'compare the policies with the map (lethe network verify), and generate them anew',
  },
  DENIED_BURST: {
    severity: 'warning',
    meaning: 'one source was denied many times within the window',
    remedy: 'find out what runs there: a forgotten client, or somebody who tries doors',
  },
  ENFORCER_OPEN: {
    severity: 'error',
    meaning: 'a connection was let through that the policies deny',
    remedy:
      'check that the network plugin enforces policies on both nodes, and that the manifests are those of the cluster',
  },
  ENFORCER_SHUT: {
    severity: 'warning',
    meaning: 'a connection was denied that the policies allow',
    remedy: 'look for policies that the manifests lack, and for a plugin that lags behind',
  },
  ACL_DENIED_DECLARED: {
    severity: 'error',
    meaning: 'the authorizer denied what a declared party must be able to do',
    remedy: 'add the ACL for the principal (lethe network generate --flavour kafka-acl)',
  },
  ACL_DENIED_NETWORK_OPEN: {
    severity: 'warning',
    meaning: 'the network let an undeclared peer through to Kafka, and only the authorizer denied',
    remedy:
      'close the network path too: a single ACL is all that stands between the peer and the topic',
  },
  ACL_ALLOWED_UNDECLARED: {
    severity: 'error',
    meaning: 'the authorizer allowed what nothing declares',
    remedy: 'remove the ACL, or declare the client and its topics',
  },
  ACL_ALLOWED_NETWORK_DENIED: {
    severity: 'error',
    meaning:
      'the authorizer allowed a peer that the network log shows as denied: it has another way in',
    remedy:
      'look for the other way: NodePort, load balancer, hostNetwork, or a proxy; and remove the ACL',
  },
  PEERS_UNRESOLVED: {
    severity: 'warning',
    meaning:
      'flows have an end that nobody knows, so that nobody can tell whether they touch a broker or the anonymizer',
    remedy: 'give --manifests with every pod and its address (kubectl get pods -A -o yaml)',
  },
  DECLARED_UNSEEN: {
    severity: 'note',
    meaning: 'a declared connection was never seen',
    remedy: 'watch for longer, or take the declaration back: what nobody uses need not be open',
  },
  POLICY_UNUSED: {
    severity: 'note',
    meaning: 'no connection that was seen is decided by the policy',
    remedy: 'watch for longer, or remove the policy',
  },
  STREAM_SILENT: {
    severity: 'warning',
    meaning: 'the source was silent for longer than the limit: what happened then was not watched',
    remedy: 'check the exporter and the way of its log',
  },
  STREAM_LOST: {
    severity: 'warning',
    meaning: 'the source says that it lost entries',
    remedy: 'enlarge the buffer of the exporter, or let it log less',
  },
  CLOCK_SKEW: {
    severity: 'note',
    meaning: 'entries are from the future, or much older than those before them',
    remedy: 'synchronise the clocks of the nodes: rates and order are uncertain',
  },
};

/** What is told of one anomaly beside its kind. */
export interface AnomalyText {
  readonly subject: string;
  readonly message: string;
  readonly path?: readonly string[];
  readonly deciders?: readonly Decider[];
  /** Where the case is milder or worse than its kind. */
  readonly severity?: Severity;
}

/** A finding of one kind. */
export function anomaly(
  code: FlowAnomalyCode,
  { subject, message, path = [], deciders = [], severity }: AnomalyText,
): Finding {
  const kind = anomalyKinds[code];
  return {
    code,
    severity: severity ?? kind.severity,
    subject,
    message,
    deciders,
    path,
    remedy: kind.remedy,
  };
}

/** An anomaly with how often it was seen. */
export interface CountedAnomaly {
  readonly finding: Finding;
  /** 0 for what was never seen, and is told for that. */
  readonly count: number;
  /** Milliseconds since 1970; null where the log has no times. */
  readonly firstSeen: number | null;
  readonly lastSeen: number | null;
  /** The entry that showed it first; null for what no single entry shows. */
  readonly origin: {
    readonly source: string;
    readonly format: FlowFormat;
    readonly line: number;
  } | null;
}
