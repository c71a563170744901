import assert from 'node:assert/strict';
import { test } from 'node:test';
import { valueTypeOf } from '../../../src/anonymization/techniques/value-type.ts';
import { boolean, bytes, color, double, fixed, float, int, long, nothing, text } from './leaves.ts';

test('widths share a value type, kinds of values do not', () => {
  assert.equal(valueTypeOf(int), valueTypeOf(long));
  assert.equal(valueTypeOf(float), valueTypeOf(double));
  assert.equal(valueTypeOf(bytes), valueTypeOf(fixed(9)));
  const kinds = [text, bytes, int, double, boolean, color].map(valueTypeOf);
  assert.equal(new Set(kinds).size, kinds.length);
  assert.equal(valueTypeOf(nothing), 'integer');
});
