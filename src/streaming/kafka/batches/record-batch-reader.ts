/**
 * Undecoded record batches in, columns out.
 *
 *     const reader = new RecordBatchReader({ batchBytes: 64 << 20, chunkBytes: 4 << 20, batchRecords: 1 << 20 });
 *     for (const records of reader.unpack(slice)) {
 *       // records.count, .bytes, .keyStarts, .keyEnds, .valueStarts, .valueEnds, .headerStarts, .headerEnds, .headerCounts,
 *       // .timestamps, .offsets: valid until the loop goes on. records.codec: compression of the source.
 *       const values = recordValues(records); // PackedValues, also recordKeys(records), recordHeaders(records)
 *     }
 *
 * A slice without records (control batches, aborted transactions) yields nothing. A slice yields more than one chunk only where its
 * batches decompress to more than `chunkBytes`. Any fault throws {@link RecordBatchError}; the caller stops the partition.
 */
import type { PackedValues } from '../../../anonymization/formats/rewriter.ts';
import { AbortedTransactions } from './aborted-transactions.ts';
import * as header from './batch-header.ts';
import { codecs, decompress, type Codec } from './compression.ts';
import { crc32c } from './crc32c.ts';
import type { RawSlice } from '../port.ts';
import { RecordBatchError } from './record-batch-error.ts';
import { RecordColumns } from './record-columns.ts';
import { walkRecords, type BatchRecords } from './record-walk.ts';

export interface UnpackLimits {
  /** Decompressed bytes of one batch; more is refused. */
  readonly batchBytes: number;
  /** Records of one batch; more is refused. */
  readonly batchRecords: number;
  /** A chunk ends once it holds this many decompressed bytes: bounds the memory of a slice that compresses well. */
  readonly chunkBytes: number;
}

/** Records of one slice, or of a part of it, with the codec that the first of its batches used. */
export interface UnpackedRecords extends RecordColumns {
  readonly codec: Codec;
}

/** What the reader needs of a {@link RawSlice}. */
export type ReadableSlice = Pick<RawSlice, 'bytes' | 'from' | 'aborted'>;

const slack = 16;

interface LiveBatch {
  readonly at: number;
  readonly end: number;
  readonly codec: Codec;
}

class Chunk extends RecordColumns implements UnpackedRecords {
  codec: Codec = 'none';
}

/** Unpacks slices; owns the buffers that hold what it yields, so one reader serves one thread and one slice at a time. */
export class RecordBatchReader {
  readonly #limits: UnpackLimits;
  readonly #chunk = new Chunk();
  #scratch = Buffer.allocUnsafeSlow(1 << 20);

  constructor(limits: UnpackLimits) {
    this.#limits = limits;
  }

  /**
   * Yields the records of a slice from offset `slice.from` on, in order, without control records and aborted transactions; a batch
   * that the end of the slice cuts off is left out.
   *
   * @throws {@link RecordBatchError}
   */
  *unpack(slice: ReadableSlice): Generator<UnpackedRecords, void, void> {
    const batches = liveBatches(slice);
    const from = Number(slice.from);
    const chunk = this.#chunk;
    if (batches.every((batch) => batch.codec === 'none') && hasSlack(slice.bytes)) {
      chunk.count = 0;
      chunk.codec = 'none';
      chunk.bytes = withSlack(slice.bytes);
      for (const batch of batches) {
        this.#walk(slice.bytes, batch, chunk.bytes, batch.at + header.headerBytes, batch.end, from);
      }
      if (chunk.count > 0) yield chunk;
      return;
    }
    let next = 0;
    while (next < batches.length) {
      next = this.#fill(slice.bytes, batches, next, from);
      if (chunk.count > 0) yield chunk;
    }
  }

