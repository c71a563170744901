import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuditMetrics, auditMetricTable } from '../../src/operations/audit-metrics.ts';

const lines = async (metrics: AuditMetrics): Promise<readonly string[]> =>
  (await metrics.render()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

test('what alerts look at is there from the start', async () => {
  const text = await lines(new AuditMetrics(['orders'], { process: false }));
  assert.ok(text.includes('lethe_audit_ready 0'));
  assert.ok(
    text.includes(
      'lethe_audit_findings_total{route="orders",check="LEAK_EMAIL",severity="error"} 0',
    ),
  );
});

test('every metric of the table is told', async () => {
  const metrics = new AuditMetrics(['orders'], { process: false });
  metrics.ready(true);
  metrics.records('orders', 'judged', 5);
  metrics.records('orders', 'skipped', 2);
  metrics.found('orders', 'FORM_BROKEN');
  metrics.positions([
    { cluster: 'main', topic: 'public.orders', partition: 0, lag: 3 },
    { cluster: 'main', topic: 'public.orders', partition: 1, lag: 4 },
  ]);
  const text = await lines(metrics);
  for (const name of Object.keys(auditMetricTable))
    assert.ok(
      text.some((line) => line.startsWith(name)),
      name,
    );
  assert.ok(text.includes('lethe_audit_ready 1'));
  assert.ok(text.includes('lethe_audit_lag_records{topic="public.orders"} 7'));
  assert.ok(text.includes('lethe_audit_records_total{route="orders",outcome="skipped"} 2'));
});
