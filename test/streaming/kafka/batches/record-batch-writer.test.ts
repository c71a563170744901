import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { crc32c } from '../../../../src/streaming/kafka/batches/crc32c.ts';
import { codecs } from '../../../../src/streaming/kafka/batches/compression.ts';
import {
  encodeRecords,
  packRecords,
  RecordBatchWriter,
  type EncodedRecords,
} from '../../../../src/streaming/kafka/batches/record-batch-writer.ts';
import {
  recordHeaders,
  recordKeys,
  recordValues,
  RecordBatchReader,
} from '../../../../src/streaming/kafka/batches/record-batch-reader.ts';
import { stampBatch } from '../../../../src/streaming/kafka/sink/stamp.ts';
import { someRecords } from './arbitraries.ts';
import { naiveBatch, naiveRead, type NaiveRecord } from './naive-batches.ts';
import { sliceOf, testLimits, unpackAll } from './unpacked.ts';

const options = { maxBatchBytes: 900_000, transactional: true };

/** What a broker would append: batches with offsets, all stamped. */
function stamped({ buffer, batches }: EncodedRecords): Buffer {
  const copy = Buffer.from(buffer);
  let offset = 0n;
  for (const batch of batches) {
    copy.writeBigInt64BE(offset, batch.offset);
    stampBatch(copy, batch, { producerId: 5n, epoch: 3 }, Number(offset));
    offset += BigInt(batch.count);
  }
  return copy;
}

const plain = (record: NaiveRecord) => ({
  ...record,
  headers: record.headers.map(([name, value]) => ({ name: name.toString(), value })),
});

const renumbered = (records: readonly NaiveRecord[]): NaiveRecord[] =>
  records.map((record, i) => ({ ...record, offset: BigInt(i) }));

