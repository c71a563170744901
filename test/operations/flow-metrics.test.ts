import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { anomaly, anomalyKinds, type FlowAnomalyCode } from '../../src/isolation/flows/anomaly.ts';
import { FlowMetrics, flowMetricTable } from '../../src/operations/flow-metrics.ts';
import { flowFormats } from '../../src/isolation/flows/observed-flow.ts';
import { seen } from '../isolation/flows/watch-scene.ts';

async function rendered(metrics: FlowMetrics): Promise<ReadonlyMap<string, number>> {
  const lines = (await metrics.render()).split('\n');
  return new Map(
    lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line): [string, number] => {
        const at = line.lastIndexOf(' ');
        return [line.slice(0, at), Number(line.slice(at + 1))];
      }),
  );
}

const counts = (flows: number) => ({
  lines: flows + 3,
  flows,
  skipped: { reply: 2 },
  malformed: { 'not-json': { count: 1, first: 1 } },
});

test('flows, lines, anomalies and the state of the map are counted', async () => {
  const metrics = new FlowMetrics({ process: false });
  metrics.flow(seen({}, {}, { count: 3 }));
  metrics.flow(seen({}, {}, { at: 1000, verdict: 'denied' }));
  metrics.lines('a', 'hubble', counts(2));
  metrics.lines('a', 'hubble', counts(5));
  metrics.lines('b', null, counts(5));
  const finding = anomaly('RAW_PEER_UNDECLARED', { subject: 's', message: 'm' });
  metrics.anomaly({ finding, count: 1, firstSeen: null, lastSeen: null, origin: null });
  metrics.declared(2, 10, 4);
  assert.deepEqual(Object.fromEntries(await rendered(metrics)), {
    'lethe_network_flows_total{format="hubble",layer="network",verdict="allowed"}': 3,
    'lethe_network_flows_total{format="hubble",layer="network",verdict="denied"}': 1,
    'lethe_network_lines_total{format="hubble",outcome="flow"}': 5,
    'lethe_network_lines_total{format="hubble",outcome="skipped"}': 2,
    'lethe_network_lines_total{format="hubble",outcome="malformed"}': 1,
    'lethe_network_anomalies_total{code="RAW_PEER_UNDECLARED",severity="error"}': 1,
    'lethe_network_last_flow_timestamp_seconds{format="hubble"}': 1_767_323_045,
    'lethe_network_declared_flows{state="seen"}': 2,
    'lethe_network_declared_flows{state="unseen"}': 8,
    lethe_network_forgotten_entries: 4,
  });
});

test('whoever talks, the number of series has a bound', async () => {
  const metrics = new FlowMetrics({ process: false });
  const codes = Object.keys(anomalyKinds) as FlowAnomalyCode[];
  for (let i = 0; i < 2000; i += 1) {
    const format = flowFormats[i % flowFormats.length]!;
    metrics.flow(
      seen(
        { address: `10.0.${i >> 8}.${i & 255}` },
        {},
        { port: i + 1, origin: { format, line: i } },
      ),
    );
    metrics.lines(`log ${i}`, format, counts(1));
    const finding = anomaly(codes[i % codes.length]!, { subject: `peer ${i}`, message: `${i}` });
    metrics.anomaly({ finding, count: 1, firstSeen: null, lastSeen: null, origin: null });
  }
  assert.ok((await rendered(metrics)).size < 80);
});

test('every metric of the table is exposed and in the reference page, by the conventions', async () => {
  const text = await new FlowMetrics({ process: false }).render();
  const page = readFileSync(new URL('../../docs/reference/metrics.md', import.meta.url), 'utf8');
  for (const [name, { type, help }] of Object.entries(flowMetricTable)) {
    assert.ok(text.includes(`# TYPE ${name} ${type}\n`), name);
    assert.ok(page.includes(`| \`${name}\` | ${type} |`), name);
    assert.match(name, /^lethe_network_[a-z_]+$/);
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    assert.ok(help.length > 10);
  }
});
