/** Records as the reader of batches unpacks them, made one by one. */
import { encodeHeaders } from '../../../src/streaming/kafka/batches/record-headers.ts';
import { RecordColumns } from '../../../src/streaming/kafka/batches/record-columns.ts';

export interface TestRecord {
  readonly key?: Buffer | null;
  readonly value?: Buffer | null;
  readonly headers?: Readonly<Record<string, Buffer | null>>;
  readonly timestamp?: number;
}

/** Columns of these records, with offsets from 0. */
export function columnsOf(records: readonly TestRecord[]): RecordColumns {
  const columns = new RecordColumns();
  columns.reserve(records.length);
  columns.count = records.length;
  const parts: Buffer[] = [];
  let at = 0;
  const add = (bytes: Buffer | null): readonly [number, number] => {
    if (bytes === null) return [-1, -1];
    parts.push(bytes);
    const start = at;
    at += bytes.length;
    return [start, at];
  };
  for (const [
    row,
    { key = null, value = null, headers = {}, timestamp = -1 },
  ] of records.entries()) {
    [columns.keyStarts[row], columns.keyEnds[row]] = add(key) as [number, number];
    [columns.valueStarts[row], columns.valueEnds[row]] = add(value) as [number, number];
    const list = Object.entries(headers).map(([name, bytes]) => ({ name, value: bytes }));
    [columns.headerStarts[row], columns.headerEnds[row]] = add(encodeHeaders(list)) as [
      number,
      number,
    ];
    columns.headerCounts[row] = list.length;
    columns.timestamps[row] = timestamp;
    columns.offsets[row] = row;
  }
  columns.bytes = Buffer.concat([...parts, Buffer.alloc(16)]);
  return columns;
}
