import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { derive, hkdf } from '../../../src/anonymization/crypto/hkdf.ts';
import type { Purpose } from '../../../src/anonymization/crypto/hkdf.ts';
import { referenceKey } from '../techniques/reference-crypto.ts';
import { hex, vectors } from './vector-files.ts';

const vector = z.object({
  source: z.string(),
  ikm: z.string(),
  salt: z.string(),
  info: z.string(),
  length: z.number(),
  okm: z.string(),
});

for (const { source, ikm, salt, info, length, okm } of vectors('hkdf.json', vector)) {
  test(`key material is as published: ${source}`, () => {
    const actual = hkdf(hex(ikm), hex(salt), hex(info), length);
    assert.equal(Buffer.from(actual).toString('hex'), okm);
  });
}

const root = new Uint8Array(32).fill(3);
const purpose: Purpose = { domain: 'd', technique: 't', type: 'text' };
const derived = (version: string, p: Purpose): string =>
  Buffer.from(derive(root, version, p, 64)).toString('hex');

test('a derived key is HKDF over the digest of length-prefixed fields', () => {
  const long = { ...purpose, detail: 'x'.repeat(5000) };
  assert.equal(
    derived('v1', long),
    referenceKey(root, ['v1', 'd', 't', 'text', long.detail], 64).toString('hex'),
  );
});

test('purposes that differ in any field, or in where a field ends, have different keys', () => {
  const keys = [
    derived('v1', purpose),
    derived('v2', purpose),
    derived('v1', { ...purpose, domain: 'dt' }),
    derived('v1', { ...purpose, domain: 'dt', technique: '' }),
    derived('v1', { ...purpose, technique: 't2' }),
    derived('v1', { ...purpose, type: 'integer' }),
    derived('v1', { ...purpose, detail: 'x' }),
  ];
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(derived('v1', { ...purpose, detail: '' }), keys[0]);
});
