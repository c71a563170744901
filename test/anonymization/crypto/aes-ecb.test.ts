import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockCipher, bytesOf, swap } from '../../../src/anonymization/crypto/aes-ecb.ts';
import { hex } from './vector-files.ts';

test('a block is encrypted as FIPS 197 appendix C.3 says', () => {
  const key = Uint8Array.from({ length: 32 }, (_, i) => i);
  const out = new BlockCipher(key).encrypt(hex('00112233445566778899aabbccddeeff'));
  assert.equal(bytesOf(out).toString('hex'), '8ea2b7ca516745bfeafc49904b496089');
});

test('blocks do not depend on their neighbours', () => {
  const cipher = new BlockCipher(new Uint8Array(16));
  const two = bytesOf(cipher.encrypt(Buffer.alloc(32, 5)));
  assert.deepEqual(two.subarray(0, 16), two.subarray(16));
  assert.deepEqual(bytesOf(cipher.encrypt(Buffer.alloc(16, 5))), two.subarray(16));
});

test('a key of another size is refused', () => {
  for (const size of [0, 15, 31, 33, 64]) {
    assert.throws(() => new BlockCipher(new Uint8Array(size)), { code: 'KEY_SIZE_INVALID' });
  }
});

test('a wiped cipher encrypts no more', () => {
  const cipher = new BlockCipher(new Uint8Array(32));
  cipher.wipe();
  cipher.wipe();
  assert.throws(() => cipher.encrypt(new Uint8Array(16)), { code: 'KEY_WIPED' });
});

test('swap turns a word around', () => {
  assert.equal(swap(0x01020304), 0x04030201);
  assert.equal(swap(0x000000ff), 0xff000000 | 0);
});
