import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../src/foundation/digest.ts';

test('the digest is the SHA-256 of the canonical JSON', () => {
  // printf '%s' '{"a":1,"b":2}' | sha256sum
  assert.equal(
    digestOf({ b: 2, a: 1 }),
    '43258cff783fe7036d8a43033f830adfc60ec037382473548ac742b888292777',
  );
});
