/** What the warden tells: names and codes of closed lists, no texts of others. */
import type { Severity } from '../findings/finding.ts';
import type { Condition } from './conditions.ts';
import type { Stage } from './decision.ts';

/** What was done, or would be. */
export type WriteAction = Stage['name'];

export type WardenEvent =
  | {
      readonly event: 'warden.started';
      readonly mode: string;
      readonly flavour: string;
      /** `namespace/name` of its Lease. */
      readonly identity: string;
      readonly holder: string;
    }
  | { readonly event: 'warden.leading' }
  | { readonly event: 'warden.following'; readonly holder: string }
  | { readonly event: 'warden.lease-failed'; readonly code: string }
  | {
      readonly event: 'warden.condition';
      readonly condition: Condition;
      readonly holds: boolean;
      readonly reasons: readonly string[];
    }
  | {
      readonly event: 'warden.placement-changed';
      /** Flows that became needed, and that are needed no more. */
      readonly added: number;
      readonly removed: number;
      /** Whether old flows stay open for a while. */
      readonly transition: boolean;
    }
  | {
      readonly event: 'warden.policy-written';
      readonly action: WriteAction;
      readonly policy: string;
    }
  | {
      readonly event: 'warden.policy-repaired';
      readonly policy: string;
      readonly damage: 'deleted' | 'changed';
      /** Field managers that wrote to it; empty where the API server can't tell. */
      readonly by: readonly string[];
    }
  | {
      readonly event: 'warden.policy-pending';
      readonly action: WriteAction;
      readonly policy: string;
    }
  | {
      readonly event: 'warden.write-failed';
      readonly action: WriteAction;
      readonly policy: string;
      readonly code: string;
    }
  | {
      readonly event: 'warden.finding';
      readonly state: 'new' | 'resolved';
      readonly code: string;
      readonly severity: Severity;
      readonly subject: string;
      readonly policies: readonly string[];
    }
  | { readonly event: 'warden.watch-restarted'; readonly resource: string; readonly why: string }
  | { readonly event: 'warden.event-refused'; readonly status: number }
  | { readonly event: 'warden.stopped'; readonly released: boolean };

/** How a write ended. */
export type WriteOutcome = 'done' | 'conflict' | 'refused' | 'failed';

/** Whom the warden tells: log and metrics. */
export interface WardenTelemetry {
  event(event: WardenEvent): void;
  leads(leads: boolean): void;
  condition(condition: Condition, holds: boolean): void;
  /** Policies of the wanted set, and steps that would bring the cluster there. */
  policies(counts: {
    readonly wanted: number;
    readonly enforced: number;
    readonly pending: number;
  }): void;
  transition(open: boolean): void;
  wrote(action: WriteAction, outcome: WriteOutcome): void;
  repaired(damage: 'deleted' | 'changed'): void;
  /** Seconds from the question to Kafka to the last policy. */
  followed(seconds: number): void;
  polled(outcome: 'answered' | 'failed'): void;
  /** Seconds since Kafka was asked what was answered last; `null` before the first answer. */
  placementAge(seconds: number | null): void;
  /** Entries of all ACLs that verification goes by; `null` where none are known. */
  acls(entries: number | null): void;
  watchEnded(why: 'closed' | 'expired' | 'failed'): void;
  verified(result: {
    readonly verified: boolean;
    readonly seconds: number;
    /** Findings by code and severity. */
    readonly counts: ReadonlyMap<
      string,
      { readonly code: string; readonly severity: Severity; readonly count: number }
    >;
  }): void;
  clusterEvent(outcome: 'sent' | 'refused'): void;
}
