import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import kafkajs from 'kafkajs';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { compress, uncompress } from 'snappy';

const { CompressionCodecs, CompressionTypes } = kafkajs;

/** What Java clients put around snappy blocks: this magic, two versions, then blocks with their length. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);

/** Teaches kafkajs, which knows gzip only, the other three codecs of Kafka. An outside client's codecs, not the product's. */
export function teachCodecs(): void {
  CompressionCodecs[CompressionTypes.Snappy] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => compress(buffer),
    decompress: unwrapSnappy,
  });
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => compressFrame(buffer),
    decompress: (buffer: Buffer) => decompressFrame(buffer),
  });
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => Promise.resolve(zstdCompressSync(buffer)),
    decompress: (buffer: Buffer) => Promise.resolve(zstdDecompressSync(buffer)),
  });
}

async function unwrapSnappy(buffer: Buffer): Promise<Buffer> {
  if (!buffer.subarray(0, 8).equals(XERIAL)) return uncompress(buffer) as Promise<Buffer>;
  const blocks: Buffer[] = [];
  for (let at = 16; at < buffer.length;) {
    const length = buffer.readUInt32BE(at);
    blocks.push((await uncompress(buffer.subarray(at + 4, at + 4 + length))) as Buffer);
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}
