import type { RecordColumns } from '../kafka/batches/record-columns.ts';
import { HeaderSpans } from '../kafka/batches/record-headers.ts';
import { frameLength, readHeaderId, schemaIdHeader } from '../registry/framing.ts';
import type { SchemaName } from './messages.ts';

/** The record's half is null: a tombstone, or no key. */
export const codeNull = -1;
/** There are bytes, but nothing names their schema. */
export const codeUnframed = -2;
/** Codes from here on down number the GUIDs that the last scan has met. */
const firstGuid = -3;

/**
 * Finds which schema each record names. A record's code is the schema id where it is not negative, else one of the constants above or
 * the number of a GUID.
 */
export class SchemaScan {
  codes = new Int32Array(0);
  /** Where the payload begins, behind the frame; −1 where there is none to be read. */
  payloadStarts = new Int32Array(0);
  /** Distinct codes of schemas, in order of appearance. */
  readonly distinct: number[] = [];
  /** Records whose schema id stood in a header. */
  fromHeaders = 0;
  readonly #header: Buffer;
  readonly #spans = new HeaderSpans();
  readonly #seen = new Set<number>();
  readonly #guids: string[] = [];
  readonly #guidCodes = new Map<string, number>();

  constructor(part: 'key' | 'value') {
    this.#header = Buffer.from(schemaIdHeader[part]);
  }

  /** One pass over the column of keys or values; typed arrays in locals, since it runs once per record. */
  scan(records: RecordColumns, starts: Int32Array, ends: Int32Array): void {
    const { count, bytes, headerCounts } = records;
    if (this.codes.length < count) {
      this.codes = new Int32Array(count * 2);
      this.payloadStarts = new Int32Array(count * 2);
    }
    const { codes, payloadStarts, distinct } = this;
    const seen = this.#seen;
    seen.clear();
    distinct.length = 0;
    this.#guids.length = 0;
    this.#guidCodes.clear();
    this.fromHeaders = 0;
    let last = codeNull;
    for (let i = 0; i < count; i++) {
      const start = starts[i]!;
      let code: number;
      let payload = -1;
      const named = headerCounts[i]! > 0 && start >= 0 ? this.#fromHeader(records, i) : null;
      if (start < 0) code = codeNull;
      else if (named !== null) {
        code = named;
        if (code !== codeUnframed) payload = start;
      } else if (ends[i]! - start < frameLength || bytes[start] !== 0 || bytes[start + 1]! > 127)
        code = codeUnframed;
      else {
        code =
          (bytes[start + 1]! << 24) |
          (bytes[start + 2]! << 16) |
          (bytes[start + 3]! << 8) |
          bytes[start + 4]!;
        payload = start + frameLength;
      }
      codes[i] = code;
      payloadStarts[i] = payload;
      if (code !== last && (code >= 0 || code <= firstGuid)) {
        last = code;
        if (!seen.has(code)) {
          seen.add(code);
          distinct.push(code);
        }
      }
    }
  }

  /** What a code of this scan stands for. */
  nameOf(code: number): SchemaName {
    return code >= 0
      ? { kind: 'id', id: code }
      : { kind: 'guid', guid: this.#guids[firstGuid - code]! };
  }

  /** The code that a schema id header gives, or `null` without one. The last header of that name counts, as in Confluent's clients. */
  #fromHeader({ bytes, headerStarts, headerEnds }: RecordColumns, row: number): number | null {
    const spans = this.#spans;
    spans.read(bytes, headerStarts[row]!, headerEnds[row]!);
    for (let i = spans.count - 1; i >= 0; i--) {
      const from = spans.nameStarts[i]!;
      const to = spans.nameEnds[i]!;
      if (to - from !== this.#header.length) continue;
      if (this.#header.compare(bytes, from, to) !== 0) continue;
      this.fromHeaders++;
      if (spans.valueStarts[i]! < 0) return codeUnframed;
      return this.#codeOf(bytes.subarray(spans.valueStarts[i], spans.valueEnds[i]));
    }
    return null;
  }

  #codeOf(header: Uint8Array): number {
    const named = readHeaderId(header);
    switch (named.kind) {
      case 'unreadable':
        return codeUnframed;
      case 'id':
        return named.id;
      case 'guid': {
        const known = this.#guidCodes.get(named.guid);
        if (known !== undefined) return known;
        const code = firstGuid - this.#guids.push(named.guid) + 1;
        this.#guidCodes.set(named.guid, code);
        return code;
      }
    }
  }
}
