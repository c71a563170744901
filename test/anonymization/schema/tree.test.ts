import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shapeOf } from '../../../src/anonymization/schema/tree.ts';

test('numbers, enums and booleans are integers, fractions are reals, everything else is a span', () => {
  for (const kind of ['null', 'boolean', 'int', 'long'] as const)
    assert.equal(shapeOf({ kind }), 'integer');
  assert.equal(shapeOf({ kind: 'enum', name: 'E', symbols: ['A'] }), 'integer');
  for (const kind of ['float', 'double'] as const) assert.equal(shapeOf({ kind }), 'real');
  for (const kind of ['string', 'bytes'] as const) assert.equal(shapeOf({ kind }), 'span');
  assert.equal(shapeOf({ kind: 'fixed', name: 'F', size: 2 }), 'span');
});
