import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DryRunReport, renderDryRun } from '../../src/operations/dry-run-report.ts';
import type { ShardReport } from '../../src/streaming/telemetry.ts';

const report = (outcomes: Record<string, number>): ShardReport => ({
  shard: 0,
  routes: {
    customers: { outcomes, techniques: {}, headersDropped: 0, bytesIn: 0, bytesOut: 0 },
  },
  transactions: { committed: 0, aborted: 0 },
  batchLatency: [],
  endToEndLatency: [],
  positions: [],
  halted: [],
  inFlightBytes: 0,
});

test('outcomes are added up, and a run without refusals is clean', () => {
  const run = new DryRunReport();
  run.report(report({ WRITTEN: 5, DROPPED: 1 }));
  run.report(report({ WRITTEN: 7 }));
  const findings = run.findings();
  assert.equal(findings.outcomes.get('customers')?.get('WRITTEN'), 12);
  assert.equal(findings.clean, true);
  assert.match(renderDryRun(findings), /12 {2}WRITTEN\n/);
  assert.match(renderDryRun(findings), /Nothing would be refused/);
});

test('a refused schema lists its unclassified leaves', () => {
  const run = new DryRunReport();
  run.report(report({ SCHEMA_REFUSED: 3 }));
  run.event({
    event: 'plan.refused',
    route: 'customers',
    subject: 'raw.customers-value',
    schemaId: 7,
    code: 'PLAN_REFUSED',
    problems: [{ code: 'LEAF_UNCLASSIFIED', path: 'address.street', message: 'm' }],
  });
  run.event({
    event: 'plan.passes-unclassified',
    route: 'customers',
    schemaId: 8,
    paths: ['nickname'],
  });
  run.event({
    event: 'plan.compiled',
    route: 'customers',
    subject: 'public.customers-value',
    schemaId: 8,
    outputSchemaId: 9,
    digest: 'd',
    steps: 4,
  });
  const findings = run.findings();
  assert.equal(findings.clean, false);
  const text = renderDryRun(findings);
  assert.match(text, /Schema 7 \(route customers\) is refused, found under "raw\.customers-value"/);
  assert.match(text, /Schema 8 \(route customers\) has a plan, to be written as "public\./);
  assert.match(text, /LEAF_UNCLASSIFIED {2}address\.street/);
  assert.match(text, /passes unclassified {2}nickname/);
  assert.match(text, /SCHEMA_REFUSED {2}run `lethe plan`/);
});

test('a run that read nothing says so', () => {
  assert.match(renderDryRun(new DryRunReport().findings()), /No record was read/);
});
