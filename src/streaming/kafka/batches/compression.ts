/**
 * The five compression types of record batches, both ways, synchronous: a shard has nothing else to do meanwhile.
 * Every decompressor is told how many bytes it may yield and refuses more, so that a bomb costs nothing.
 */
import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import { compressSync, uncompressSync } from 'snappy';
import { lz4FrameOutput } from './lz4-frame.ts';
import { RecordBatchError } from './record-batch-error.ts';

/** Names in the order of their numbers in the batch attributes. */
export const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Codec = (typeof codecs)[number];

/** Number of a codec in the batch attributes. */
export function codecNumber(codec: Codec): number {
  return codecs.indexOf(codec);
}

/** Fast levels: records are compressed on the thread that anonymizes them. */
const zstdOptions = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export function compress(codec: Codec, bytes: Buffer): Buffer {
  switch (codec) {
    case 'none':
      return bytes;
    case 'gzip':
      return gzipSync(bytes);
    case 'snappy':
      return compressSync(bytes);
    case 'lz4':
      return compressFrameSync(bytes);
    case 'zstd':
      return zstdCompressSync(bytes, zstdOptions);
  }
}

/** Start of a stream by snappy-java: blocks with a 4-byte length each follow 16 bytes of header. Java producers write it. */
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const xerialHeaderBytes = 16;

/** The decompressed length that a raw snappy block claims in its preamble (snappy format description §1). */
function snappyOutput(bytes: Buffer): number {
  let length = 0;
  for (let at = 0; at < Math.min(5, bytes.length); at++) {
    const byte = bytes[at]!;
    length += (byte & 127) * 2 ** (7 * at);
    if (byte < 128) return length;
  }
  throw new RecordBatchError('BATCH_DECOMPRESSION_FAILED');
}

function unsnap(block: Buffer, limit: number): Buffer {
  if (snappyOutput(block) > limit) throw new RecordBatchError('BATCH_TOO_LARGE');
  return uncompressSync(block, { asBuffer: true }) as Buffer;
}

function unsnapXerial(bytes: Buffer, limit: number): Buffer {
  const blocks: Buffer[] = [];
  let room = limit;
  let at = xerialHeaderBytes;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) throw new RecordBatchError('BATCH_DECOMPRESSION_FAILED');
    const end = at + 4 + bytes.readInt32BE(at);
    if (end < at + 4 || end > bytes.length) {
      throw new RecordBatchError('BATCH_DECOMPRESSION_FAILED');
    }
    const block = unsnap(bytes.subarray(at + 4, end), room);
    room -= block.length;
    blocks.push(block);
    at = end;
  }
  return Buffer.concat(blocks);
}

function decompressWith(codec: Codec, bytes: Buffer, limit: number): Buffer {
  switch (codec) {
    case 'none':
      return bytes;
    case 'gzip':
      return gunzipSync(bytes, { maxOutputLength: limit });
    case 'snappy':
      return bytes.length >= xerialHeaderBytes && bytes.subarray(0, 8).equals(xerialMagic)
        ? unsnapXerial(bytes, limit)
        : unsnap(bytes, limit);
    case 'lz4':
      if (lz4FrameOutput(bytes, limit) > limit) throw new RecordBatchError('BATCH_TOO_LARGE');
      return decompressFrameSync(bytes);
    case 'zstd':
      return zstdDecompressSync(bytes, { maxOutputLength: limit });
  }
}

/**
 * The decompressed bytes, at most `limit`.
 *
 * @throws {@link RecordBatchError} BATCH_TOO_LARGE beyond the limit, BATCH_DECOMPRESSION_FAILED for bytes that aren't of this codec.
 */
export function decompress(codec: Codec, bytes: Buffer, limit: number): Buffer {
  try {
    return decompressWith(codec, bytes, Math.max(1, limit));
  } catch (error) {
    if (error instanceof RecordBatchError) throw error;
    const tooLarge =
      error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    // No cause: the text of a foreign library might quote what it was given.
    throw new RecordBatchError(tooLarge ? 'BATCH_TOO_LARGE' : 'BATCH_DECOMPRESSION_FAILED');
  }
}
