import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cmac } from '../../../src/anonymization/crypto/cmac.ts';
import { selfTest } from '../../../src/anonymization/crypto/self-test.ts';

test('the kernel knows its answers', () => {
  assert.doesNotThrow(selfTest);
});

test('a broken building block stops the program and is named', (t) => {
  t.mock.method(Cmac.prototype, 'tag', () => Buffer.alloc(16));
  assert.throws(selfTest, (error: Error & { code: string }) => {
    assert.equal(error.code, 'SELF_TEST_FAILED');
    assert.match(error.message, /AES-256-CMAC, AES-SIV/);
    assert.doesNotMatch(error.message, /HKDF/);
    return true;
  });
});

test('a building block that throws stops the program too', (t) => {
  t.mock.method(Cmac.prototype, 'tag', () => {
    throw new Error('broken');
  });
  assert.throws(selfTest, { code: 'SELF_TEST_FAILED' });
});
