/**
 * The header section of a record: the number of headers as a varint, then per header the length and bytes of its name (UTF-8) and
 * the length (−1 for null) and bytes of its value (Kafka protocol guide, "Record"). Order and duplicate names are kept.
 *
 *     const spans = new HeaderSpans();
 *     spans.read(records.bytes, records.headerStarts[i]!, records.headerEnds[i]!);      // spans.count, nameStarts, …, valueEnds
 *
 *     const sections = new HeaderSections();          // one per batch of output; PackedValues for the writer
 *     sections.begin(count); sections.beginRecord(); sections.add(nameBytes, valueBytesOrNull); … ; sections.values()
 */
import type { PackedValues } from '../../../anonymization/formats/rewriter.ts';
import { RecordBatchError } from './record-batch-error.ts';
import { varintSize, writeVarint } from './varint.ts';

/** Reads a signed varint and the position after it, as `[value, next]`; headers are rare, so this may allocate. */
function readVarint(bytes: Buffer, at: number, end: number): readonly [number, number] {
  let unsigned = 0;
  let scale = 1;
  for (let i = at; i < end && i < at + 5; i++) {
    const byte = bytes[i]!;
    unsigned += (byte & 127) * scale;
    if (byte < 128) return [unsigned % 2 === 0 ? unsigned / 2 : -(unsigned + 1) / 2, i + 1];
    scale *= 128;
  }
  throw new RecordBatchError('BATCH_RECORD_LENGTH_INVALID');
}

/** Where the headers of one record stand; a null value has −1 as start and end. Reused from record to record. */
export class HeaderSpans {
  count = 0;
  readonly nameStarts: number[] = [];
  readonly nameEnds: number[] = [];
  readonly valueStarts: number[] = [];
  readonly valueEnds: number[] = [];

  /** @throws {@link RecordBatchError} BATCH_RECORD_LENGTH_INVALID */
  read(bytes: Buffer, start: number, end: number): void {
    this.count = 0;
    const [count, first] = readVarint(bytes, start, end);
    let at = first;
    for (let i = 0; i < count; i++) {
      const [nameLength, nameStart] = readVarint(bytes, at, end);
      if (nameLength < 0 || nameStart + nameLength > end) {
        throw new RecordBatchError('BATCH_RECORD_LENGTH_INVALID');
      }
      const [valueLength, valueStart] = readVarint(bytes, nameStart + nameLength, end);
      if (valueLength < -1 || valueStart + valueLength > end) {
        throw new RecordBatchError('BATCH_RECORD_LENGTH_INVALID');
      }
      this.nameStarts[i] = nameStart;
      this.nameEnds[i] = nameStart + nameLength;
      this.valueStarts[i] = valueLength < 0 ? -1 : valueStart;
      this.valueEnds[i] = valueLength < 0 ? -1 : valueStart + valueLength;
      at = valueStart + Math.max(0, valueLength);
    }
    if (at !== end) throw new RecordBatchError('BATCH_RECORD_LENGTH_INVALID');
    this.count = count;
  }
}

const empty = Buffer.alloc(0);

/** Builds header sections record by record. Its buffers are reused: what `values()` returned is valid until the next `begin`. */
export class HeaderSections {
  #bytes = Buffer.allocUnsafeSlow(4096);
  #starts = new Int32Array(0);
  #ends = new Int32Array(0);
  #count = 0;
  #used = 0;
  /** Headers of the record at hand, as name, value, name, value. */
  readonly #pending: (Uint8Array | null)[] = [];
  #open = false;

  /** Starts sections for `records` records. */
  begin(records: number): void {
    if (this.#starts.length < records) {
      this.#starts = new Int32Array(records * 2);
      this.#ends = new Int32Array(records * 2);
    }
    this.#count = 0;
    this.#used = 0;
    this.#pending.length = 0;
    this.#open = false;
  }

  /** Starts the next record; one without `add` has no headers. */
  beginRecord(): void {
    this.#finishRecord();
    this.#open = true;
  }

  add(name: Uint8Array, value: Uint8Array | null): void {
    this.#pending.push(name, value);
  }

  /** The sections of all records begun so far. */
  values(): PackedValues {
    this.#finishRecord();
    return { count: this.#count, bytes: this.#bytes, starts: this.#starts, ends: this.#ends };
  }

  #finishRecord(): void {
    if (!this.#open) return;
    this.#open = false;
    const pending = this.#pending;
    let room = 16;
    for (const part of pending) room += 5 + (part?.length ?? 0);
    this.#reserve(room);
    const bytes = this.#bytes;
    let at = this.#used;
    this.#starts[this.#count] = at;
    at = writeVarint(bytes, at, pending.length / 2);
    for (const part of pending) {
      at = writeVarint(bytes, at, part === null ? -1 : part.length);
      bytes.set(part ?? empty, at);
      at += part?.length ?? 0;
    }
    this.#ends[this.#count++] = at;
    this.#used = at;
    pending.length = 0;
  }

  #reserve(room: number): void {
    if (this.#used + room + 16 <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow((this.#used + room + 16) * 2);
    grown.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = grown;
  }
}

/** The header section of one record, for records made one by one. */
export function encodeHeaders(
  headers: readonly { readonly name: string; readonly value: Buffer | null }[],
): Buffer {
  const parts = headers.map(({ name, value }) => ({ name: Buffer.from(name), value }));
  const size = parts.reduce(
    (sum, { name, value }) =>
      sum +
      varintSize(name.length) +
      name.length +
      varintSize(value?.length ?? -1) +
      (value?.length ?? 0),
    varintSize(parts.length),
  );
  const section = Buffer.alloc(size);
  let at = writeVarint(section, 0, parts.length);
  for (const { name, value } of parts) {
    at = writeVarint(section, at, name.length);
    at += name.copy(section, at);
    at = writeVarint(section, at, value?.length ?? -1);
    if (value !== null) at += value.copy(section, at);
  }
  return section;
}
