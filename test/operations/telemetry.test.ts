import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Log } from '../../src/operations/logging/log.ts';
import { Metrics } from '../../src/operations/metrics/metrics.ts';
import { ServiceTelemetry } from '../../src/operations/telemetry.ts';
import type { StreamingEvent } from '../../src/streaming/telemetry.ts';

function make() {
  const lines: string[] = [];
  const seen: string[] = [];
  const clock = { now: 0 };
  const telemetry = new ServiceTelemetry({
    log: new Log({ level: 'debug', format: 'json', sink: { write: (line) => lines.push(line) } }),
    metrics: new Metrics({ version: '1', node: '24', process: false }),
    now: () => clock.now,
    observers: [{ event: ({ event }) => seen.push(event), report: () => seen.push('report') }],
  });
  return { telemetry, lines, seen, clock };
}

const quarantined = (code: string, count: number): StreamingEvent => ({
  event: 'records.quarantined',
  route: 'customers',
  topic: 'raw',
  partition: 1,
  code,
  path: 'email',
  count,
  firstOffset: '7',
});

test('quarantined records are told at once, then added up, so that the log is not flooded', () => {
  const { telemetry, lines, clock } = make();
  for (let at = 0; at < 100; at++) telemetry.event(quarantined('RECORD_TRUNCATED', 1));
  telemetry.event(quarantined('STRING_NOT_UTF8', 2));
  assert.equal(lines.length, 2);
  clock.now = 10_001;
  telemetry.event(quarantined('RECORD_TRUNCATED', 1));
  assert.equal(lines.length, 3);
  assert.match(lines[2] ?? '', /"count":100[,}]/);
});

test('observers hear every event and report', () => {
  const { telemetry, seen } = make();
  telemetry.event({ event: 'shard.started', shard: 0 });
  telemetry.event(quarantined('A', 1));
  assert.deepEqual(seen, ['shard.started', 'records.quarantined']);
});

test('numbers go to the metrics', async () => {
  const metrics = new Metrics({ version: '1', node: '24', process: false });
  const log = new Log({ level: 'error', format: 'json', sink: { write: () => undefined } });
  const telemetry = new ServiceTelemetry({ log, metrics, now: () => 0 });
  telemetry.registryCall('schema', 'ok', 0.1);
  telemetry.planCompiled('customers', 'compiled', 0.1);
  telemetry.shardRestarted(2);
  telemetry.report({
    shard: 2,
    routes: {},
    transactions: { committed: 3, aborted: 0 },
    batchLatency: [],
    endToEndLatency: [],
    positions: [],
    halted: [],
    inFlightBytes: 0,
  });
  const text = await metrics.render();
  for (const series of [
    'lethe_registry_calls_total{operation="schema",outcome="ok"} 1',
    'lethe_plan_compiles_total{route="customers",outcome="compiled"} 1',
    'lethe_shard_restarts_total{shard="2"} 1',
    'lethe_transactions_total{result="committed"} 3',
  ])
    assert.ok(text.includes(series), series);
});
