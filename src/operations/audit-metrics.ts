/** The numbers of `lethe audit`. Labels are routes, topics and codes of closed lists, so that nothing in a record can make their number grow. */
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import { auditRules, type AuditCode } from '../assurance/leak-audit/codes.ts';
import type { MetricSpec } from './metrics/table.ts';
import type { AuditPosition, AuditTelemetry } from '../assurance/leak-audit/telemetry.ts';

/** Every metric of the command. Names, types and labels are a contract: append, never rename. Documents are made from it. */
export const auditMetricTable = {
  lethe_audit_ready: {
    type: 'gauge',
    help: '1 while the auditor reads and the registry answers, else 0',
    labels: [],
  },
  lethe_audit_records_total: {
    type: 'counter',
    help: 'Sanitized records, by route and outcome (judged, skipped by audit.sample)',
    labels: ['route', 'outcome'],
  },
  lethe_audit_findings_total: {
    type: 'counter',
    help: 'Finds, each time one is made, by route, check (docs/audit.md) and severity',
    labels: ['route', 'check', 'severity'],
  },
  lethe_audit_lag_records: {
    type: 'gauge',
    help: 'Records of a topic that the auditor has not come to yet',
    labels: ['topic'],
  },
} as const satisfies Readonly<Record<`lethe_audit_${string}`, MetricSpec>>;

type AuditMetricName = keyof typeof auditMetricTable;

/** Counts for `/metrics` of the auditor. */
export class AuditMetrics implements Omit<AuditTelemetry, 'event'> {
  readonly #registry = new Registry();
  readonly #counters = new Map<AuditMetricName, Counter>();
  readonly #gauges = new Map<AuditMetricName, Gauge>();

  /** @param routes names, whose counters exist from the start so that alerts see the first increase */
  constructor(routes: readonly string[], { process = true }: { readonly process?: boolean } = {}) {
    const table: Readonly<Record<string, MetricSpec>> = auditMetricTable;
    for (const [name, { type, help, labels }] of Object.entries(table)) {
      const common = { name, help, labelNames: [...labels], registers: [this.#registry] };
      const key = name as AuditMetricName;
      if (type === 'counter') this.#counters.set(key, new Counter(common));
      else this.#gauges.set(key, new Gauge(common));
    }
    for (const route of routes) {
      this.records(route, 'judged', 0);
      for (const check of Object.keys(auditRules)) this.#find(route, check as AuditCode, 0);
    }
    if (process) collectDefaultMetrics({ register: this.#registry });
  }

  ready(ready: boolean): void {
    this.#gauges.get('lethe_audit_ready')?.set(ready ? 1 : 0);
  }

  records(route: string, outcome: 'judged' | 'skipped', count: number): void {
    this.#counters.get('lethe_audit_records_total')?.inc({ route, outcome }, count);
  }

  found(route: string, check: AuditCode): void {
    this.#find(route, check, 1);
  }

  positions(positions: readonly AuditPosition[]): void {
    const gauge = this.#gauges.get('lethe_audit_lag_records');
    for (const [topic, own] of Map.groupBy(positions, (one) => one.topic))
      gauge?.set(
        { topic },
        own.reduce((sum, { lag }) => sum + lag, 0),
      );
  }

  /** The text that `/metrics` answers. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  #find(route: string, check: AuditCode, count: number): void {
    const { severity } = auditRules[check];
    this.#counters.get('lethe_audit_findings_total')?.inc({ route, check, severity }, count);
  }
}
