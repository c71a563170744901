import type { AuditCode } from './codes.ts';
import type { Observation } from './ledger.ts';

/** What an auditor says about itself, as log lines. None holds a value of a record. */
export type AuditEvent =
  | { readonly event: 'audit.started'; readonly topics: number; readonly partitions: number }
  | {
      readonly event: 'audit.finding';
      readonly code: string;
      readonly severity: string;
      readonly route: string;
      readonly topic: string;
      readonly partition: number;
      readonly offset: string;
      readonly path: string;
    }
  | { readonly event: 'audit.route-unseen'; readonly route: string }
  | { readonly event: 'audit.waiting'; readonly code: string; readonly message: string }
  | { readonly event: 'audit.stopped' };

/** How far one partition was read. */
export interface AuditPosition {
  readonly cluster: string;
  readonly topic: string;
  readonly partition: number;
  /** Records between the position and the last committed one. */
  readonly lag: number;
}

/** Who is told what an auditor does. */
export interface AuditTelemetry {
  event(event: AuditEvent): void;
  records(route: string, outcome: 'judged' | 'skipped', count: number): void;
  found(route: string, code: AuditCode): void;
  positions(positions: readonly AuditPosition[]): void;
}

/** The line of a find that is new. */
export function findingEvent(
  { code, route, topic, partition, offset, path }: Observation,
  severity: string,
): AuditEvent {
  return {
    event: 'audit.finding',
    code,
    severity,
    route,
    topic,
    partition: partition ?? -1,
    offset: offset === null ? '' : String(offset),
    path,
  };
}
