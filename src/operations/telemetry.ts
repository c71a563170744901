import type { ShardReport, StreamingEvent, Telemetry } from '../streaming/telemetry.ts';
import type { Log } from './logging/log.ts';
import type { Metrics } from './metrics/metrics.ts';

type Quarantined = Extract<StreamingEvent, { readonly event: 'records.quarantined' }>;

/** Someone who also wants to hear, as the report of a dry run. */
export type TelemetryObserver = Pick<Telemetry, 'event' | 'report'>;

export interface ServiceTelemetryOptions {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  readonly observers?: readonly TelemetryObserver[];
}

/** How long lines about the same reason for quarantine are added up, in milliseconds. */
const quietTime = 10_000;
const mostReasons = 1000;

/**
 * Joins log and metrics to what streaming reports to. Lines about quarantined records are written at once for a new reason and then
 * added up, so that a broken producer can't flood the log; metrics count every record.
 */
export class ServiceTelemetry implements Telemetry {
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #now: () => number;
  readonly #reasons = new Map<string, { since: number; count: number }>();
  readonly #observers: readonly TelemetryObserver[];

  constructor(options: ServiceTelemetryOptions) {
    this.#log = options.log;
    this.#metrics = options.metrics;
    this.#now = options.now;
    this.#observers = options.observers ?? [];
  }

  event(event: StreamingEvent): void {
    if (event.event === 'records.quarantined') this.#quarantined(event);
    else this.#log.event(event);
    if (event.event === 'dependency.awaited' || event.event === 'dependency.reached')
      this.#metrics.dependencyAwaited(event.dependency, event.event === 'dependency.awaited');
    for (const observer of this.#observers) observer.event(event);
  }

  report(report: ShardReport): void {
    this.#metrics.report(report);
    for (const observer of this.#observers) observer.report(report);
  }

  registryCall(operation: string, outcome: 'ok' | 'not-found' | 'error', seconds: number): void {
    this.#metrics.registryCall(operation, outcome, seconds);
  }

  planCompiled(route: string, outcome: 'compiled' | 'refused', seconds: number): void {
    this.#metrics.planCompiled(route, outcome, seconds);
  }

  shardRestarted(shard: number): void {
    this.#metrics.shardRestarted(shard);
  }

  #quarantined(event: Quarantined): void {
    const id = [event.route, event.topic, event.code, event.path].join('\0');
    const now = this.#now();
    const known = this.#reasons.get(id);
    if (known && now - known.since < quietTime) {
      known.count += event.count;
      return;
    }
    if (this.#reasons.size >= mostReasons) this.#reasons.clear();
    this.#reasons.set(id, { since: now, count: 0 });
    this.#log.event({ ...event, count: event.count + (known?.count ?? 0) });
  }
}
