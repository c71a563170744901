import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyRing } from '../../../src/anonymization/crypto/key-ring.ts';
import { linkFingerprint } from '../../../src/streaming/quarantine/fingerprint.ts';
import {
  parseQuarantineRecord,
  quarantineKey,
  renderQuarantineRecord,
} from '../../../src/streaming/quarantine/record.ts';

const record = {
  topic: 'raw.orders',
  partition: 3,
  offset: '9007199254740993',
  code: 'RECORD_TRUNCATED',
  path: 'address.street',
  schemaId: 7,
  planDigest: 'd',
  fingerprint: 'f',
  route: 'orders',
} as const;

test('a quarantine record reads back as it was written', () => {
  assert.deepEqual(parseQuarantineRecord(renderQuarantineRecord(record)), record);
  assert.equal(quarantineKey(record).toString(), 'raw.orders/3/9007199254740993');
});

test('what lethe did not write is refused', () => {
  for (const text of [
    '',
    '{',
    '[]',
    JSON.stringify({ ...record, code: 'NEW' }),
    JSON.stringify({ ...record, value: 1 }),
  ])
    assert.throws(() => parseQuarantineRecord(Buffer.from(text)), {
      code: 'QUARANTINE_RECORD_INVALID',
    });
});

test('a fingerprint depends on key, value, their border and the key ring', () => {
  const ring = (fill: number): KeyRing =>
    KeyRing.fromRootKeys(new Map([['k', new Uint8Array(32).fill(fill)]]), 'k');
  const print = linkFingerprint(ring(1));
  const bytes = (text: string): Buffer => Buffer.from(text);
  const all = [
    print(bytes('a'), bytes('bc')),
    print(bytes('ab'), bytes('c')),
    print(null, bytes('abc')),
    print(bytes(''), bytes('abc')),
    print(bytes('abc'), null),
    print(bytes('abc'), bytes('')),
    linkFingerprint(ring(2))(bytes('a'), bytes('bc')),
  ];
  assert.equal(new Set(all).size, all.length);
  assert.equal(print(bytes('a'), bytes('bc')), all[0]);
});
