import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openValue } from '../../../src/anonymization/techniques/sealed-value.ts';
import { agree, effectOf, keys, refusalOf, specOf, transform } from './agreement.ts';
import { anyBytes, anyLong, anyText, listOf } from './arbitraries.ts';
import { boolean, bytes, color, double, long, nothing, text } from './leaves.ts';

const encrypt = specOf({ technique: 'encrypt-deterministic' });
const quick = { numRuns: 30 };

test('a column is sealed as its values are', () => {
  const texts = listOf(anyText.map((value) => value.toWellFormed()));
  fc.assert(
    fc.property(texts, (values) => agree(encrypt, text, values)),
    quick,
  );
  fc.assert(
    fc.property(listOf(anyBytes), (values) => agree(encrypt, bytes, values)),
    quick,
  );
  fc.assert(
    fc.property(listOf(anyLong), (values) => agree(encrypt, long, values)),
    quick,
  );
  agree(encrypt, double, [0, 1e300]);
});

test('equal values are equal in every record, field and topic of a domain', () => {
  const place = { topic: 't', partition: 0, first: 5 };
  const [first, second] = transform(encrypt, text, ['x', 'x'], { place, path: 'p' });
  assert.deepEqual(first, second);
  assert.deepEqual(transform(encrypt, text, ['x']), [first]);
  const other = specOf({ technique: 'encrypt-deterministic', domain: 'other' });
  assert.notDeepEqual(transform(other, text, ['x']), [first]);
});

test('the key holder opens it', () => {
  const [result] = transform(encrypt, bytes, [Buffer.from('abc')]);
  assert.ok(result?.status === 'replaced');
  const purpose = {
    technique: 'encrypt-deterministic',
    domain: 'test.domain',
    path: 'any',
    type: 'bytes',
  } as const;
  const sealed = result.value as Buffer;
  assert.equal(openValue(keys, purpose, sealed)?.toString(), 'abc');
});

test('leaves with few values are refused, as their frequency would tell', () => {
  for (const leaf of [boolean, color, nothing]) {
    assert.deepEqual(refusalOf(encrypt, leaf), ['TECHNIQUE_NOT_APPLICABLE']);
  }
  assert.ok(effectOf(encrypt, text).deterministic);
});
