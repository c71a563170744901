/** What a watch did not see, which is told once, at its end: the reverse of anomalies. */
import { anomaly, type CountedAnomaly } from './anomaly.ts';
import type { Decider, Finding } from '../findings/finding.ts';
import type { FlowMap } from '../topology/flow-map.ts';

/** A declared flow that no entry told of: a dead declaration, or a log that does not see everything. */
export const unseenFlow = ({
  from,
  to,
  protocol,
  port,
  why,
}: FlowMap['flows'][number]): CountedAnomaly =>
  never(
    anomaly('DECLARED_UNSEEN', {
      subject: `${from} => ${to} ${protocol} ${port}`,
      message: `declared, and never seen: ${why[0] ?? ''}`,
      path: [from, `${protocol} ${port}`, to],
    }),
  );

/** A policy that decided about none of the connections. */
export const unusedPolicy = (decider: Decider): CountedAnomaly =>
  never(
    anomaly('POLICY_UNUSED', {
      subject: decider.policy,
      message: 'no connection that was seen is decided by it',
      deciders: [decider],
    }),
  );

const never = (finding: Finding): CountedAnomaly => ({ finding, ...nowhere, count: 0 });

/** `blind` of so many connections had an end that nobody knows. A watch that recognised nobody has watched nothing. */
export function ignorance(blind: number, connections: number): readonly CountedAnomaly[] {
  if (blind === 0) return [];
  const finding = anomaly('PEERS_UNRESOLVED', {
    subject: 'flows',
    message: `${blind} of ${connections} flows have an end that nobody knows`,
    ...(blind === connections ? { severity: 'error' as const } : {}),
  });
  return [{ finding, ...nowhere, count: blind }];
}

const nowhere = { firstSeen: null, lastSeen: null, origin: null };