describe('a writer of record batches', () => {
  for (const codec of codecs) {
    it(`writes ${codec} batches that a reader reads back, re-encoding what it read`, () => {
      fc.assert(
        fc.property(someRecords, fc.integer({ min: 200, max: 20_000 }), (records, limit) => {
          const source = sliceOf(naiveBatch({ records, codec }));
          const writer = new RecordBatchWriter({ maxBatchBytes: limit, transactional: false });
          writer.begin(codec);
          const left = new Set<number>();
          for (const chunk of new RecordBatchReader(testLimits).unpack(source)) {
            const tooLarge = writer.append({
              count: chunk.count,
              timestamps: chunk.timestamps,
              keys: recordKeys(chunk),
              values: recordValues(chunk),
              headers: recordHeaders(chunk),
              rows: null,
              rowCount: chunk.count,
            });
            for (const row of tooLarge) left.add(row);
          }
          const encoded = writer.finish();
          for (const { length } of encoded.batches) assert.ok(length <= limit);
          const kept = records.filter((_, i) => !left.has(i));
          assert.equal(encoded.count, kept.length);
          const found = unpackAll(sliceOf(stamped(encoded))).records;
          assert.deepEqual(found, renumbered(kept));
        }),
        { numRuns: 60 },
      );
    });
  }

  it('writes what the oracle reads', () => {
    fc.assert(
      fc.property(someRecords, (records) => {
        const ascii = records.map((record) => ({ ...record, headers: [] }));
        const encoded = encodeRecords(ascii.map(plain), { ...options, codec: 'none' });
        const times = ascii.map(({ timestamp }) => timestamp);
        assert.deepEqual(naiveRead(stamped(encoded)), renumbered(ascii));
        assert.equal(encoded.buffer.readBigInt64BE(35), BigInt(Math.max(...times)));
      }),
    );
  });

  it('keeps batches below the limit, whose records are too large it tells row by row', () => {
    const value = (size: number): NaiveRecord => ({
      offset: 0n,
      timestamp: 1,
      key: null,
      value: Buffer.alloc(size, 1),
      headers: [],
    });
    const sizes = [100, 2000, 300, 900, 901, 940, 920, 5];
    const writer = new RecordBatchWriter({ maxBatchBytes: 1000, transactional: true });
    writer.begin('none');
    const tooLarge = writer.append(packRecords(sizes.map((size) => plain(value(size)))));
    assert.deepEqual(tooLarge, [1, 5]);
    const encoded = writer.finish();
    assert.deepEqual(
      encoded.batches.map(({ count }) => count),
      [2, 1, 1, 1, 1],
    );
    const left = sizes.filter((size) => size !== 2000 && size !== 940);
    assert.deepEqual(
      naiveRead(encoded.buffer).map((record) => record.value?.length),
      left,
    );
  });

  it('writes the chosen rows in the order they are named', () => {
    const records = Array.from({ length: 10 }, (_, i) => ({
      timestamp: i,
      key: Buffer.from([i]),
      value: null,
      headers: [{ name: 'h', value: Buffer.from([i]) }],
    }));
    const writer = new RecordBatchWriter(options);
    writer.begin('none');
    const rows = Int32Array.of(3, 1, 7, 9, 9);
    writer.append({ ...packRecords(records), rows, rowCount: 3 });
    const found = naiveRead(writer.finish().buffer);
    assert.deepEqual(
      found.map(({ key, headers, timestamp }) => [key![0], headers[0]![1]![0], timestamp]),
      [
        [3, 3, 3],
        [1, 1, 1],
        [7, 7, 7],
      ],
    );
  });

  it('merges what several calls append into few batches', () => {
    const one = packRecords([{ timestamp: 5, key: null, value: Buffer.from('v'), headers: [] }]);
    const writer = new RecordBatchWriter(options);
    writer.begin('none');
    for (let i = 0; i < 1000; i++) writer.append(one);
    const { batches, count } = writer.finish();
    assert.equal(batches.length, 1);
    assert.equal(count, 1000);
  });

  it('forgets an output that was not finished', () => {
    const writer = new RecordBatchWriter(options);
    const one = packRecords([{ timestamp: 5, key: null, value: null, headers: [] }]);
    writer.begin('none');
    writer.append(one);
    writer.begin('none');
    assert.deepEqual(writer.finish(), { buffer: Buffer.alloc(0), batches: [], count: 0 });
  });

  it('marks transactional batches, and leaves producer fields for the sink', () => {
    const records = [{ timestamp: 5, key: null, value: null, headers: [] }];
    for (const transactional of [true, false]) {
      const { buffer, batches } = encodeRecords(records, {
        ...options,
        transactional,
        codec: 'none',
      });
      assert.equal(buffer.readInt16BE(21), transactional ? 0x10 : 0);
      assert.equal(buffer.readBigInt64BE(43), -1n);
      assert.equal(buffer.readInt16BE(51), -1);
      assert.equal(buffer.readInt32BE(53), -1);
      assert.equal(batches[0]!.tailCrc, crc32c(buffer.subarray(61)));
    }
  });

  it('stores what does not shrink, so that compression never breaks the limit', () => {
    const noise = Buffer.concat(
      Array.from({ length: 5 }, (_, i) => createHash('sha512').update(`${i}`).digest()),
    );
    for (const codec of codecs) {
      const { buffer } = encodeRecords([{ timestamp: 1, key: null, value: noise, headers: [] }], {
        maxBatchBytes: 450,
        transactional: false,
        codec,
      });
      assert.equal(buffer.readInt16BE(21), 0);
    }
  });

  it('refuses an ordinary record that no batch can hold', () => {
    const record = { timestamp: 1, key: null, value: Buffer.alloc(500), headers: [] };
    assert.throws(
      () => encodeRecords([record], { maxBatchBytes: 300, transactional: true, codec: 'none' }),
      RangeError,
    );
  });
});

describe('stamping a batch', () => {
  it('gives a CRC that equals one computed over all bytes', () => {
    fc.assert(
      fc.property(someRecords, fc.nat(), (records, sequence) => {
        const encoded = encodeRecords(records.map(plain), { ...options, codec: 'none' });
        const [batch] = encoded.batches;
        const bytes = stampBatch(encoded.buffer, batch!, { producerId: 9n, epoch: 4 }, sequence);
        assert.equal(bytes.readUInt32BE(17), crc32c(bytes.subarray(21)));
        assert.equal(bytes.readBigInt64BE(43), 9n);
        assert.equal(bytes.readInt16BE(51), 4);
        assert.equal(bytes.readInt32BE(53), sequence);
      }),
    );
  });
});
