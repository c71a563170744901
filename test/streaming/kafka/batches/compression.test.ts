import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compressFrameSync } from 'lz4-napi';
import {
  codecNumber,
  codecs,
  compress,
  decompress,
} from '../../../../src/streaming/kafka/batches/compression.ts';
import { lz4FrameOutput } from '../../../../src/streaming/kafka/batches/lz4-frame.ts';
import { RecordBatchError } from '../../../../src/streaming/kafka/batches/record-batch-error.ts';

const code = (wanted: string) => (error: unknown) =>
  error instanceof RecordBatchError && error.code === wanted;

describe('compression', () => {
  for (const codec of codecs) {
    it(`gives back what ${codec} took`, () => {
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 1, maxLength: 3000 }), (array) => {
          const bytes = Buffer.from(array);
          const packed = compress(codec, bytes);
          assert.deepEqual(Buffer.from(decompress(codec, packed, bytes.length)), bytes);
        }),
      );
    });
  }

  it('numbers codecs as batch attributes do', () => {
    assert.deepEqual(codecs.map(codecNumber), [0, 1, 2, 3, 4]);
  });

  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
    it(`refuses ${codec} output beyond the limit, and takes what reaches it`, () => {
      const bytes = Buffer.alloc(100_000, 'abc');
      const packed = compress(codec, bytes);
      assert.equal(decompress(codec, packed, 100_000).length, 100_000);
      assert.throws(() => decompress(codec, packed, 99_999), code('BATCH_TOO_LARGE'));
    });

    it(`refuses bytes that are not ${codec}, and ${codec} that ends early`, () => {
      const packed = compress(codec, Buffer.alloc(10_000, 'some text'));
      for (const bytes of [Buffer.from('plain text, not packed'), packed.subarray(0, 20)]) {
        assert.throws(() => decompress(codec, bytes, 1 << 20), RecordBatchError);
      }
    });
  }

  it('refuses snappy streams with impossible block lengths', () => {
    const head = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
    for (const tail of [[0], [0xff, 0xff, 0xff, 0xff], [0, 0, 0, 9, 1]]) {
      const bytes = Buffer.concat([head, Buffer.from(tail)]);
      assert.throws(() => decompress('snappy', bytes, 1000), code('BATCH_DECOMPRESSION_FAILED'));
    }
    const endless = Buffer.alloc(20, 0xff);
    assert.throws(() => decompress('snappy', endless, 1000), code('BATCH_DECOMPRESSION_FAILED'));
  });
});

describe('the size of an LZ4 frame', () => {
  it('is known without decompressing it', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 2000 }),
        fc.integer({ min: 1, max: 200 }),
        (array, times) => {
          const bytes = Buffer.concat(Array.from({ length: times }, () => array));
          assert.equal(lz4FrameOutput(compressFrameSync(bytes), Infinity), bytes.length);
        },
      ),
    );
  });

  it('is known with checksums of blocks and content', () => {
    const bytes = Buffer.alloc(200_000, 'some content');
    const frame = compressFrameSync(bytes, { blockChecksums: true, contentChecksum: true });
    assert.equal(lz4FrameOutput(Buffer.concat([frame, frame]), Infinity), 400_000);
  });

  it('skips skippable frames and stops at anything else', () => {
    const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9]);
    const frame = compressFrameSync(Buffer.alloc(1000));
    assert.equal(lz4FrameOutput(Buffer.concat([skippable, frame]), Infinity), 1000);
    assert.equal(lz4FrameOutput(Buffer.from('no frame at all'), Infinity), 0);
  });

  it('ends with any bytes whatever', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (array) => {
        const frame = Buffer.concat([Buffer.from([4, 0x22, 0x4d, 0x18, 0x60, 0x40, 0]), array]);
        assert.ok(lz4FrameOutput(frame, 1 << 20) >= 0);
      }),
    );
  });
});
