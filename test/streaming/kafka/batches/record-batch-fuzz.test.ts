/**
 * Seeded mutation of record batches. Every mutant is either read or refused with one of our codes; nothing else may be thrown, no read
 * may leave the slice, and memory stays bounded. LETHE_FUZZ_RECORDS sets how many mutants there are.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { RecordBatchError } from '../../../../src/streaming/kafka/batches/record-batch-error.ts';
import { RecordBatchReader } from '../../../../src/streaming/kafka/batches/record-batch-reader.ts';
import { controlBatch, naiveBatch, sealed, type NaiveRecord } from './naive-batches.ts';
import { sliceOf } from './unpacked.ts';

const mutants = Number(process.env['LETHE_FUZZ_RECORDS'] ?? 120_000);

/** mulberry32: a seeded generator is enough here, and repeats. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

function seeds(): Buffer[] {
  const records: NaiveRecord[] = Array.from({ length: 6 }, (_, i) => ({
    offset: BigInt(i * 3),
    timestamp: 1_700_000_000_000 + i,
    key: i % 3 === 0 ? null : Buffer.from(`key ${i}`),
    value: i % 4 === 1 ? null : Buffer.alloc(i * 30, 'value '),
    headers: i % 2 === 0 ? [] : [[Buffer.from('h'), Buffer.from('v')] as const],
  }));
  const plain = naiveBatch({ records });
  const packed = (['gzip', 'snappy', 'xerial', 'lz4', 'zstd'] as const).map((codec) =>
    naiveBatch({ records, codec }),
  );
  return [plain, plain, ...packed, Buffer.concat([plain, controlBatch(99n, 1n, 0), ...packed])];
}

it(`reads or refuses ${mutants} mutated slices, and nothing else happens`, () => {
  const random = generator(20_260_729);
  const pool = seeds();
  const reader = new RecordBatchReader({
    batchBytes: 1 << 20,
    batchRecords: 1000,
    chunkBytes: 1 << 16,
  });
  const codes = new Map<string, number>();
  const interesting = [0, 1, 0x7f, 0x80, 0xff, 2, 0x40];
  for (let i = 0; i < mutants; i++) {
    const original = pool[random() % pool.length]!;
    let bytes: Buffer = Buffer.from(original);
    for (let changes = 1 + (random() % 4); changes > 0; changes--) {
      const at = random() % bytes.length;
      bytes[at] = random() % 2 === 0 ? random() & 255 : interesting[random() % interesting.length]!;
    }
    if (random() % 8 === 0) bytes = bytes.subarray(0, random() % (bytes.length + 1));
    // Most mutants get a right checksum, or none would pass the first gate.
    if (random() % 8 !== 0 && bytes.length === original.length) {
      const length = bytes.length >= 61 ? bytes.readInt32BE(8) + 12 : 0;
      if (length >= 61 && length <= bytes.length) sealed(bytes.subarray(0, length));
    }
    try {
      for (const chunk of reader.unpack(
        sliceOf(bytes, { aborted: [{ producerId: 1n, firstOffset: 0n }] }),
      )) {
        for (let row = 0; row < chunk.count; row++) {
          const end = chunk.headerEnds[row]!;
          assert.ok(chunk.keyEnds[row]! <= end && chunk.valueEnds[row]! <= end);
          assert.ok(end <= chunk.bytes.length - 16);
          assert.ok(Number.isSafeInteger(chunk.timestamps[row]));
        }
        codes.set('read', (codes.get('read') ?? 0) + 1);
      }
    } catch (error) {
      if (!(error instanceof RecordBatchError)) throw error;
      codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
    }
  }
  // The mutations must reach deep: a fuzz test that only fails checksums tests checksums.
  for (const code of [
    'read',
    'BATCH_CRC_MISMATCH',
    'BATCH_RECORD_LENGTH_INVALID',
    'BATCH_TRUNCATED',
    'BATCH_OFFSET_INVALID',
    'BATCH_DECOMPRESSION_FAILED',
  ]) {
    assert.ok((codes.get(code) ?? 0) > mutants / 10_000, `${code}: ${codes.get(code) ?? 0}`);
  }
});
