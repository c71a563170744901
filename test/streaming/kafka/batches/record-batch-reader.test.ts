import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { compressFrameSync } from 'lz4-napi';
import { RecordBatchError } from '../../../../src/streaming/kafka/batches/record-batch-error.ts';
import {
  RecordBatchReader,
  recordHeaders,
  recordKeys,
  recordValues,
} from '../../../../src/streaming/kafka/batches/record-batch-reader.ts';
import { someRecords } from './arbitraries.ts';
import {
  controlBatch,
  naiveBatch,
  naiveRecord,
  sealed,
  zigzag,
  type NaiveRecord,
} from './naive-batches.ts';
import { sliceOf, testLimits, unpackAll } from './unpacked.ts';

const record = (offset: bigint, extra: Partial<NaiveRecord> = {}): NaiveRecord => ({
  offset,
  timestamp: 1_700_000_000_000 + Number(offset),
  key: Buffer.from(`key ${String(offset)}`),
  value: Buffer.from(`value ${String(offset)}`),
  headers: [],
  ...extra,
});

const offsetsIn = (bytes: Buffer, extra: Parameters<typeof sliceOf>[1] = {}): bigint[] =>
  unpackAll(sliceOf(bytes, extra)).records.map(({ offset }) => offset);

function refuses(bytes: Buffer, code: string, limits = testLimits): void {
  assert.throws(
    () => unpackAll(sliceOf(bytes), limits),
    (error) => error instanceof RecordBatchError && error.code === code,
  );
}

describe('a reader of record batches', () => {
  for (const codec of ['none', 'gzip', 'snappy', 'xerial', 'lz4', 'zstd'] as const) {
    it(`finds every record of ${codec} batches as the oracle wrote it`, () => {
      fc.assert(
        fc.property(
          someRecords,
          fc.integer({ min: 1, max: 4 }),
          fc.boolean(),
          (records, n, slack) => {
            const size = Math.ceil(records.length / n);
            const groups = Array.from({ length: n }, (_, i) =>
              records.slice(i * size, (i + 1) * size),
            ).filter((group) => group.length > 0);
            const bytes = Buffer.concat(
              groups.map((group) => naiveBatch({ records: group, codec })),
            );
            const found = unpackAll(sliceOf(bytes, { slack }));
            assert.deepEqual(found.records, records);
            const named = codec === 'xerial' ? 'snappy' : codec;
            assert.deepEqual(new Set(found.codecs), new Set([named]));
          },
        ),
        { numRuns: 60 },
      );
    });
  }

  it('reads slices that mix codecs', () => {
    const bytes = Buffer.concat([
      naiveBatch({ records: [record(1n)], codec: 'zstd' }),
      naiveBatch({ records: [record(2n)] }),
      naiveBatch({ records: [record(3n)], codec: 'lz4' }),
    ]);
    const { records, codecs } = unpackAll(sliceOf(bytes));
    assert.deepEqual(records, [record(1n), record(2n), record(3n)]);
    assert.deepEqual(codecs, ['zstd']);
  });

  it('leaves out records below the offset that was asked for', () => {
    const bytes = naiveBatch({ records: [1n, 2n, 5n, 9n].map((offset) => record(offset)) });
    assert.deepEqual(offsetsIn(bytes, { from: 3n }), [5n, 9n]);
    assert.deepEqual(offsetsIn(bytes, { from: 10n }), []);
  });

  it('ignores a batch that the end of the slice cuts off', () => {
    const whole = naiveBatch({ records: [record(1n)] });
    const cut = naiveBatch({ records: [record(2n)] });
    for (const length of [0, 1, 16, 60, 61, cut.length - 1]) {
      assert.deepEqual(offsetsIn(Buffer.concat([whole, cut.subarray(0, length)])), [1n]);
    }
  });

  it('takes the time of the broker where a batch says so', () => {
    const bytes = naiveBatch({
      records: [record(1n), record(2n), record(3n, { timestamp: 2 ** 45 })],
      logAppendTime: 42,
    });
    const times = unpackAll(sliceOf(bytes)).records.map(({ timestamp }) => timestamp);
    assert.deepEqual(times, [42, 42, 42]);
  });

  it('leaves out control batches and aborted transactions up to their marker', () => {
    const batch = (offset: bigint, producerId: bigint): Buffer =>
      naiveBatch({ records: [record(offset)], producerId, transactional: true });
    const bytes = Buffer.concat([
      batch(0n, 7n),
      controlBatch(1n, 7n, 1),
      batch(2n, 7n), // aborted
      batch(3n, 8n),
      naiveBatch({ records: [record(4n)], producerId: 7n }), // not transactional
      batch(5n, 7n), // aborted
      controlBatch(6n, 7n, 0),
      batch(7n, 7n),
      controlBatch(8n, 8n, 1),
      batch(9n, 9n), // aborted, marker beyond the slice
    ]);
    const aborted = [
      { producerId: 9n, firstOffset: 9n },
      { producerId: 7n, firstOffset: 2n },
    ];
    assert.deepEqual(offsetsIn(bytes, { aborted }), [0n, 3n, 4n, 7n]);
  });

  it('yields nothing for a slice of markers and empty batches', () => {
    const empty = naiveBatch({ records: [], baseOffset: 4n, lastOffset: 8n });
    const reader = new RecordBatchReader(testLimits);
    const bytes = Buffer.concat([controlBatch(1n, 7n, 1), empty]);
    assert.deepEqual([...reader.unpack(sliceOf(bytes))], []);
  });

  it('hands out a slice that decompresses to more than a chunk piece by piece', () => {
    const value = Buffer.alloc(300_000, 'x');
    const records = Array.from({ length: 12 }, (_, i) => record(BigInt(i), { value }));
    const bytes = Buffer.concat(
      records.map((one) => naiveBatch({ records: [one], codec: 'zstd' })),
    );
    const found = unpackAll(sliceOf(bytes));
    assert.deepEqual(found.records, records);
    assert.equal(found.codecs.length, 3);
  });

  it('shares its arrays with the columns that rewriters take', () => {
    const bytes = naiveBatch({ records: [record(1n, { key: null }), record(2n)] });
    for (const chunk of new RecordBatchReader(testLimits).unpack(sliceOf(bytes))) {
      assert.equal(recordKeys(chunk).starts[0], -1);
      assert.equal(recordKeys(chunk).ends, chunk.keyEnds);
      assert.equal(recordValues(chunk).starts, chunk.valueStarts);
      assert.equal(recordHeaders(chunk).starts, chunk.headerStarts);
      assert.equal(recordValues(chunk).count, 2);
    }
  });
});

