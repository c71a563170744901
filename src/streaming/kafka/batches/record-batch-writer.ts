/**
 * Columns in, record batches out, ready but for producer id, epoch, sequence and CRC (which the sink stamps).
 *
 *     const writer = new RecordBatchWriter({ maxBatchBytes: 900_000, transactional: true });
 *     writer.begin(codec);                         // one output partition
 *     const tooLarge = writer.append(records);     // any number of times: batches are filled up across calls
 *     const { buffer, batches, count } = writer.finish();      // EncodedSlice = { topic, partition, buffer, batches }
 *
 * `append` returns the row numbers of records that no batch can hold: the caller quarantines them as OUTPUT_TOO_LARGE. For a few
 * ordinary records there is {@link encodeRecords}.
 */
import * as header from './batch-header.ts';
import { codecNumber, compress, type Codec } from './compression.ts';
import { crc32c } from './crc32c.ts';
import type { EncodedBatch } from '../port.ts';
import { fillBatch, recordBytes, type OpenBatch, type RecordsToEncode } from './record-fill.ts';
import { encodeHeaders } from './record-headers.ts';

export type { RecordsToEncode } from './record-fill.ts';

export interface WriterOptions {
  /** Largest batch, header included, before compression. Must be below `max.message.bytes` of the topic. */
  readonly maxBatchBytes: number;
  /** True for a transactional sink: without the bit a batch would be visible at once and survive an abort. */
  readonly transactional: boolean;
}

/** Output of one partition; empty `batches` where no record was written. The buffer is the caller's. */
export interface EncodedRecords {
  readonly buffer: Buffer;
  readonly batches: readonly EncodedBatch[];
  readonly count: number;
}

