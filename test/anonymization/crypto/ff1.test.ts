import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { BlockCipher } from '../../../src/anonymization/crypto/aes-ecb.ts';
import { Ff1 } from '../../../src/anonymization/crypto/ff1.ts';
import { referenceFf1 } from '../techniques/reference-crypto.ts';
import { hex, vectors } from './vector-files.ts';

const vector = z.object({
  source: z.string(),
  key: z.string(),
  radix: z.number(),
  tweak: z.string(),
  plaintext: z.string(),
  ciphertext: z.string(),
});
const numerals = (text: string): number[] => Array.from(text, (c) => Number.parseInt(c, 36));
const text = (digits: readonly number[]): string => digits.map((d) => d.toString(36)).join('');

for (const { source, key, radix, tweak, plaintext, ciphertext } of vectors('ff1.json', vector)) {
  test(`numerals are permuted as published: ${source}`, () => {
    const ff1 = new Ff1(new BlockCipher(hex(key)));
    assert.equal(text(ff1.encrypt(radix, hex(tweak), numerals(plaintext))), ciphertext);
    assert.equal(text(ff1.decrypt(radix, hex(tweak), numerals(ciphertext))), plaintext);
    assert.equal(text(referenceFf1(hex(key), radix, hex(tweak), numerals(plaintext))), ciphertext);
  });
}

test('any radix, length and tweak is permuted as the reference does, and comes back', () => {
  const key = Buffer.alloc(32, 0x5a);
  const ff1 = new Ff1(new BlockCipher(key));
  const cases = fc
    .constantFrom(2, 3, 10, 26, 36, 62, 256, 65_535, 65_536)
    .chain((radix) =>
      fc.tuple(
        fc.constant(radix),
        fc.uint8Array({ maxLength: 40 }),
        fc.array(fc.nat({ max: radix - 1 }), { minLength: 2, maxLength: 90 }),
      ),
    );
  fc.assert(
    fc.property(cases, ([radix, tweak, digits]) => {
      const sealed = ff1.encrypt(radix, tweak, digits);
      assert.deepEqual(sealed, referenceFf1(key, radix, Buffer.from(tweak), digits));
      assert.deepEqual(ff1.decrypt(radix, tweak, sealed), digits);
    }),
    { numRuns: 60 },
  );
});
