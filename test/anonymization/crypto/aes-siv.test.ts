import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { AesSiv } from '../../../src/anonymization/crypto/aes-siv.ts';
import { referenceSiv } from '../techniques/reference-crypto.ts';
import { hex, vectors } from './vector-files.ts';

const vector = z.object({
  source: z.string(),
  key: z.string(),
  associated: z.array(z.string()),
  nonce: z.string().nullable(),
  plaintext: z.string(),
  sealed: z.string(),
});
const key = Buffer.from(Array.from({ length: 64 }, (_, i) => i));
const words = (bytes: Buffer): Int32Array => new Int32Array(Uint8Array.from(bytes).buffer);

/** Seals a column and cuts the target into its rows. */
function sealColumn(
  associated: readonly Buffer[],
  nonces: Int32Array | null,
  plain: readonly Uint8Array[],
): readonly string[] {
  const starts = Int32Array.from(plain, (_, i) =>
    plain.slice(0, i).reduce((n, p) => n + p.length, 1),
  );
  const ends = starts.map((start, i) => start + plain[i]!.length);
  const at = starts.map((start, i) => start + i * 19);
  const target = Buffer.alloc((ends.at(-1) ?? 0) + plain.length * 19 + 32);
  const bytes = Buffer.concat([Buffer.alloc(1), ...plain, Buffer.alloc(16)]);
  const spans = { count: plain.length, bytes, starts, ends };
  new AesSiv(key).sealAll(associated, nonces, spans, target, at);
  return plain.map((p, i) => target.toString('hex', at[i], at[i]! + 16 + p.length));
}

for (const { source, key, associated, nonce, plaintext, sealed } of vectors(
  'aes-siv.json',
  vector,
)) {
  const components = associated.map(hex);
  test(`a value is sealed and opened as published: ${source}`, () => {
    const siv = new AesSiv(hex(key));
    const all = nonce === null ? components : [...components, hex(nonce)];
    assert.equal(siv.seal(all, hex(plaintext)).toString('hex'), sealed);
    assert.equal(siv.open(all, hex(sealed))?.toString('hex'), plaintext);
  });
  if (nonce === null) continue;
  test(`a column with nonces is sealed as published: ${source}`, () => {
    const bytes = Buffer.concat([hex(plaintext), Buffer.alloc(16)]);
    const length = plaintext.length / 2;
    const spans = {
      count: 2,
      bytes,
      starts: Int32Array.of(0, 0),
      ends: Int32Array.of(length, length),
    };
    const target = Buffer.alloc(200);
    const nonces = words(Buffer.concat([hex(nonce), hex(nonce)]));
    const at = Int32Array.of(100, 3);
    new AesSiv(hex(key)).sealAll(components, nonces, spans, target, at);
    assert.equal(target.toString('hex', 3, 3 + 16 + length), sealed);
    assert.equal(target.toString('hex', 100, 116 + length), sealed);
  });
}

test('a column of values of all lengths to 100 is sealed value by value', () => {
  const plain = Array.from({ length: 101 }, (_, n) => Buffer.alloc(n, n + 1));
  const associated = [Buffer.from('domain'), Buffer.from('')];
  assert.deepEqual(
    sealColumn(associated, null, plain),
    plain.map((p) => referenceSiv(key, associated, p).toString('hex')),
  );
  const nonces = plain.map((_, i) => Buffer.alloc(16, i));
  assert.deepEqual(
    sealColumn(associated, words(Buffer.concat(nonces)), plain),
    plain.map((p, i) => referenceSiv(key, [...associated, nonces[i]!], p).toString('hex')),
  );
});

test('values longer than a cipher call, between short ones, are sealed value by value', () => {
  const plain = [1, 300_000, 0, 17, 262_144, 5].map((n) => Buffer.alloc(n, 9));
  assert.deepEqual(
    sealColumn([], null, plain),
    plain.map((p) => referenceSiv(key, [], p).toString('hex')),
  );
});

test('many synthetic IVs all count as the specification says', () => {
  const plain = Array.from({ length: 300 }, (_, i) => Buffer.from(`${i}`.repeat(20)));
  assert.deepEqual(
    sealColumn([], null, plain),
    plain.map((p) => referenceSiv(key, [], p).toString('hex')),
  );
});

test('what was sealed opens, and nothing else does', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.nat(),
      fc.nat({ max: 7 }),
      (plain, at, bit) => {
        const siv = new AesSiv(key);
        const sealed = siv.seal([hex('aa')], plain);
        assert.deepEqual(siv.open([hex('aa')], sealed), Buffer.from(plain));
        assert.equal(siv.open([hex('ab')], sealed), null);
        assert.equal(siv.open([], sealed), null);
        sealed[at % sealed.length]! ^= 1 << bit;
        assert.equal(siv.open([hex('aa')], sealed), null);
      },
    ),
  );
  assert.equal(new AesSiv(key).open([], Buffer.alloc(15)), null);
});

test('a wiped cipher seals no more', () => {
  const siv = new AesSiv(key);
  siv.wipe();
  assert.throws(() => siv.seal([], new Uint8Array(1)), { code: 'KEY_WIPED' });
});
