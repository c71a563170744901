import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { auditMetricTable } from '../../src/operations/audit-metrics.ts';
import { metricTable, type MetricSpec } from '../../src/operations/metrics/table.ts';
import { wardenMetricTable } from '../../src/operations/warden-metrics.ts';
import { all, at, chartFolder, listAt, only, render } from './chart.ts';

/** Every series that `/metrics` of the anonymizer, the warden and the auditor answer, with its labels. */
const tables: Readonly<Record<string, MetricSpec>> = {
  ...metricTable,
  ...wardenMetricTable,
  ...auditMetricTable,
};
const series = new Map<string, readonly string[]>();
for (const [name, { type, labels }] of Object.entries(tables))
  if (type === 'histogram')
    series.set(`${name}_bucket`, [...labels, 'le']).set(`${name}_count`, labels);
  else series.set(name, labels);
/** Metrics of every Node.js process, and labels that Prometheus adds. */
const ofProcess = ['process_resident_memory_bytes', 'process_cpu_seconds_total'];
const ofPrometheus = ['namespace', 'pod'];

/** Complaints about names and labels in an expression. */
function wrong(expression: string): readonly string[] {
  const bare = expression.replaceAll(/"[^"]*"/g, '""');
  const names = [...bare.matchAll(/\b(lethe_\w+|process_\w+|nodejs_\w+)/g)].map(
    ([, name = '']) => name,
  );
  const found: string[] = names.length === 0 ? ['no metric'] : [];
  for (const name of names)
    if (!series.has(name) && !ofProcess.includes(name)) found.push(`unknown metric ${name}`);
  const known = new Set([...names.flatMap((name) => series.get(name) ?? []), ...ofPrometheus]);
  const used = [
    ...[...bare.matchAll(/(\w+)(?:=~|!~|!=|=)""/g)].map(([, label = '']) => label),
    ...[...bare.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/)),
  ];
  for (const label of used) if (!known.has(label)) found.push(`unknown label ${label}`);
  return found;
}

/** Alerts of anonymizer, warden and auditor. */
const alerts = async (): Promise<readonly unknown[]> => {
  const values = ['auditor-values.yaml', 'warden-enforce-values.yaml', 'monitoring-values.yaml'];
  const rule = only(await render({ values }), 'PrometheusRule');
  return listAt(rule, 'spec', 'groups').flatMap((group) => listAt(group, 'rules'));
};

test('every metric that is used here has its line in the reference page', () => {
  const page = readFileSync(
    join(chartFolder, '..', '..', 'docs', 'reference', 'metrics.md'),
    'utf8',
  );
  for (const name of Object.keys(metricTable)) assert.ok(page.includes(`\`${name}\``), name);
});

test('the check of expressions finds unknown metrics and labels', () => {
  assert.deepEqual(wrong('sum by (rout) (lethe_record_total)'), [
    'unknown metric lethe_record_total',
    'unknown label rout',
  ]);
});

test('alerts use metrics and labels that exist', async () => {
  const rules = await alerts();
  assert.ok(rules.length > 8);
  for (const rule of rules) {
    const expression = String(at(rule, 'expr'));
    assert.deepEqual(wrong(expression), [], String(at(rule, 'alert')));
    assert.doesNotMatch(expression, /SELECT|\b(AUDIT)?LAG\b/);
    assert.match(expression, /namespace="lethe"/);
  }
});

test('every alert links its own part of the runbook, and the runbook has no other', async () => {
  const rules = await alerts();
  const runbook = readFileSync(join(chartFolder, '..', '..', 'docs', 'runbook.md'), 'utf8');
  const parts = [...runbook.matchAll(/^## (Lethe\w+)$/gm)].map(([, name = '']) => name);
  assert.deepEqual(
    rules.map((rule) => at(rule, 'alert')),
    parts,
  );
  for (const rule of rules)
    assert.equal(
      at(rule, 'annotations', 'runbook_url'),
      `https://example.org/lethe/runbook#${String(at(rule, 'alert')).toLowerCase()}`,
    );
});

test('alerts about warden and auditor are made where there is one', async () => {
  const groups = async (values: string) =>
    listAt(only(await render({ values: [values] }), 'PrometheusRule'), 'spec', 'groups').map(
      (group) => at(group, 'name'),
    );
  assert.deepEqual(await groups('monitoring-values.yaml'), ['lethe-anonymizer']);
  assert.deepEqual(await groups('warden-enforce-values.yaml'), [
    'lethe-anonymizer',
    'lethe-warden',
  ]);
  assert.deepEqual(await groups('auditor-values.yaml'), ['lethe-anonymizer', 'lethe-auditor']);
});

test('panels use metrics and labels that exist, and have places of their own', async () => {
  const maps = all(await render({ values: ['warden-enforce-values.yaml'] }), 'ConfigMap').filter(
    ({ object }) => at(object, 'metadata', 'labels', 'grafana_dashboard') === '1',
  );
  assert.deepEqual(
    maps.map(({ name }) => name),
    ['lethe-dashboard-anonymizer', 'lethe-dashboard-warden'],
  );
  for (const { object } of maps)
    for (const [file, text] of Object.entries(at(object, 'data') as Record<string, string>)) {
      const panels = listAt(JSON.parse(text) as unknown, 'panels');
      assert.ok(panels.length > 10, file);
      const places = panels.map((panel) => JSON.stringify(at(panel, 'gridPos')));
      assert.equal(new Set(places).size, panels.length);
      for (const panel of panels)
        for (const target of listAt(panel, 'targets'))
          assert.deepEqual(wrong(String(at(target, 'expr'))), [], String(at(panel, 'title')));
    }
});

test('the lag that scales is a metric of the service, counted once a partition', async () => {
  const trigger = at(
    only(await render({ values: ['keda-values.yaml'] }), 'ScaledObject'),
    ...['spec', 'triggers', 0, 'metadata'],
  );
  assert.deepEqual(wrong(String(at(trigger, 'query'))), []);
  assert.match(String(at(trigger, 'query')), /max by \(topic, partition\)/);
  assert.equal(at(trigger, 'ignoreNullValues'), 'false');
});

test('the monitor asks the port that the pods have', async () => {
  const objects = await render({ values: ['monitoring-values.yaml'] });
  const spec = at(only(objects, 'StatefulSet'), 'spec', 'template', 'spec');
  assert.equal(
    at(only(objects, 'PodMonitor', 'lethe-anonymizer'), 'spec', 'podMetricsEndpoints', 0, 'port'),
    at(spec, 'containers', 0, 'ports', 0, 'name'),
  );
});
