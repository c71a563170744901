/**
 * Record batches written and read the plain way, byte by byte after the protocol guide: the oracle for the codec's columns and loops,
 * with which it shares nothing but the CRC.
 */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { crc32c } from '@node-rs/crc32';
import { compressFrameSync } from 'lz4-napi';
import { compressSync } from 'snappy';

export interface NaiveRecord {
  readonly offset: bigint;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [Buffer, Buffer | null])[];
}

export interface NaiveBatch {
  readonly records: readonly NaiveRecord[];
  readonly baseOffset?: bigint;
  readonly lastOffset?: bigint;
  readonly codec?: 'none' | 'gzip' | 'snappy' | 'xerial' | 'lz4' | 'zstd';
  readonly producerId?: bigint;
  readonly transactional?: boolean;
  readonly logAppendTime?: number;
  readonly attributes?: number;
  readonly magic?: number;
  /** Instead of the records' own bytes. */
  readonly payload?: Buffer;
  readonly count?: number;
}

export function zigzag(value: bigint): Buffer {
  let rest = value < 0n ? -2n * value - 1n : 2n * value;
  const bytes: number[] = [];
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

const sized = (bytes: Buffer | null): Buffer =>
  bytes === null ? zigzag(-1n) : Buffer.concat([zigzag(BigInt(bytes.length)), bytes]);

export function naiveRecord(record: NaiveRecord, baseOffset: bigint, baseTime: number): Buffer {
  const body = Buffer.concat([
    Buffer.from([0]),
    zigzag(BigInt(record.timestamp) - BigInt(baseTime)),
    zigzag(record.offset - baseOffset),
    sized(record.key),
    sized(record.value),
    zigzag(BigInt(record.headers.length)),
    ...record.headers.flatMap(([name, value]) => [sized(name), sized(value)]),
  ]);
  return sized(body);
}

function xerial(bytes: Buffer): Buffer {
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  const blocks: Buffer[] = [header];
  for (let at = 0; at < bytes.length; at += 1000) {
    const block = compressSync(bytes.subarray(at, at + 1000));
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    blocks.push(length, block);
  }
  return Buffer.concat(blocks);
}

const packers = {
  none: (bytes: Buffer) => bytes,
  gzip: (bytes: Buffer) => gzipSync(bytes),
  snappy: (bytes: Buffer) => compressSync(bytes),
  xerial,
  lz4: (bytes: Buffer) => compressFrameSync(bytes),
  zstd: (bytes: Buffer) => zstdCompressSync(bytes),
};
const numbers = { none: 0, gzip: 1, snappy: 2, xerial: 2, lz4: 3, zstd: 4 };

export function naiveBatch(batch: NaiveBatch): Buffer {
  const { records } = batch;
  const base = batch.baseOffset ?? records[0]?.offset ?? 0n;
  const last = batch.lastOffset ?? records.at(-1)?.offset ?? base;
  const baseTime = records[0]?.timestamp ?? 0;
  const plain =
    batch.payload ?? Buffer.concat(records.map((record) => naiveRecord(record, base, baseTime)));
  const codec = batch.codec ?? 'none';
  const payload = packers[codec](plain);
  const bytes = Buffer.alloc(61 + payload.length);
  const attributes =
    batch.attributes ??
    numbers[codec] |
      (batch.logAppendTime === undefined ? 0 : 8) |
      (batch.transactional === true ? 16 : 0);
  bytes.writeBigInt64BE(base, 0);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeInt32BE(7, 12);
  bytes[16] = batch.magic ?? 2;
  bytes.writeInt16BE(attributes, 21);
  bytes.writeInt32BE(Number(last - base), 23);
  bytes.writeBigInt64BE(BigInt(baseTime), 27);
  const highest = records.reduce((most, { timestamp }) => Math.max(most, timestamp), baseTime);
  bytes.writeBigInt64BE(BigInt(batch.logAppendTime ?? highest), 35);
  bytes.writeBigInt64BE(batch.producerId ?? -1n, 43);
  bytes.writeInt16BE(-1, 51);
  bytes.writeInt32BE(-1, 53);
  bytes.writeInt32BE(batch.count ?? records.length, 57);
  payload.copy(bytes, 61);
  return sealed(bytes);
}

/** Writes the right CRC into a batch. */
export function sealed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

/** The marker that ends a transaction: type 0 aborts, 1 commits. */
export function controlBatch(offset: bigint, producerId: bigint, type: 0 | 1): Buffer {
  const key = Buffer.alloc(4);
  key.writeInt16BE(type, 2);
  return naiveBatch({
    records: [{ offset, timestamp: 0, key, value: Buffer.alloc(6), headers: [] }],
    producerId,
    attributes: 0x30,
  });
}

class Cursor {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.bytes.readUInt8(this.at++);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return (value >> 1n) ^ -(value & 1n);
    }
  }

  sized(): Buffer | null {
    const length = Number(this.varint());
    if (length < 0) return null;
    this.at += length;
    return Buffer.from(this.bytes.subarray(this.at - length, this.at));
  }
}

/** Records of uncompressed batches, as a reader that believes everything sees them. */
export function naiveRead(bytes: Buffer): NaiveRecord[] {
  const records: NaiveRecord[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readInt32BE(at + 8) + 12) {
    const cursor = new Cursor(bytes, at + 61);
    const base = bytes.readBigInt64BE(at);
    const time = bytes.readBigInt64BE(at + 27);
    for (let i = 0; i < bytes.readInt32BE(at + 57); i++) {
      cursor.varint();
      cursor.at++;
      const timestamp = Number(time + cursor.varint());
      const offset = base + cursor.varint();
      const key = cursor.sized();
      const value = cursor.sized();
      const headers = Array.from({ length: Number(cursor.varint()) }, () => {
        const name = cursor.sized();
        return [name ?? Buffer.alloc(0), cursor.sized()] as const;
      });
      records.push({ offset, timestamp, key, value, headers });
    }
  }
  return records;
}
