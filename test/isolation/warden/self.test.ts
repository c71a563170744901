import assert from 'node:assert/strict';
import { test } from 'node:test';
import { undeclaredFor } from '../../../src/isolation/warden/self.ts';
import { declare, settings } from '../topology/cluster-fixture.ts';

const own = { namespace: 'lethe', labels: { app: 'warden', 'pod-template-hash': 'x' } };
const operator = {
  name: 'warden',
  workload: { namespace: 'lethe', podSelector: { app: 'warden' } },
  scrapes: [],
  administers: ['main'],
  manages: [],
};

test('a warden that administers every cluster with brokers in pods is declared', () => {
  assert.deepEqual(undeclaredFor(declare({ operators: [operator] }), own), []);
});

test('a warden is undeclared where no operator, one elsewhere, or one with other labels or clusters is', () => {
  const elsewhere = { ...operator.workload, namespace: 'other' };
  const different = { ...operator.workload, podSelector: { app: 'warden', tier: 'x' } };
  for (const operators of [
    [],
    [{ ...operator, workload: elsewhere }],
    [{ ...operator, workload: different }],
    [{ ...operator, administers: [] }],
  ])
    assert.deepEqual(undeclaredFor(declare({ operators }), own), ['main']);
});

test('brokers outside of Kubernetes shut nobody out by policies', () => {
  const pods = { kind: 'addresses', nodes: new Map([[11, '10.0.0.1']]) } as const;
  const brokers = new Map([['main', { ...settings.brokers.get('main')!, pods }]]);
  assert.deepEqual(undeclaredFor(declare({ brokers }), own), []);
});
