/** What an auditor has seen: counts by route, finds in a ledger, and everything told as it happens. */
import { auditRules } from './codes.ts';
import { Ledger, type Observation } from './ledger.ts';
import type { SliceResult } from './slice-audit.ts';
import { findingEvent, type AuditTelemetry } from './telemetry.ts';
import type { Target } from './target.ts';
import type { TopicPartition } from '../../streaming/kafka/port.ts';

export class AuditBook {
  readonly #telemetry: AuditTelemetry;
  readonly #ledger = new Ledger();
  readonly #counts = new Map<string, { judged: number; skipped: number }>();

  constructor(telemetry: AuditTelemetry) {
    this.#telemetry = telemetry;
  }

  get ledger(): Pick<Ledger, 'findings' | 'beyond'> {
    return this.#ledger;
  }

  counts(route: string): { readonly judged: number; readonly skipped: number } {
    return this.#counts.get(route) ?? { judged: 0, skipped: 0 };
  }

  /** Takes what was seen in a slice. */
  take(target: Target, partition: number, { judged, skipped, finds }: SliceResult): void {
    const { cluster, topic } = target;
    const route = target.route.name;
    const before = this.counts(route);
    this.#counts.set(route, { judged: before.judged + judged, skipped: before.skipped + skipped });
    this.#telemetry.records(route, 'judged', judged);
    this.#telemetry.records(route, 'skipped', skipped);
    for (const { code, path, offset } of finds)
      this.#note({ route, code, cluster, topic, partition, offset, path });
  }

  /** Nothing of a route is there. */
  unseen({ name, to }: Target['route']): void {
    this.#telemetry.event({ event: 'audit.route-unseen', route: name });
    this.#note({
      route: name,
      code: 'ROUTE_UNSEEN',
      cluster: to.cluster,
      topic: to.topic,
      partition: null,
      offset: null,
      path: '',
    });
  }

  /** Records before `offset` were gone. */
  missed({ cluster, route }: Target, { topic, partition }: TopicPartition, offset: bigint): void {
    const code = 'RECORDS_MISSED';
    this.#note({ route: route.name, code, cluster, topic, partition, offset, path: '' });
  }

  #note(observation: Observation): void {
    const { route, code, partition } = observation;
    this.#telemetry.found(route, code);
    if (this.#ledger.add(observation) && partition !== null)
      this.#telemetry.event(findingEvent(observation, auditRules[code].severity));
  }
}
