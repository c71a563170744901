import type { PackedValues } from '../../../anonymization/formats/rewriter.ts';
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.ts';

/** Records to encode, as columns. `rows` says which and in what order; `null` takes all of `count` as they stand. */
export interface RecordsToEncode {
  readonly count: number;
  /** Milliseconds since 1970, integers within ±2^51. */
  readonly timestamps: Float64Array;
  readonly keys: PackedValues;
  readonly values: PackedValues;
  /** Header sections as `recordHeaders` or `HeaderSections` give them; `null` where no record has headers. */
  readonly headers: PackedValues | null;
  /** Row numbers; only the first `rowCount` count. */
  readonly rows: Int32Array | null;
  readonly rowCount: number;
}

/** The batch being filled: where the next record goes, and what its header will say. */
export interface OpenBatch {
  at: number;
  count: number;
  baseTimestamp: number;
  maxTimestamp: number;
}

/** Beyond this a native copy beats copying words. */
const nativeCopyFrom = 192;

/**
 * Copies `length` bytes by words. Reads and writes up to 3 bytes past the end: both buffers have slack there, and what follows in the
 * target is written next anyway.
 */
function copyWords(from: DataView, start: number, to: DataView, at: number, length: number): void {
  let i = 0;
  for (; i + 16 <= length; i += 16) {
    to.setInt32(at + i, from.getInt32(start + i, true), true);
    to.setInt32(at + i + 4, from.getInt32(start + i + 4, true), true);
    to.setInt32(at + i + 8, from.getInt32(start + i + 8, true), true);
    to.setInt32(at + i + 12, from.getInt32(start + i + 12, true), true);
  }
  for (; i < length; i += 4) to.setInt32(at + i, from.getInt32(start + i, true), true);
}

/** The view of a packed column, made once per call of the loop below. */
function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Bytes of a record as it would stand in a batch as record number `number`; used to refuse one that no batch can hold. */
export function recordBytes(
  records: RecordsToEncode,
  row: number,
  timestampDelta: number,
  number: number,
): number {
  const { keys, values, headers } = records;
  const keyLength = keys.starts[row]! < 0 ? 0 : keys.ends[row]! - keys.starts[row]!;
  const valueLength = values.starts[row]! < 0 ? 0 : values.ends[row]! - values.starts[row]!;
  const headerLength =
    headers === null || headers.starts[row]! < 0 ? 1 : headers.ends[row]! - headers.starts[row]!;
  const body =
    1 +
    varlongSize(timestampDelta) +
    varintSize(number) +
    varintSize(keys.starts[row]! < 0 ? -1 : keyLength) +
    keyLength +
    varintSize(values.starts[row]! < 0 ? -1 : valueLength) +
    valueLength +
    headerLength;
  return varintSize(body) + body;
}

/**
 * Writes records from `first` on into `out` until the batch would pass `limit` (position in `out`) or the records end; returns the
 * index after the last one written. `out` must have room for `limit` and 16 bytes more.
 *
 * One loop with everything in locals: it runs once per record. `DataView` copies words at any alignment without a call into C++,
 * which for values of some hundred bytes costs more than the copy.
 */
export function fillBatch(
  out: Buffer,
  outView: DataView,
  records: RecordsToEncode,
  first: number,
  batch: OpenBatch,
  limit: number,
): number {
  const { rows, rowCount, timestamps, headers } = records;
  const { bytes: keyBytes, starts: keyStarts, ends: keyEnds } = records.keys;
  const { bytes: valueBytes, starts: valueStarts, ends: valueEnds } = records.values;
  const headerBytes = headers?.bytes ?? keyBytes;
  const headerStarts = headers?.starts ?? keyStarts;
  const headerEnds = headers?.ends ?? keyEnds;
  const keyView = viewOf(keyBytes);
  const valueView = viewOf(valueBytes);
  const headerView = viewOf(headerBytes);
  let { at, count, baseTimestamp, maxTimestamp } = batch;
  let index = first;
  for (; index < rowCount; index++) {
    const row = rows === null ? index : rows[index]!;
    const timestamp = timestamps[row]!;
    if (count === 0) {
      baseTimestamp = timestamp;
      maxTimestamp = timestamp;
    }
    const delta = timestamp - baseTimestamp;
    const keyStart = keyStarts[row]!;
    const valueStart = valueStarts[row]!;
    const headerStart = headers === null ? -1 : headerStarts[row]!;
    const keyLength = keyStart < 0 ? 0 : keyEnds[row]! - keyStart;
    const valueLength = valueStart < 0 ? 0 : valueEnds[row]! - valueStart;
    const headerLength = headerStart < 0 ? 1 : headerEnds[row]! - headerStart;
    const keyMark = keyStart < 0 ? -1 : keyLength;
    const valueMark = valueStart < 0 ? -1 : valueLength;
    const body =
      1 +
      varlongSize(delta) +
      varintSize(count) +
      varintSize(keyMark) +
      keyLength +
      varintSize(valueMark) +
      valueLength +
      headerLength;
    if (at + varintSize(body) + body > limit) break;

    at = writeVarint(out, at, body);
    out[at++] = 0;
    at = writeVarlong(out, at, delta);
    at = writeVarint(out, at, count);
    at = writeVarint(out, at, keyMark);
    if (keyLength > 0) {
      if (keyLength < nativeCopyFrom) copyWords(keyView, keyStart, outView, at, keyLength);
      else out.set(keyBytes.subarray(keyStart, keyStart + keyLength), at);
      at += keyLength;
    }
    at = writeVarint(out, at, valueMark);
    if (valueLength > 0) {
      if (valueLength < nativeCopyFrom) copyWords(valueView, valueStart, outView, at, valueLength);
      else out.set(valueBytes.subarray(valueStart, valueStart + valueLength), at);
      at += valueLength;
    }
    if (headerStart < 0) out[at++] = 0;
    else if (headerLength === 1) out[at++] = headerBytes[headerStart]!;
    else {
      if (headerLength < nativeCopyFrom) {
        copyWords(headerView, headerStart, outView, at, headerLength);
      } else out.set(headerBytes.subarray(headerStart, headerStart + headerLength), at);
      at += headerLength;
    }
    count++;
    if (timestamp > maxTimestamp) maxTimestamp = timestamp;
  }
  batch.at = at;
  batch.count = count;
  batch.baseTimestamp = baseTimestamp;
  batch.maxTimestamp = maxTimestamp;
  return index;
}
