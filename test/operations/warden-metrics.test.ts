import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WardenMetrics, wardenMetricTable } from '../../src/operations/warden-metrics.ts';

const lines = async (metrics: WardenMetrics): Promise<readonly string[]> =>
  (await metrics.render()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

test('what alerts look at is there from the start', async () => {
  const text = await lines(new WardenMetrics({ process: false }));
  assert.ok(text.includes('lethe_warden_condition{condition="KAFKA_UNREACHABLE"} 0'));
  assert.ok(text.includes('lethe_warden_repairs_total{damage="deleted"} 0'));
  assert.ok(text.includes('lethe_warden_verified 0'));
});

test('every metric of the table is told', async () => {
  const metrics = new WardenMetrics({ process: false });
  metrics.leads(true);
  metrics.policies({ wanted: 3, enforced: 2, pending: 1 });
  metrics.transition(true);
  metrics.wrote('widen', 'done');
  metrics.followed(1.5);
  metrics.polled('answered');
  metrics.placementAge(2);
  metrics.acls(7);
  metrics.watchEnded('expired');
  metrics.clusterEvent('sent');
  metrics.verified({
    verified: true,
    seconds: 0.2,
    counts: new Map([['x', { code: 'RAW_READER', severity: 'warning', count: 2 }]]),
  });
  const text = await lines(metrics);
  for (const name of Object.keys(wardenMetricTable))
    assert.ok(
      text.some((line) => line.startsWith(name)),
      name,
    );
  assert.ok(text.includes('lethe_warden_policies{state="pending"} 1'));
  assert.ok(text.includes('lethe_warden_findings{code="RAW_READER",severity="warning"} 2'));
  assert.ok(text.includes('lethe_warden_writes_total{action="widen",outcome="done"} 1'));
});

test('findings that are gone are told no more, nor those of a Lease that is lost', async () => {
  const metrics = new WardenMetrics({ process: false });
  const counts = new Map([['x', { code: 'A', severity: 'error', count: 1 } as const]]);
  metrics.verified({ verified: false, seconds: 0.1, counts });
  metrics.verified({ verified: true, seconds: 0.1, counts: new Map() });
  assert.ok(!(await lines(metrics)).some((line) => line.startsWith('lethe_warden_findings')));
  metrics.verified({ verified: true, seconds: 0.1, counts });
  metrics.leads(false);
  const text = await lines(metrics);
  assert.ok(!text.some((line) => line.startsWith('lethe_warden_findings')));
  assert.ok(text.includes('lethe_warden_verified 0'));
});
