import assert from 'node:assert/strict';
import { it } from 'node:test';
import { scanBatches } from '../../../../src/streaming/kafka/batches/batch-header.ts';
import { copyRange } from '../../../../src/streaming/kafka/wire/copy-range.ts';
import { controlBatch, naiveBatch } from './naive-batches.ts';

const batch = (baseOffset: bigint, lastOffset: bigint): Buffer =>
  naiveBatch({ records: [], baseOffset, lastOffset });

it('finds the offset after the last complete batch, whatever the batch holds', () => {
  const bytes = Buffer.concat([batch(3n, 9n), controlBatch(10n, 1n, 0), batch(20n, 29n)]);
  assert.deepEqual(scanBatches(bytes, 5n), { complete: bytes.length, next: 30n });
  const cut = bytes.subarray(0, bytes.length - 1);
  assert.deepEqual(scanBatches(cut, 5n), { complete: bytes.length - 61, next: 11n });
});

it('never goes back behind the offset that was asked for', () => {
  assert.equal(scanBatches(batch(3n, 9n), 50n).next, 50n);
  assert.deepEqual(scanBatches(Buffer.alloc(0), 7n), { complete: 0, next: 7n });
});

it('hands nonsense on to the reader instead of going round in circles', () => {
  const bytes = Buffer.alloc(200, 0);
  assert.deepEqual(scanBatches(bytes, 7n), { complete: 200, next: 7n });
});

it('copies a range out of a chain of chunks, with zeroed slack behind', () => {
  const buffers = ['abc', 'd', '', 'efghij'].map((text) => Buffer.from(text));
  for (let start = 0; start < 10; start++) {
    for (let length = 0; start + length <= 10; length++) {
      const copy = copyRange({ buffers }, start, length);
      assert.equal(copy.toString(), 'abcdefghij'.slice(start, start + length));
      const slack = Buffer.from(copy.buffer, copy.byteOffset + length, 16);
      assert.deepEqual(slack, Buffer.alloc(16));
    }
  }
});
