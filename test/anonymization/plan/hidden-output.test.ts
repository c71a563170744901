import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customer, planOf } from './plans.ts';

const status = { type: 'enum', name: 'Status', symbols: ['OWN_A', 'OWN_B', 'OWN_C'] };

function symbols(spec: object): unknown {
  const [step] = planOf(customer({ s: status }), { rules: { fields: { s: spec } } }).steps;
  assert.ok(step?.output.kind === 'enum');
  return step.output.symbols;
}

test('a kept enum shows its symbols', () => {
  assert.deepEqual(symbols({ technique: 'keep' }), ['OWN_A', 'OWN_B', 'OWN_C']);
});

test('a suppressed enum has one symbol that says nothing', () => {
  assert.deepEqual(symbols({ technique: 'suppress' }), ['REDACTED']);
  assert.deepEqual(symbols({ technique: 'drop-record', when: 'present' }), ['REDACTED']);
});

test('a constant keeps its index and hides the others', () => {
  assert.deepEqual(symbols({ technique: 'constant', value: 'OWN_C' }), [
    'REDACTED_0',
    'REDACTED_1',
    'OWN_C',
  ]);
  assert.deepEqual(symbols({ technique: 'constant', value: 'OWN_A' }), ['OWN_A']);
});
