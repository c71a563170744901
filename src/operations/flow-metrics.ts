/** The numbers of `lethe network watch`: labels are words of closed lists alone, so that no peer and no log can make their number grow. */
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { MetricSpec } from './metrics/table.ts';
import type { CountedAnomaly } from '../isolation/flows/anomaly.ts';
import type { LineCounts } from '../isolation/flows/flow-reader.ts';
import type { FlowFormat, ObservedFlow } from '../isolation/flows/observed-flow.ts';

/** Every metric of the command. Names, types and labels are a contract: append, never rename. Documents are made from it. */
export const flowMetricTable = {
  lethe_network_flows_total: {
    type: 'counter',
    help: 'Connections that flow logs told of, by format, layer (network, kafka) and verdict (allowed, denied, unknown)',
    labels: ['format', 'layer', 'verdict'],
  },
  lethe_network_lines_total: {
    type: 'counter',
    help: 'Lines of flow logs, by format and outcome (flow, skipped, malformed)',
    labels: ['format', 'outcome'],
  },
  lethe_network_anomalies_total: {
    type: 'counter',
    help: 'Anomalies, each counted when it is new, by code and severity',
    labels: ['code', 'severity'],
  },
  lethe_network_last_flow_timestamp_seconds: {
    type: 'gauge',
    help: 'Time of the newest entry, by format',
    labels: ['format'],
  },
  lethe_network_declared_flows: {
    type: 'gauge',
    help: 'Flows of the map, by state (seen, unseen)',
    labels: ['state'],
  },
  lethe_network_forgotten_entries: {
    type: 'gauge',
    help: 'Anomalies and sources that were forgotten to keep within memory',
    labels: [],
  },
} as const satisfies Readonly<Record<`lethe_network_${string}`, MetricSpec>>;

type FlowMetricName = keyof typeof flowMetricTable;

/** Counts for `/metrics` of the watch. */
export class FlowMetrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<FlowMetricName, Counter>();
  readonly #gauges = new Map<FlowMetricName, Gauge>();
  /** Lines that were counted already, by source: readers tell sums. */
  readonly #lines = new Map<string, Readonly<Record<'flow' | 'skipped' | 'malformed', number>>>();
  readonly #newest = new Map<FlowFormat, number>();

  /** @param process whether metrics of the process are collected too */
  constructor({ process = true }: { readonly process?: boolean } = {}) {
    const table: Readonly<Record<string, MetricSpec>> = flowMetricTable;
    for (const [name, { type, help, labels }] of Object.entries(table)) {
      const common = { name, help, labelNames: [...labels], registers: [this.#registry] };
      const key = name as FlowMetricName;
      if (type === 'counter') this.#counters.set(key, new Counter(common));
      else this.#gauges.set(key, new Gauge(common));
    }
    if (process) collectDefaultMetrics({ register: this.#registry });
  }

  flow({ layer, verdict, count, at, origin: { format } }: ObservedFlow): void {
    this.#counters.get('lethe_network_flows_total')?.inc({ format, layer, verdict }, count);
    if (at === null || at <= (this.#newest.get(format) ?? 0)) return;
    this.#newest.set(format, at);
    this.#gauges.get('lethe_network_last_flow_timestamp_seconds')?.set({ format }, at / 1000);
  }

  /** Takes the sums of one source as they are now; `format` null while it is not told yet. */
  lines(
    source: string,
    format: FlowFormat | null,
    { flows, skipped, malformed }: LineCounts,
  ): void {
    if (format === null) return;
    const sums = {
      flow: flows,
      skipped: Object.values(skipped).reduce((sum, count) => sum + count, 0),
      malformed: Object.values(malformed).reduce((sum, { count }) => sum + count, 0),
    };
    const before = this.#lines.get(source);
    for (const outcome of ['flow', 'skipped', 'malformed'] as const) {
      const added = sums[outcome] - (before?.[outcome] ?? 0);
      this.#counters.get('lethe_network_lines_total')?.inc({ format, outcome }, added);
    }
    this.#lines.set(source, sums);
  }

  anomaly({ finding: { code, severity } }: CountedAnomaly): void {
    this.#counters.get('lethe_network_anomalies_total')?.inc({ code, severity });
  }

  declared(seen: number, total: number, evicted: number): void {
    const gauge = this.#gauges.get('lethe_network_declared_flows');
    gauge?.set({ state: 'seen' }, seen);
    gauge?.set({ state: 'unseen' }, total - seen);
    this.#gauges.get('lethe_network_forgotten_entries')?.set(evicted);
  }

  /** The text that `/metrics` answers. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}