describe('a reader of damaged or hostile batches', () => {
  const good = (): Buffer => naiveBatch({ records: [record(1n), record(2n)] });
  const withField = (change: (batch: Buffer) => void): Buffer => {
    const batch = good();
    change(batch);
    return sealed(batch);
  };

  it('refuses a batch whose checksum is wrong', () => {
    const batch = good();
    batch[batch.length - 1]! ^= 1;
    refuses(batch, 'BATCH_CRC_MISMATCH');
  });

  it('names the offset that the damaged batch claims, and no byte of it', () => {
    const batch = naiveBatch({ records: [record(77n, { value: Buffer.from('canary') })] });
    batch[61]! ^= 1;
    assert.throws(
      () => unpackAll(sliceOf(batch)),
      (error) =>
        error instanceof RecordBatchError &&
        error.batch === 77n &&
        error.message.includes('offset 77') &&
        !error.message.includes('canary'),
    );
  });

  it('refuses other message formats', () => {
    refuses(naiveBatch({ records: [record(1n)], magic: 1 }), 'BATCH_MAGIC_UNSUPPORTED');
  });

  it('refuses impossible headers', () => {
    for (const length of [-1, 0, 48, -2147483648]) {
      refuses(
        withField((batch) => batch.writeInt32BE(length, 8)),
        'BATCH_HEADER_INVALID',
      );
    }
    refuses(
      withField((batch) => batch.writeInt32BE(-1, 57)),
      'BATCH_HEADER_INVALID',
    );
    refuses(
      withField((batch) => batch.writeInt32BE(-1, 23)),
      'BATCH_OFFSET_INVALID',
    );
    refuses(
      withField((batch) => batch.writeBigInt64BE(-5n, 0)),
      'BATCH_OFFSET_INVALID',
    );
    refuses(
      withField((batch) => batch.writeBigInt64BE(2n ** 60n, 27)),
      'BATCH_TIMESTAMP_INVALID',
    );
    for (const codec of [5, 6, 7]) {
      refuses(
        withField((batch) => batch.writeInt16BE(codec, 21)),
        'BATCH_CODEC_UNSUPPORTED',
      );
    }
  });

  it('refuses counts that the bytes can not hold', () => {
    refuses(naiveBatch({ records: [record(1n)], count: 2, lastOffset: 3n }), 'BATCH_TRUNCATED');
    refuses(naiveBatch({ records: [record(1n)], count: 99_999 }), 'BATCH_TRUNCATED');
    refuses(naiveBatch({ records: [record(1n)], count: 100_001 }), 'BATCH_TOO_LARGE');
    refuses(
      naiveBatch({ records: [record(1n), record(2n)], count: 1 }),
      'BATCH_RECORD_LENGTH_INVALID',
    );
  });

  it('refuses lengths inside records that do not fit', () => {
    const body = (...parts: (Buffer | number)[]): Buffer => {
      const bytes = Buffer.concat(
        parts.map((part) => (typeof part === 'number' ? zigzag(BigInt(part)) : part)),
      );
      return Buffer.concat([zigzag(BigInt(bytes.length)), bytes]);
    };
    const zero = Buffer.from([0]);
    const tail = Buffer.alloc(20);
    const cases: Buffer[] = [
      body(zero, 0, 0, -2, 0, 0), // key length
      body(zero, 0, 0, 1000, 0, 0),
      body(zero, 0, 0, 2 ** 30, 0, 0),
      body(zero, 0, 0, -1, -2, 0), // value length
      body(zero, 0, 0, -1, 1000, 0),
      body(zero, 0, 0, -1, 0, -1), // header count
      body(zero, 0, 0, -1, 0, 1000),
      body(zero, 0, 0, -1, 0, 1, -1, 0), // header name
      body(zero, 0, 0, -1, 0, 1, 0, -2),
      body(zero, 0, 0, -1, 0, 1, 0, 50),
      body(zero, 0, 0, -1, 0, 0, 7), // bytes left over
      Buffer.concat([zigzag(2n), tail]), // shorter than any record
      Buffer.concat([Buffer.alloc(6, 0xff), tail]), // endless varint
    ];
    for (const payload of cases) {
      refuses(
        naiveBatch({ records: [record(1n)], payload: Buffer.concat([payload]) }),
        'BATCH_RECORD_LENGTH_INVALID',
      );
    }
    const long = Buffer.concat([zigzag(500n), tail]);
    refuses(naiveBatch({ records: [record(1n)], payload: long }), 'BATCH_TRUNCATED');
    const endless = Buffer.concat([zigzag(20n), zero, Buffer.alloc(19, 0xff)]);
    refuses(naiveBatch({ records: [record(1n)], payload: endless }), 'BATCH_RECORD_LENGTH_INVALID');
  });

  it('refuses offsets that do not ascend inside their batch', () => {
    const twice = Buffer.concat([naiveRecord(record(1n), 1n, 0), naiveRecord(record(1n), 1n, 0)]);
    refuses(
      naiveBatch({ records: [record(1n)], payload: twice, count: 2, lastOffset: 2n }),
      'BATCH_OFFSET_INVALID',
    );
    const beyond = naiveRecord(record(9n), 1n, 0);
    refuses(naiveBatch({ records: [record(1n)], payload: beyond }), 'BATCH_OFFSET_INVALID');
  });

  it('refuses timestamps that a double can not hold', () => {
    const payload = naiveRecord(record(1n, { timestamp: 2 ** 52 }), 1n, 0);
    refuses(naiveBatch({ records: [record(1n)], payload }), 'BATCH_TIMESTAMP_INVALID');
  });

  it('refuses a control batch without a control record', () => {
    const batch = naiveBatch({
      records: [record(1n, { key: Buffer.alloc(1) })],
      attributes: 0x30,
    });
    refuses(batch, 'BATCH_CONTROL_INVALID');
    refuses(
      naiveBatch({ records: [], payload: Buffer.alloc(0), attributes: 0x30 }),
      'BATCH_CONTROL_INVALID',
    );
  });

  it('refuses bytes that are not of the codec they claim', () => {
    for (const codec of [1, 2, 3, 4]) {
      const batch = naiveBatch({ records: [record(1n)], attributes: codec });
      assert.throws(() => unpackAll(sliceOf(batch)), RecordBatchError);
    }
  });

  it('refuses bombs before they go off', () => {
    const bomb = Buffer.alloc(64 << 20);
    const base = { records: [record(1n)] };
    const started = performance.now();
    for (const [attributes, payload] of [
      [4, zstdCompressSync(bomb)],
      [3, compressFrameSync(bomb)],
    ] as const) {
      refuses(naiveBatch({ ...base, attributes, payload }), 'BATCH_TOO_LARGE');
    }
    for (const codec of ['gzip', 'snappy', 'xerial'] as const) {
      refuses(naiveBatch({ ...base, codec, payload: bomb }), 'BATCH_TOO_LARGE');
    }
    assert.ok(performance.now() - started < 20_000);
  });
});
