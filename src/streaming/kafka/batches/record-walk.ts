import { RecordBatchError, type RecordBatchErrorCode } from './record-batch-error.ts';
import type { RecordColumns } from './record-columns.ts';

/** What the header of a batch says about its records. */
export interface BatchRecords {
  readonly baseOffset: number;
  readonly lastOffsetDelta: number;
  readonly baseTimestamp: number;
  /** The time of every record where the broker set it, else `null`. */
  readonly appendTime: number | null;
  readonly count: number;
  /** Bounds of the uncompressed records section. */
  readonly start: number;
  readonly end: number;
}

/** Timestamps beyond this can't be told apart by a double once they are subtracted. */
const timestampBound = 2 ** 51;

function fail(code: RecordBatchErrorCode): never {
  throw new RecordBatchError(code);
}

/** Decodes a signed varint of up to 10 bytes; for the long ones that the loop below doesn't decode inline. Exact to 2^53. */
function longVarint(bytes: Buffer, at: number): number {
  let unsigned = 0;
  let scale = 1;
  for (let i = at; i < at + 10; i++) {
    const byte = bytes[i]!;
    unsigned += (byte & 127) * scale;
    if (byte < 128) return unsigned % 2 === 0 ? unsigned / 2 : -(unsigned + 1) / 2;
    scale *= 128;
  }
  return fail('BATCH_RECORD_LENGTH_INVALID');
}

function varintBytes(bytes: Buffer, at: number): number {
  let end = at;
  while (end < at + 10 && bytes[end]! > 127) end++;
  return end - at + 1;
}

/** Checks the headers of one record, which are rare and short; returns where they end. */
function skipHeaders(bytes: Buffer, start: number, end: number, count: number): number {
  let at = start;
  for (let i = 0; i < 2 * count; i++) {
    if (at >= end) fail('BATCH_RECORD_LENGTH_INVALID');
    const length = longVarint(bytes, at);
    at += varintBytes(bytes, at);
    // A header's name is never null, its value may be.
    if (length < -1 || (length < 0 && i % 2 === 0) || at + length > end) {
      fail('BATCH_RECORD_LENGTH_INVALID');
    }
    if (length > 0) at += length;
  }
  return at;
}

/**
 * Appends the records of one batch to `into`, leaving out those below `from`. `bytes` must be readable for 16 bytes after `batch.end`.
 * One loop with varints decoded inline and arrays as locals: it runs once per record, and a call per field would triple its time.
 *
 * @throws {@link RecordBatchError} for anything that doesn't fit; nothing outside the batch is read.
 */
export function walkRecords(
  bytes: Buffer,
  batch: BatchRecords,
  from: number,
  into: RecordColumns,
): void {
  into.reserve(into.count + batch.count);
  const { keyStarts, keyEnds, valueStarts, valueEnds, timestamps, offsets } = into;
  const { headerStarts, headerEnds, headerCounts } = into;
  const { baseOffset, baseTimestamp, end, lastOffsetDelta, count } = batch;
  const appendTime = batch.appendTime ?? 0;
  const ownTime = batch.appendTime === null;
  let row = into.count;
  let at = batch.start;
  let previous = -1;
  for (let i = 0; i < count; i++) {
    if (at >= end) fail('BATCH_TRUNCATED');
    let byte = bytes[at++]!;
    let word = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      if (shift > 28) fail('BATCH_RECORD_LENGTH_INVALID');
      byte = bytes[at++]!;
      word |= (byte & 127) << shift;
    }
    const length = (word >>> 1) ^ -(word & 1);
    if (length < 6) fail('BATCH_RECORD_LENGTH_INVALID');
    if (length > end - at) fail('BATCH_TRUNCATED');
    const recordEnd = at + length;
    at++; // attributes, unused

    let timestamp = appendTime;
    byte = bytes[at]!;
    if (byte < 128) {
      if (ownTime) timestamp = baseTimestamp + ((byte >>> 1) ^ -(byte & 1));
      at++;
    } else {
      if (ownTime) timestamp = baseTimestamp + longVarint(bytes, at);
      at += varintBytes(bytes, at);
      if (timestamp > timestampBound || timestamp < -timestampBound) {
        fail('BATCH_TIMESTAMP_INVALID');
      }
    }

    byte = bytes[at++]!;
    word = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      if (shift > 28) fail('BATCH_OFFSET_INVALID');
      byte = bytes[at++]!;
      word |= (byte & 127) << shift;
    }
    const delta = (word >>> 1) ^ -(word & 1);
    if (delta <= previous || delta > lastOffsetDelta) fail('BATCH_OFFSET_INVALID');
    previous = delta;

    byte = bytes[at++]!;
    word = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      if (shift > 28) fail('BATCH_RECORD_LENGTH_INVALID');
      byte = bytes[at++]!;
      word |= (byte & 127) << shift;
    }
    const keyLength = (word >>> 1) ^ -(word & 1);
    if (keyLength < -1 || keyLength > recordEnd - at) fail('BATCH_RECORD_LENGTH_INVALID');
    const keyStart = at;
    if (keyLength > 0) at += keyLength;

    if (at >= recordEnd) fail('BATCH_RECORD_LENGTH_INVALID');
    byte = bytes[at++]!;
    word = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      if (shift > 28) fail('BATCH_RECORD_LENGTH_INVALID');
      byte = bytes[at++]!;
      word |= (byte & 127) << shift;
    }
    const valueLength = (word >>> 1) ^ -(word & 1);
    if (valueLength < -1 || valueLength > recordEnd - at) fail('BATCH_RECORD_LENGTH_INVALID');
    const valueStart = at;
    if (valueLength > 0) at += valueLength;

    if (at >= recordEnd) fail('BATCH_RECORD_LENGTH_INVALID');
    const headerStart = at;
    byte = bytes[at++]!;
    let headers = byte >>> 1;
    if (byte !== 0) {
      if (byte > 127) {
        headers = longVarint(bytes, at - 1);
        at += varintBytes(bytes, at - 1) - 1;
      } else if ((byte & 1) === 1) fail('BATCH_RECORD_LENGTH_INVALID');
      // Each header takes two bytes at least, which bounds the loop by the record's own size.
      if (headers < 0 || headers * 2 > recordEnd - at) fail('BATCH_RECORD_LENGTH_INVALID');
      at = skipHeaders(bytes, at, recordEnd, headers);
    }
    if (at !== recordEnd) fail('BATCH_RECORD_LENGTH_INVALID');

    if (baseOffset + delta < from) continue;
    keyStarts[row] = keyLength < 0 ? -1 : keyStart;
    keyEnds[row] = keyLength < 0 ? -1 : keyStart + keyLength;
    valueStarts[row] = valueLength < 0 ? -1 : valueStart;
    valueEnds[row] = valueLength < 0 ? -1 : valueStart + valueLength;
    headerStarts[row] = headerStart;
    headerEnds[row] = recordEnd;
    headerCounts[row] = headers;
    timestamps[row] = timestamp;
    offsets[row] = baseOffset + delta;
    row++;
  }
  if (at !== end) fail('BATCH_RECORD_LENGTH_INVALID');
  into.count = row;
}
