import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHeaderId, readPrefixId, writeFrame } from '../../../src/streaming/registry/framing.ts';
import { subjectOf } from '../../../src/streaming/registry/subjects.ts';

test('a frame is magic byte 0 and the id, big-endian', () => {
  assert.deepEqual(writeFrame(0x01020304), Buffer.from([0, 1, 2, 3, 4]));
  assert.equal(readPrefixId(Buffer.from([9, 0, 1, 2, 3, 4, 5]), 1, 7), 0x01020304);
});

test('what is too short, has another magic byte, or a negative id is no frame', () => {
  assert.equal(readPrefixId(Buffer.from([0, 0, 0, 1]), 0, 4), -1);
  assert.equal(readPrefixId(Buffer.from([1, 0, 0, 0, 1]), 0, 5), -1);
  assert.equal(readPrefixId(Buffer.from([0, 0x80, 0, 0, 1]), 0, 5), -1);
});

test('a header holds an id or a GUID', () => {
  assert.deepEqual(readHeaderId(writeFrame(7)), { kind: 'id', id: 7 });
  const guid = Buffer.from('0189791762233641869674299b90a802e2', 'hex');
  assert.deepEqual(readHeaderId(guid), {
    kind: 'guid',
    guid: '89791762-2336-4186-9674-299b90a802e2',
  });
  assert.deepEqual(readHeaderId(Buffer.from([1, 2, 3])), { kind: 'unreadable' });
  assert.deepEqual(readHeaderId(Buffer.from([0, 2])), { kind: 'unreadable' });
  assert.deepEqual(readHeaderId(Buffer.alloc(0)), { kind: 'unreadable' });
});

test('subjects are named by topic, record, or both', () => {
  assert.equal(subjectOf('topic', 'orders', 'acme.Order', 'value'), 'orders-value');
  assert.equal(subjectOf('topic', 'orders', 'acme.Order', 'key'), 'orders-key');
  assert.equal(subjectOf('record', 'orders', 'acme.Order', 'value'), 'acme.Order');
  assert.equal(subjectOf('topic-record', 'orders', 'acme.Order', 'value'), 'orders-acme.Order');
  assert.equal(subjectOf('record', 'orders', '', 'value'), 'orders-value');
});
