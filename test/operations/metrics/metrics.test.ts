import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Metrics } from '../../../src/operations/metrics/metrics.ts';
import { metricTable } from '../../../src/operations/metrics/table.ts';
import type { ShardReport } from '../../../src/streaming/telemetry.ts';

function make(mostSeries?: number): Metrics {
  return new Metrics({
    version: '1.2.3',
    node: '24',
    process: false,
    ...(mostSeries !== undefined && { mostSeries }),
  });
}

const report: ShardReport = {
  shard: 0,
  routes: {
    customers: {
      outcomes: { WRITTEN: 10, RECORD_TRUNCATED: 2 },
      techniques: { mask: 12 },
      headersDropped: 3,
      bytesIn: 1000,
      bytesOut: 900,
    },
  },
  transactions: { committed: 4, aborted: 1 },
  batchLatency: [12, 700],
  endToEndLatency: [40],
  positions: [{ topic: 'raw.customers', partition: 3, lag: 7, lagTime: 1500 }],
  halted: [{ topic: 'raw.customers', partition: 4, code: 'SCHEMA_REFUSED' }],
  inFlightBytes: 4096,
};

async function rendered(metrics: Metrics): Promise<ReadonlyMap<string, number>> {
  const lines = (await metrics.render()).split('\n').filter((line) => /^[a-z]/.test(line));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

test('a shard report becomes the numbers of the table, times in seconds', async () => {
  const metrics = make();
  metrics.report(report);
  metrics.report(report);
  const now = await rendered(metrics);
  const expected = {
    'lethe_records_total{route="customers",outcome="WRITTEN"}': 20,
    'lethe_records_total{route="customers",outcome="RECORD_TRUNCATED"}': 4,
    'lethe_technique_rows_total{route="customers",technique="mask"}': 24,
    'lethe_headers_dropped_total{route="customers"}': 6,
    'lethe_bytes_in_total{route="customers"}': 2000,
    'lethe_bytes_out_total{route="customers"}': 1800,
    'lethe_transactions_total{result="committed"}': 8,
    'lethe_transactions_total{result="aborted"}': 2,
    lethe_batch_latency_seconds_sum: 1.424,
    'lethe_batch_latency_seconds_bucket{le="0.02"}': 2,
    lethe_end_to_end_latency_seconds_count: 2,
    'lethe_lag_records{topic="raw.customers",partition="3"}': 7,
    'lethe_lag_seconds{topic="raw.customers",partition="3"}': 1.5,
    'lethe_halted_partitions{shard="0"}': 1,
    'lethe_in_flight_bytes{shard="0"}': 4096,
    'lethe_build_info{version="1.2.3",node="24"}': 1,
  };
  for (const [series, value] of Object.entries(expected))
    assert.equal(now.get(series), value, series);
});

test('calls, compiles, restarts, reloads and readiness are counted', async () => {
  const metrics = make();
  metrics.registryCall('schema', 'not-found', 0.02);
  metrics.planCompiled('orders', 'refused', 0.2);
  metrics.shardRestarted(1);
  metrics.configReloaded('rejected');
  metrics.configReloaded('rejected');
  metrics.ready(true);
  const now = await rendered(metrics);
  const expected = {
    'lethe_registry_calls_total{operation="schema",outcome="not-found"}': 1,
    'lethe_registry_call_seconds_count{operation="schema"}': 1,
    'lethe_plan_compiles_total{route="orders",outcome="refused"}': 1,
    lethe_plan_compile_seconds_count: 1,
    'lethe_shard_restarts_total{shard="1"}': 1,
    'lethe_config_reloads_total{outcome="applied"}': 0,
    'lethe_config_reloads_total{outcome="rejected"}': 2,
    lethe_ready: 1,
  };
  for (const [series, value] of Object.entries(expected))
    assert.equal(now.get(series), value, series);
});

test('the lag of a partition that a shard lost disappears, unless another shard has it', async () => {
  const metrics = make();
  const position = (partition: number) => ({ topic: 't', partition, lag: 1, lagTime: 0 });
  metrics.report({ ...report, positions: [position(0), position(1)] });
  metrics.report({ ...report, shard: 1, positions: [position(1)] });
  metrics.report({ ...report, positions: [] });
  const now = await rendered(metrics);
  assert.equal(now.has('lethe_lag_records{topic="t",partition="0"}'), false);
  assert.equal(now.get('lethe_lag_records{topic="t",partition="1"}'), 1);
});

test('label sets are bounded: what is too many is counted under "other"', async () => {
  const metrics = make(3);
  for (let at = 0; at < 10; at++) metrics.planCompiled(`route-${at}`, 'compiled', 0);
  const now = await rendered(metrics);
  const series = [...now.keys()].filter((name) => name.startsWith('lethe_plan_compiles_total'));
  assert.equal(series.length, 4);
  assert.equal(now.get('lethe_plan_compiles_total{route="other",outcome="other"}'), 7);
  assert.equal(now.get('lethe_series_dropped_total'), 7);
});

test('every metric of the table is exposed, and every exposed one is in the table', async () => {
  const text = await make().render();
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]);
  assert.deepEqual(
    types.sort(),
    Object.entries(metricTable)
      .map(([name, { type }]) => [name, type])
      .sort(),
  );
});

test('every metric is in the reference page with its type', () => {
  const page = readFileSync(new URL('../../../docs/reference/metrics.md', import.meta.url), 'utf8');
  for (const [name, { type }] of Object.entries(metricTable))
    assert.ok(page.includes(`| \`${name}\` | ${type} |`), name);
});

test('names follow the conventions: counters end in _total, times in _seconds', () => {
  for (const [name, { type, help }] of Object.entries(metricTable)) {
    assert.match(name, /^lethe_[a-z_]+$/);
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    if (type === 'histogram') assert.match(name, /_seconds$/);
    assert.ok(help.length > 10);
  }
});

test('metrics of the process come along', async () => {
  const text = await new Metrics({ version: '1', node: '24' }).render();
  assert.match(text, /^process_resident_memory_bytes /m);
  assert.match(text, /^nodejs_eventloop_lag_seconds /m);
});
