/** What verification, attacks and flow logs report: one shape for every output format. */
import type { Origin } from '../manifests/objects.ts';

/** `error`: the shield does not hold or could not be judged; `warning`: it holds on a condition; `note`: worth knowing. */
export type Severity = 'error' | 'warning' | 'note';

/** A policy, and the rule in it, that decided. */
export interface Decider {
  /** As `Kind namespace/name`. */
  readonly policy: string;
  /** Such as `ingress[0]`; null where the policy as a whole decides, as by isolating a pod. */
  readonly rule: string | null;
  readonly origin: Origin;
}

/** One finding. Plain data; every text is for people and holds no value of any record. */
export interface Finding {
  /** UPPER_SNAKE_CASE, stable: dashboards and suppressions go by it. */
  readonly code: string;
  readonly severity: Severity;
  /** Who or what it is about, such as `kafka/broker[StatefulSet]` or `main/11`. */
  readonly subject: string;
  readonly message: string;
  /** In the order in which they are judged; empty where no policy decides. */
  readonly deciders: readonly Decider[];
  /** A path that shows it, hop by hop, such as `rogue/pod[Pod]`, `TCP 9092`, `kafka/raw-0[StatefulSet]`, `topic raw.orders`; empty where there is none. */
  readonly path: readonly string[];
  /** What to do about it. */
  readonly remedy: string;
}

const ranks: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };

/** Whether `severity` is at least as bad as `threshold`. */
export const atLeast = (severity: Severity, threshold: Severity): boolean =>
  ranks[severity] <= ranks[threshold];

/** Worst first, then by code, subject and message, so that the same findings give the same bytes. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    ranks[a.severity] - ranks[b.severity] ||
    compare(a.code, b.code) ||
    compare(a.subject, b.subject) ||
    compare(a.message, b.message)
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