/** Encodes one output partition at a time; its working buffer is reused. */
export class RecordBatchWriter {
  readonly #options: WriterOptions;
  readonly #work: Buffer;
  readonly #view: DataView;
  readonly #batch: OpenBatch = {
    at: header.headerBytes,
    count: 0,
    baseTimestamp: 0,
    maxTimestamp: 0,
  };
  #codec: Codec = 'none';
  #output = Buffer.allocUnsafeSlow(1 << 20);
  #used = 0;
  #count = 0;
  #batches: EncodedBatch[] = [];

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#work = Buffer.allocUnsafeSlow(options.maxBatchBytes + 16);
    this.#view = new DataView(this.#work.buffer);
  }

  /** Starts the output of one partition, dropping what wasn't finished. */
  begin(codec: Codec): void {
    this.#codec = codec;
    this.#used = 0;
    this.#count = 0;
    this.#batches = [];
    this.#openBatch();
  }

  /** Adds records in order; returns the rows that are larger than a batch may be and were left out. */
  append(records: RecordsToEncode): readonly number[] {
    const tooLarge: number[] = [];
    let index = 0;
    while (index < records.rowCount) {
      index = fillBatch(
        this.#work,
        this.#view,
        records,
        index,
        this.#batch,
        this.#options.maxBatchBytes,
      );
      if (index >= records.rowCount) break;
      const row = records.rows === null ? index : records.rows[index]!;
      if (header.headerBytes + recordBytes(records, row, 0, 0) > this.#options.maxBatchBytes) {
        tooLarge.push(row);
        index++;
      } else this.#closeBatch();
    }
    return tooLarge;
  }

  /** Ends the output. The buffer shares no memory with the writer: it may wait for its transaction as long as it must. */
  finish(): EncodedRecords {
    if (this.#batch.count > 0) this.#closeBatch();
    const filled = this.#output.subarray(0, this.#used);
    let buffer = filled;
    // Mostly full, it is given away; mostly empty, a copy holds less memory.
    if (this.#used > this.#output.length >> 1) {
      this.#output = Buffer.allocUnsafeSlow(this.#output.length);
    } else {
      buffer = Buffer.allocUnsafeSlow(this.#used);
      buffer.set(filled);
    }
    return { buffer, batches: this.#batches, count: this.#count };
  }

  #openBatch(): void {
    this.#batch.at = header.headerBytes;
    this.#batch.count = 0;
  }

  #closeBatch(): void {
    const batch = this.#batch;
    const plain = this.#work.subarray(header.headerBytes, batch.at);
    const packed = compress(this.#codec, plain);
    // What doesn't shrink is stored: keeps every batch below the limit, whatever the codec adds.
    const stored = packed.length >= plain.length;
    const records = stored ? plain : packed;
    const length = header.headerBytes + records.length;
    this.#reserve(length);
    const out = this.#output;
    const start = this.#used;
    const codec = stored ? 0 : codecNumber(this.#codec);
    const transactional = this.#options.transactional ? header.transactionalBit : 0;
    out.writeBigInt64BE(0n, start + header.baseOffsetAt);
    out.writeInt32BE(length - header.lengthPrefixBytes, start + header.lengthAt);
    out.writeInt32BE(-1, start + header.leaderEpochAt);
    out[start + header.magicAt] = 2;
    out.writeUInt32BE(0, start + header.crcAt);
    out.writeInt16BE(codec | transactional, start + header.attributesAt);
    out.writeInt32BE(batch.count - 1, start + header.lastOffsetDeltaAt);
    out.writeBigInt64BE(BigInt(batch.baseTimestamp), start + header.baseTimestampAt);
    out.writeBigInt64BE(BigInt(batch.maxTimestamp), start + header.maxTimestampAt);
    out.writeBigInt64BE(-1n, start + header.producerIdAt);
    out.writeInt16BE(-1, start + header.producerEpochAt);
    out.writeInt32BE(-1, start + header.baseSequenceAt);
    out.writeInt32BE(batch.count, start + header.recordCountAt);
    out.set(records, start + header.headerBytes);
    this.#batches.push({ offset: start, length, count: batch.count, tailCrc: crc32c(records) });
    this.#used += length;
    this.#count += batch.count;
    this.#openBatch();
  }

  #reserve(length: number): void {
    const wanted = this.#used + length;
    if (this.#output.length >= wanted) return;
    const grown = Buffer.allocUnsafeSlow(wanted * 2);
    grown.set(this.#output.subarray(0, this.#used));
    this.#output = grown;
  }
}

/** An ordinary record, for the few that are made one by one (quarantine). */
export interface PlainRecord {
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly { readonly name: string; readonly value: Buffer | null }[];
}

/** Packs byte strings one after the other, with slack. */
function pack(values: readonly (Buffer | null)[]): RecordsToEncode['keys'] {
  const size = values.reduce((sum, value) => sum + (value?.length ?? 0), 0);
  const bytes = Buffer.alloc(size + 16);
  const starts = new Int32Array(values.length);
  const ends = new Int32Array(values.length);
  let at = 0;
  values.forEach((value, i) => {
    starts[i] = value === null ? -1 : at;
    if (value !== null) at += value.copy(bytes, at);
    ends[i] = value === null ? -1 : at;
  });
  return { count: values.length, bytes, starts, ends };
}

/** Turns ordinary records into columns for {@link RecordBatchWriter.append}. */
export function packRecords(records: readonly PlainRecord[]): RecordsToEncode {
  return {
    count: records.length,
    timestamps: Float64Array.from(records, (record) => record.timestamp),
    keys: pack(records.map((record) => record.key)),
    values: pack(records.map((record) => record.value)),
    headers: pack(records.map((record) => encodeHeaders(record.headers))),
    rows: null,
    rowCount: records.length,
  };
}

/**
 * Encodes ordinary records into batches of one partition.
 *
 * @throws RangeError for a record that is larger than a batch may be: the caller makes these records and knows their size.
 */
export function encodeRecords(
  records: readonly PlainRecord[],
  options: WriterOptions & { readonly codec: Codec },
): EncodedRecords {
  const writer = new RecordBatchWriter(options);
  writer.begin(options.codec);
  if (writer.append(packRecords(records)).length > 0) {
    throw new RangeError('encoding a record failed: it is larger than a batch may be');
  }
  return writer.finish();
}
