/** One metric of the contract. */
export interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, in seconds. */
  readonly buckets?: readonly number[];
}

const latencies = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const calls = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** Every metric of the service. Names, types and labels are a contract: append, never rename. Documents are made from it. */
export const metricTable = {
  lethe_records_total: {
    type: 'counter',
    help: 'Records handled, by route and outcome code (WRITTEN, DROPPED, or the reason for quarantine)',
    labels: ['route', 'outcome'],
  },
  lethe_bytes_in_total: {
    type: 'counter',
    help: 'Bytes of raw record values read, by route',
    labels: ['route'],
  },
  lethe_bytes_out_total: {
    type: 'counter',
    help: 'Bytes of sanitized record values written, by route',
    labels: ['route'],
  },
  lethe_technique_rows_total: {
    type: 'counter',
    help: 'Values that each technique was applied to, by route',
    labels: ['route', 'technique'],
  },
  lethe_headers_dropped_total: {
    type: 'counter',
    help: 'Record headers left out because no rule allows them, by route',
    labels: ['route'],
  },
  lethe_transactions_total: {
    type: 'counter',
    help: 'Transactions ended, by result (committed, aborted)',
    labels: ['result'],
  },
  lethe_batch_latency_seconds: {
    type: 'histogram',
    help: 'From fetch to commit of a batch (a sample of all batches)',
    labels: [],
    buckets: latencies,
  },
  lethe_end_to_end_latency_seconds: {
    type: 'histogram',
    help: 'From record timestamp to commit (a sample of all records)',
    labels: [],
    buckets: latencies,
  },
  lethe_lag_records: {
    type: 'gauge',
    help: 'Offsets between the position and the end of a source partition',
    labels: ['topic', 'partition'],
  },
  lethe_lag_seconds: {
    type: 'gauge',
    help: 'Age of the last record handled of a source partition; 0 when nothing is pending',
    labels: ['topic', 'partition'],
  },
  lethe_halted_partitions: {
    type: 'gauge',
    help: 'Source partitions stopped by onRefusal: halt, by shard',
    labels: ['shard'],
  },
  lethe_in_flight_bytes: {
    type: 'gauge',
    help: 'Raw and encoded bytes that a shard holds',
    labels: ['shard'],
  },
  lethe_shard_restarts_total: {
    type: 'counter',
    help: 'Shards replaced after a failure or a missed heartbeat',
    labels: ['shard'],
  },
  lethe_plan_compiles_total: {
    type: 'counter',
    help: 'Plans made for schemas, by route and outcome (compiled, refused)',
    labels: ['route', 'outcome'],
  },
  lethe_plan_compile_seconds: {
    type: 'histogram',
    help: 'Time to make a plan, registry calls included',
    labels: [],
    buckets: calls,
  },
  lethe_registry_calls_total: {
    type: 'counter',
    help: 'Calls of the schema registry, by operation and outcome (ok, not-found, error)',
    labels: ['operation', 'outcome'],
  },
  lethe_registry_call_seconds: {
    type: 'histogram',
    help: 'Duration of calls of the schema registry, by operation',
    labels: ['operation'],
    buckets: calls,
  },
  lethe_config_reloads_total: {
    type: 'counter',
    help: 'Changed configurations, by outcome (applied, rejected); after a rejected one the old one keeps running',
    labels: ['outcome'],
  },
  lethe_dependency_awaited: {
    type: 'gauge',
    help: '1 while the start waits for this dependency (registry, kafka/CLUSTER, topics), 0 once it has answered',
    labels: ['dependency'],
  },
  lethe_ready: {
    type: 'gauge',
    help: '1 when the service is ready, else 0',
    labels: [],
  },
  lethe_series_dropped_total: {
    type: 'counter',
    help: 'Label values counted under "other" because a metric has too many series',
    labels: [],
  },
  lethe_build_info: {
    type: 'gauge',
    help: 'Always 1; the version is in the labels',
    labels: ['version', 'node'],
  },
} as const satisfies Readonly<Record<`lethe_${string}`, MetricSpec>>;

export type MetricName = keyof typeof metricTable;
