/** The numbers of `lethe warden`. Labels are words of closed lists, so that nothing in a cluster can make their number grow. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { conditionNames } from '../isolation/warden/conditions.ts';
import type { MetricSpec } from './metrics/table.ts';
import type { WardenTelemetry } from '../isolation/warden/warden-event.ts';

const seconds = [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60];

/** Every metric of the command. Names, types and labels are a contract: append, never rename. Documents are made from it. */
export const wardenMetricTable = {
  lethe_warden_leader: {
    type: 'gauge',
    help: '1 where this process acts, 0 where another one does',
    labels: [],
  },
  lethe_warden_condition: {
    type: 'gauge',
    help: '1 for what keeps the warden from following, else 0',
    labels: ['condition'],
  },
  lethe_warden_verified: {
    type: 'gauge',
    help: '1 when the last verification had no finding of severity error, else 0; told by the one that acts',
    labels: [],
  },
  lethe_warden_findings: {
    type: 'gauge',
    help: 'Findings of the last verification, by code and severity',
    labels: ['code', 'severity'],
  },
  lethe_warden_verify_seconds: {
    type: 'histogram',
    help: 'Duration of verifications',
    labels: [],
    buckets: seconds,
  },
  lethe_warden_policies: {
    type: 'gauge',
    help: 'Policies by state: wanted by the last good inputs, enforced as far as it was seen, and pending writes',
    labels: ['state'],
  },
  lethe_warden_transition: {
    type: 'gauge',
    help: '1 while flows of a former placement stay open, else 0',
    labels: [],
  },
  lethe_warden_writes_total: {
    type: 'counter',
    help: 'Writes of policies, by action (repair, widen, narrow, deny, refresh, prune) and outcome (done, conflict, refused, failed)',
    labels: ['action', 'outcome'],
  },
  lethe_warden_repairs_total: {
    type: 'counter',
    help: 'Policies put back after somebody deleted or changed them',
    labels: ['damage'],
  },
  lethe_warden_follow_seconds: {
    type: 'histogram',
    help: 'From the question to Kafka that told of a change to the last policy that was written for it',
    labels: [],
    buckets: seconds,
  },
  lethe_warden_kafka_polls_total: {
    type: 'counter',
    help: 'Questions to Kafka, by outcome (answered, failed)',
    labels: ['outcome'],
  },
  lethe_warden_placement_age_seconds: {
    type: 'gauge',
    help: 'Since Kafka was asked what it answered last; absent before the first answer',
    labels: [],
  },
  lethe_warden_acl_entries: {
    type: 'gauge',
    help: "Entries of Kafka's ACLs that verification goes by; absent where none are known",
    labels: [],
  },
  lethe_warden_watch_ends_total: {
    type: 'counter',
    help: 'Watches that ended, by reason (closed in time, expired, failed)',
    labels: ['why'],
  },
  lethe_warden_events_total: {
    type: 'counter',
    help: 'Events written to the cluster, by outcome (sent, refused)',
    labels: ['outcome'],
  },
} as const satisfies Readonly<Record<`lethe_warden_${string}`, MetricSpec>>;

type WardenMetricName = keyof typeof wardenMetricTable;

/** Counts for `/metrics` of the warden. */
export class WardenMetrics implements Omit<WardenTelemetry, 'event'> {
  readonly #registry = new Registry();
  readonly #counters = new Map<WardenMetricName, Counter>();
  readonly #gauges = new Map<WardenMetricName, Gauge>();
  readonly #histograms = new Map<WardenMetricName, Histogram>();

  /** @param process whether metrics of the process are collected too */
  constructor({ process = true }: { readonly process?: boolean } = {}) {
    const table: Readonly<Record<string, MetricSpec>> = wardenMetricTable;
    for (const [name, { type, help, labels, buckets = [] }] of Object.entries(table)) {
      const common = { name, help, labelNames: [...labels], registers: [this.#registry] };
      const key = name as WardenMetricName;
      switch (type) {
        case 'counter':
          this.#counters.set(key, new Counter(common));
          break;
        case 'gauge':
          this.#gauges.set(key, new Gauge(common));
          break;
        case 'histogram':
          this.#histograms.set(key, new Histogram({ ...common, buckets: [...buckets] }));
          break;
      }
    }
    // Series that alerts look at exist from the start, so that the first increase is seen.
    for (const condition of conditionNames) this.condition(condition, false);
    for (const damage of ['deleted', 'changed'])
      this.#counters.get('lethe_warden_repairs_total')?.inc({ damage }, 0);
    this.#gauges.get('lethe_warden_placement_age_seconds')?.remove();
    this.#gauges.get('lethe_warden_acl_entries')?.remove();
    this.#gauges.get('lethe_warden_verified')?.set(0);
    if (process) collectDefaultMetrics({ register: this.#registry });
  }

  leads(leads: boolean): void {
    this.#gauges.get('lethe_warden_leader')?.set(leads ? 1 : 0);
    if (leads) return;
    // Whoever acts tells of findings: old ones of another would stay for ever.
    this.#gauges.get('lethe_warden_findings')?.reset();
    this.#gauges.get('lethe_warden_verified')?.set(0);
  }

  condition(condition: string, holds: boolean): void {
    this.#gauges.get('lethe_warden_condition')?.set({ condition }, holds ? 1 : 0);
  }

  policies(counts: Parameters<WardenTelemetry['policies']>[0]): void {
    for (const [state, count] of Object.entries(counts))
      this.#gauges.get('lethe_warden_policies')?.set({ state }, count);
  }

  transition(open: boolean): void {
    this.#gauges.get('lethe_warden_transition')?.set(open ? 1 : 0);
  }

  wrote(action: string, outcome: string): void {
    this.#counters.get('lethe_warden_writes_total')?.inc({ action, outcome });
  }

  repaired(damage: string): void {
    this.#counters.get('lethe_warden_repairs_total')?.inc({ damage });
  }

  followed(took: number): void {
    this.#histograms.get('lethe_warden_follow_seconds')?.observe(took);
  }

  polled(outcome: string): void {
    this.#counters.get('lethe_warden_kafka_polls_total')?.inc({ outcome });
  }

  placementAge(age: number | null): void {
    if (age !== null) this.#gauges.get('lethe_warden_placement_age_seconds')?.set(age);
  }

  acls(entries: number | null): void {
    const gauge = this.#gauges.get('lethe_warden_acl_entries');
    if (entries === null) gauge?.remove();
    else gauge?.set(entries);
  }

  watchEnded(why: string): void {
    this.#counters.get('lethe_warden_watch_ends_total')?.inc({ why });
  }

  verified({ verified, seconds: took, counts }: Parameters<WardenTelemetry['verified']>[0]): void {
    this.#gauges.get('lethe_warden_verified')?.set(verified ? 1 : 0);
    this.#histograms.get('lethe_warden_verify_seconds')?.observe(took);
    const findings = this.#gauges.get('lethe_warden_findings');
    findings?.reset();
    for (const { code, severity, count } of counts.values())
      findings?.set({ code, severity }, count);
  }

  clusterEvent(outcome: string): void {
    this.#counters.get('lethe_warden_events_total')?.inc({ outcome });
  }

  /** The text that `/metrics` answers. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}