  /** Decompresses batches into the scratch buffer until the chunk is full; returns the index of the first batch left. */
  #fill(bytes: Buffer, batches: readonly LiveBatch[], first: number, from: number): number {
    const chunk = this.#chunk;
    chunk.count = 0;
    chunk.codec = batches[first]!.codec;
    const bounds: number[] = [];
    let used = 0;
    let next = first;
    while (next < batches.length && used < this.#limits.chunkBytes) {
      const batch = batches[next++]!;
      const records = this.#decompress(bytes, batch);
      this.#reserve(used, used + records.length + slack);
      this.#scratch.set(records, used);
      bounds.push(used, used + records.length);
      used += records.length;
    }
    chunk.bytes = this.#scratch;
    for (let i = first; i < next; i++) {
      const bound = (i - first) * 2;
      this.#walk(bytes, batches[i]!, this.#scratch, bounds[bound]!, bounds[bound + 1]!, from);
    }
    return next;
  }

  #decompress(bytes: Buffer, batch: LiveBatch): Buffer {
    const packed = bytes.subarray(batch.at + header.headerBytes, batch.end);
    try {
      return decompress(batch.codec, packed, this.#limits.batchBytes);
    } catch (error) {
      throw located(error, bytes, batch.at);
    }
  }

  #reserve(used: number, wanted: number): void {
    if (this.#scratch.length >= wanted) return;
    const grown = Buffer.allocUnsafeSlow(wanted * 2);
    grown.set(this.#scratch.subarray(0, used));
    this.#scratch = grown;
  }

  #walk(
    bytes: Buffer,
    batch: LiveBatch,
    records: Buffer,
    start: number,
    end: number,
    from: number,
  ): void {
    try {
      walkRecords(records, this.#describe(bytes, batch, start, end), from, this.#chunk);
    } catch (error) {
      throw located(error, bytes, batch.at);
    }
  }

  #describe(bytes: Buffer, { at }: LiveBatch, start: number, end: number): BatchRecords {
    const count = bytes.readInt32BE(at + header.recordCountAt);
    if (count < 0) throw new RecordBatchError('BATCH_HEADER_INVALID');
    // A record takes 7 bytes at least, so a count beyond the bytes is refused before room is made for it.
    if (count > this.#limits.batchRecords) throw new RecordBatchError('BATCH_TOO_LARGE');
    if (count * 7 > end - start) throw new RecordBatchError('BATCH_TRUNCATED');
    const attributes = bytes.readInt16BE(at + header.attributesAt);
    const timestamp = (field: number): number => {
      const value = bytes.readBigInt64BE(at + field);
      if (value > 1n << 51n || value < -(1n << 51n)) {
        throw new RecordBatchError('BATCH_TIMESTAMP_INVALID');
      }
      return Number(value);
    };
    return {
      baseOffset: Number(bytes.readBigInt64BE(at + header.baseOffsetAt)),
      lastOffsetDelta: bytes.readInt32BE(at + header.lastOffsetDeltaAt),
      baseTimestamp: timestamp(header.baseTimestampAt),
      appendTime:
        (attributes & header.logAppendTimeBit) !== 0 ? timestamp(header.maxTimestampAt) : null,
      count,
      start,
      end,
    };
  }
}

/** Checks length, format and CRC of every complete batch and leaves out what a read_committed reader must not see. */
function liveBatches({ bytes, aborted }: ReadableSlice): LiveBatch[] {
  const transactions = new AbortedTransactions(aborted);
  const live: LiveBatch[] = [];
  let at = 0;
  while (at + header.headerBytes <= bytes.length) {
    const length = header.batchBytes(bytes, at);
    const base = bytes.readBigInt64BE(at + header.baseOffsetAt);
    if (bytes[at + header.magicAt] !== 2) {
      throw new RecordBatchError('BATCH_MAGIC_UNSUPPORTED', { batch: base });
    }
    if (length < header.headerBytes) {
      throw new RecordBatchError('BATCH_HEADER_INVALID', { batch: base });
    }
    const end = at + length;
    if (end > bytes.length) break;
    if (
      crc32c(bytes.subarray(at + header.attributesAt, end)) !==
      bytes.readUInt32BE(at + header.crcAt)
    ) {
      throw new RecordBatchError('BATCH_CRC_MISMATCH', { batch: base });
    }
    const attributes = bytes.readInt16BE(at + header.attributesAt);
    const producer = bytes.readBigInt64BE(at + header.producerIdAt);
    const lastDelta = bytes.readInt32BE(at + header.lastOffsetDeltaAt);
    if (base < 0n || lastDelta < 0 || base + BigInt(lastDelta) > Number.MAX_SAFE_INTEGER) {
      throw new RecordBatchError('BATCH_OFFSET_INVALID', { batch: base });
    }
    transactions.reach(base + BigInt(lastDelta));
    const transactional = (attributes & header.transactionalBit) !== 0;
    if ((attributes & header.controlBit) !== 0) {
      transactions.control(producer, bytes.subarray(at, end));
    } else if (!(transactional && transactions.includes(producer))) {
      const codec = codecs[attributes & header.codecMask];
      if (codec === undefined) {
        throw new RecordBatchError('BATCH_CODEC_UNSUPPORTED', { batch: base });
      }
      live.push({ at, end, codec });
    }
    at = end;
  }
  return live;
}

/** Adds the base offset of the batch to an error that doesn't know it. */
function located(error: unknown, bytes: Buffer, at: number): unknown {
  if (!(error instanceof RecordBatchError) || error.batch !== null) return error;
  return new RecordBatchError(error.code, {
    batch: bytes.readBigInt64BE(at + header.baseOffsetAt),
  });
}

function hasSlack(bytes: Buffer): boolean {
  return bytes.byteOffset + bytes.length + slack <= bytes.buffer.byteLength;
}

function withSlack(bytes: Buffer): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length + slack);
}

/** The values as the rewriter takes them; the arrays are shared, not copied. */
export function recordValues(records: RecordColumns): PackedValues {
  const { count, bytes, valueStarts, valueEnds } = records;
  return { count, bytes, starts: valueStarts, ends: valueEnds };
}

/** The keys as the rewriter takes them; the arrays are shared, not copied. */
export function recordKeys(records: RecordColumns): PackedValues {
  const { count, bytes, keyStarts, keyEnds } = records;
  return { count, bytes, starts: keyStarts, ends: keyEnds };
}

/** The header sections (count and headers) as the writer takes them; the arrays are shared, not copied. */
export function recordHeaders(records: RecordColumns): PackedValues {
  const { count, bytes, headerStarts, headerEnds } = records;
  return { count, bytes, starts: headerStarts, ends: headerEnds };
}
