import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { metricTable } from './table.ts';
import type { MetricName, MetricSpec } from './table.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * The metrics of the table in one registry, with a bound on series: past `mostSeries` label sets a metric counts new ones
 * under "other", so that no topic or route pattern can make the process or the monitoring grow without end.
 */
export class SeriesSet {
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();
  readonly #known = new Map<string, Set<string>>();
  readonly #mostSeries: number;

  constructor(registry: Registry, mostSeries: number) {
    this.#mostSeries = mostSeries;
    const table: Readonly<Record<string, MetricSpec>> = metricTable;
    for (const [name, { type, help, labels, buckets = [] }] of Object.entries(table)) {
      const common = { name, help, labelNames: [...labels], registers: [registry] };
      switch (type) {
        case 'counter':
          this.#counters.set(name, new Counter(common));
          break;
        case 'gauge':
          this.#gauges.set(name, new Gauge(common));
          break;
        case 'histogram':
          this.#histograms.set(name, new Histogram({ ...common, buckets: [...buckets] }));
          break;
      }
    }
  }

  add(name: MetricName, labels: Labels, amount = 1): void {
    if (amount >= 0) this.#counters.get(name)?.inc(this.#bounded(name, labels), amount);
  }

  set(name: MetricName, labels: Labels, value: number): void {
    this.#gauges.get(name)?.set(this.#bounded(name, labels), value);
  }

  /** Forgets a series, as of a partition that this instance no longer reads. */
  remove(name: MetricName, labels: Labels): void {
    this.#gauges.get(name)?.remove({ ...labels });
    this.#known.get(name)?.delete(Object.values(labels).join('\0'));
  }

  observe(name: MetricName, labels: Labels, seconds: number): void {
    this.#histograms.get(name)?.observe(this.#bounded(name, labels), seconds);
  }

  #bounded(name: string, labels: Labels): Record<string, string> {
    const known = this.#known.get(name) ?? new Set<string>();
    this.#known.set(name, known);
    const id = Object.values(labels).join('\0');
    if (known.has(id) || known.size < this.#mostSeries) {
      known.add(id);
      return { ...labels };
    }
    this.#counters.get('lethe_series_dropped_total')?.inc();
    return Object.fromEntries(Object.keys(labels).map((label) => [label, 'other']));
  }
}
