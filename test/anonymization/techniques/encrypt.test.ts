import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openValue } from '../../../src/anonymization/techniques/sealed-value.ts';
import { agree, effectOf, keys, refusalOf, specOf, transform } from './agreement.ts';
import { anyBytes, anyLong, anyText, listOf } from './arbitraries.ts';
import {
  boolean,
  bytes,
  color,
  decimal,
  double,
  everyLeaf,
  fixed,
  int,
  long,
  nothing,
  text,
} from './leaves.ts';

const encrypt = specOf({ technique: 'encrypt' });
const place = { topic: 'raw.customers', partition: 3, first: 1_000_000 };
const purpose = { technique: 'encrypt', domain: 'test.domain', path: 'a.b', type: 'text' } as const;
const texts = listOf(anyText.map((value) => value.toWellFormed()));

test('a column is sealed as its values are, with coordinates and without', () => {
  fc.assert(
    fc.property(texts, (values) => {
      agree(encrypt, text, values);
      agree(encrypt, text, values, { place });
      const records = values.map((_, i) => i >> 1);
      agree(encrypt, text, values, { place, records });
    }),
    { numRuns: 30 },
  );
  fc.assert(
    fc.property(listOf(anyBytes), (values) => agree(encrypt, bytes, values, { place })),
    {
      numRuns: 20,
    },
  );
});

test('numbers, booleans and symbols are sealed in their canonical form', () => {
  fc.assert(
    fc.property(listOf(anyLong), (values) => agree(encrypt, long, values, { place })),
    {
      numRuns: 20,
    },
  );
  agree(encrypt, int, [0n, -1n], { place });
  agree(encrypt, double, [1.5, NaN, -0], { place });
  agree(encrypt, boolean, [true, false], { place });
  agree(encrypt, color, ['BLUE', 'RED'], { place });
  agree(encrypt, decimal(4, 2), [Buffer.of(1, 2)], { place });
  agree(encrypt, fixed(5), [Buffer.alloc(5)], { place });
});

test('equal values differ by record, by ordinal, by path', () => {
  const values = ['same', 'same', 'same'];
  const here = transform(encrypt, text, values, { place, records: [0, 0, 1] });
  const there = transform(encrypt, text, values, { place, records: [0, 0, 1], path: 'x' });
  assert.equal(new Set([...here, ...there].map((result) => JSON.stringify(result))).size, 6);
});

test('the same offset gives the same bytes, whatever batch it is in', () => {
  const [, second] = transform(encrypt, text, ['a', 'b'], { place });
  const [alone] = transform(encrypt, text, ['b'], { place: { ...place, first: 1_000_001 } });
  assert.deepEqual(second, alone);
});

test('the key holder opens it, for the right path and type only', () => {
  const [result] = transform(encrypt, text, ['geheim ü'], { place });
  assert.ok(result?.status === 'replaced' && typeof result.value === 'string');
  const sealed = Buffer.from(result.value, 'base64url');
  assert.equal(openValue(keys, purpose, sealed)?.toString('utf8'), 'geheim ü');
  assert.equal(openValue(keys, { ...purpose, path: 'a.c' }, sealed), null);
  assert.equal(openValue(keys, { ...purpose, domain: 'other' }, sealed), null);
  assert.equal(openValue(keys, { ...purpose, type: 'bytes' }, sealed), null);
  assert.equal(openValue(keys, { ...purpose, technique: 'encrypt-deterministic' }, sealed), null);
  assert.equal(openValue(keys, purpose, sealed.subarray(0, 30)), null);
  sealed[1]! ^= 1;
  assert.throws(() => openValue(keys, purpose, sealed), { code: 'KEY_VERSION_UNKNOWN' });
});

test('bytes stay bytes, all else becomes text', () => {
  for (const leaf of everyLeaf) {
    if (leaf.kind === 'null') continue;
    const effect = effectOf(encrypt, leaf);
    const isBytes = leaf.kind === 'bytes' || leaf.kind === 'fixed';
    assert.deepEqual(effect.output, isBytes ? bytes : text);
    assert.ok(effect.reversible && !effect.deterministic);
  }
  assert.deepEqual(refusalOf(encrypt, nothing), ['TECHNIQUE_NOT_APPLICABLE']);
});
