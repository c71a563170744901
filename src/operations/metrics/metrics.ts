import { Registry, collectDefaultMetrics } from 'prom-client';
import { SeriesSet } from './series.ts';
import type { ShardReport, Telemetry } from '../../streaming/telemetry.ts';

type Position = ShardReport['positions'][number];

export interface MetricsOptions {
  readonly version: string;
  readonly node: string;
  /** Label sets that one metric may have. */
  readonly mostSeries?: number;
  /** Whether metrics of the process (memory, CPU, event loop) are collected too. */
  readonly process?: boolean;
}

/** The numbers of the service. Shards add up per batch and report about once a second; nothing here runs per record. */
export class Metrics implements Omit<Telemetry, 'event'> {
  readonly #registry = new Registry();
  readonly #series: SeriesSet;
  /** Partitions that each shard reported last, so that those it lost disappear. */
  readonly #positions = new Map<number, ReadonlyMap<string, Position>>();

  constructor({ version, node, mostSeries = 5000, process = true }: MetricsOptions) {
    this.#series = new SeriesSet(this.#registry, mostSeries);
    this.#series.set('lethe_build_info', { version, node }, 1);
    this.#series.set('lethe_ready', {}, 0);
    // Counters that alerts look at exist from the start, so that the first increase is seen.
    for (const outcome of ['applied', 'rejected'])
      this.#series.add('lethe_config_reloads_total', { outcome }, 0);
    if (process) collectDefaultMetrics({ register: this.#registry });
  }

  report(report: ShardReport): void {
    for (const [route, counters] of Object.entries(report.routes)) {
      for (const [outcome, count] of Object.entries(counters.outcomes))
        this.#series.add('lethe_records_total', { route, outcome }, count);
      for (const [technique, count] of Object.entries(counters.techniques))
        this.#series.add('lethe_technique_rows_total', { route, technique }, count);
      this.#series.add('lethe_headers_dropped_total', { route }, counters.headersDropped);
      this.#series.add('lethe_bytes_in_total', { route }, counters.bytesIn);
      this.#series.add('lethe_bytes_out_total', { route }, counters.bytesOut);
    }
    const { committed, aborted } = report.transactions;
    this.#series.add('lethe_transactions_total', { result: 'committed' }, committed);
    this.#series.add('lethe_transactions_total', { result: 'aborted' }, aborted);
    for (const latency of report.batchLatency)
      this.#series.observe('lethe_batch_latency_seconds', {}, latency / 1000);
    for (const latency of report.endToEndLatency)
      this.#series.observe('lethe_end_to_end_latency_seconds', {}, latency / 1000);
    const shard = String(report.shard);
    this.#series.set('lethe_halted_partitions', { shard }, report.halted.length);
    this.#series.set('lethe_in_flight_bytes', { shard }, report.inFlightBytes);
    this.#lag(report);
  }

  registryCall(operation: string, outcome: 'ok' | 'not-found' | 'error', seconds: number): void {
    this.#series.add('lethe_registry_calls_total', { operation, outcome });
    this.#series.observe('lethe_registry_call_seconds', { operation }, seconds);
  }

  planCompiled(route: string, outcome: 'compiled' | 'refused', seconds: number): void {
    this.#series.add('lethe_plan_compiles_total', { route, outcome });
    this.#series.observe('lethe_plan_compile_seconds', {}, seconds);
  }

  shardRestarted(shard: number): void {
    this.#series.add('lethe_shard_restarts_total', { shard: String(shard) });
  }

  dependencyAwaited(dependency: string, awaited: boolean): void {
    this.#series.set('lethe_dependency_awaited', { dependency }, awaited ? 1 : 0);
  }

  configReloaded(outcome: 'applied' | 'rejected'): void {
    this.#series.add('lethe_config_reloads_total', { outcome });
  }

  ready(ready: boolean): void {
    this.#series.set('lethe_ready', {}, ready ? 1 : 0);
  }

  /** The text that `/metrics` answers. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  #lag({ shard, positions }: ShardReport): void {
    const now = new Map(positions.map((entry) => [`${entry.topic}-${entry.partition}`, entry]));
    const elsewhere = [...this.#positions].filter(([other]) => other !== shard);
    for (const [id, old] of this.#positions.get(shard) ?? []) {
      if (now.has(id) || elsewhere.some(([, theirs]) => theirs.has(id))) continue;
      this.#series.remove('lethe_lag_records', partitionLabels(old));
      this.#series.remove('lethe_lag_seconds', partitionLabels(old));
    }
    this.#positions.set(shard, now);
    for (const entry of positions) {
      this.#series.set('lethe_lag_records', partitionLabels(entry), entry.lag);
      this.#series.set('lethe_lag_seconds', partitionLabels(entry), entry.lagTime / 1000);
    }
  }
}

function partitionLabels({ topic, partition }: Position): { topic: string; partition: string } {
  return { topic, partition: String(partition) };
}
