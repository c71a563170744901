import {
  crc32,
  deflateRawSync,
  inflateRawSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { compressSync, uncompressSync } from 'snappy';
import { FormatError } from '../errors.ts';

/** How the blocks of a container are compressed (Avro 1.12, Object Container Files: Required and Optional Codecs). */
export interface ContainerCodec {
  readonly name: 'null' | 'deflate' | 'snappy' | 'zstandard';
  compress(block: Uint8Array): Uint8Array;
  /** May throw anything on bytes that it can't read, or whose content is longer than `limit`. */
  decompress(block: Uint8Array, limit: number): Uint8Array;
}

const codecs: readonly ContainerCodec[] = [
  { name: 'null', compress: (block) => block, decompress: (block) => block },
  {
    name: 'deflate',
    compress: (block) => deflateRawSync(block),
    decompress: (block, limit) => inflateRawSync(block, { maxOutputLength: limit }),
  },
  { name: 'snappy', compress: compressSnappy, decompress: decompressSnappy },
  {
    name: 'zstandard',
    compress: (block) => zstdCompressSync(block),
    decompress: (block, limit) => zstdDecompressSync(block, { maxOutputLength: limit }),
  },
];

/** @throws FormatError `CONTAINER_CODEC_UNKNOWN` */
export function containerCodec(name: string): ContainerCodec {
  const codec = codecs.find((one) => one.name === name);
  if (codec === undefined) {
    const known = codecs.map((one) => one.name).join(', ');
    throw new FormatError(
      'CONTAINER_CODEC_UNKNOWN',
      `Write the file with another codec: this one is not among ${known}`,
    );
  }
  return codec;
}

/** Snappy blocks are followed by the big-endian CRC-32 of their content. */
function compressSnappy(block: Uint8Array): Uint8Array {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(block));
  return Buffer.concat([compressSync(Buffer.from(block)), checksum]);
}

function decompressSnappy(block: Uint8Array, limit: number): Uint8Array {
  const compressed = Buffer.from(block.subarray(0, -4));
  if (snappyLength(compressed) > limit) throw new RangeError('snappy block beyond the limit');
  const content = uncompressSync(compressed, { asBuffer: true }) as Buffer;
  const checksum = Buffer.from(block.subarray(-4)).readUInt32BE();
  if (crc32(content) !== checksum) throw new RangeError('snappy block with a wrong checksum');
  return content;
}

/** The length of the content stands first, as a little-endian varint of at most 32 bits. */
function snappyLength(compressed: Uint8Array): number {
  let length = 0;
  for (let index = 0; index < 5; index++) {
    const byte = compressed[index] ?? 0;
    length += (byte & 127) * 2 ** (index * 7);
    if (byte < 128) break;
  }
  return length;
}
