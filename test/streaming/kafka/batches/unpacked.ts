/** Columns back to plain records, for comparison with the oracle. */
import {
  RecordBatchReader,
  type ReadableSlice,
  type UnpackLimits,
} from '../../../../src/streaming/kafka/batches/record-batch-reader.ts';
import { HeaderSpans } from '../../../../src/streaming/kafka/batches/record-headers.ts';
import type { RecordColumns } from '../../../../src/streaming/kafka/batches/record-columns.ts';
import type { NaiveRecord } from './naive-batches.ts';

export const testLimits: UnpackLimits = {
  batchBytes: 8 << 20,
  batchRecords: 100_000,
  chunkBytes: 1 << 20,
};

/** A slice as a Fetch gives it: with slack behind the bytes unless `slack` is false. */
export function sliceOf(
  bytes: Buffer,
  extra: Partial<Omit<ReadableSlice, 'bytes'>> & { readonly slack?: boolean } = {},
): ReadableSlice {
  const memory = Buffer.alloc(bytes.length + (extra.slack === false ? 0 : 16), 0xee);
  bytes.copy(memory);
  return {
    from: extra.from ?? 0n,
    aborted: extra.aborted ?? [],
    bytes: memory.subarray(0, bytes.length),
  };
}

export function recordsOf(columns: RecordColumns): NaiveRecord[] {
  const spans = new HeaderSpans();
  const cut = (start: number, end: number): Buffer | null =>
    start < 0 ? null : Buffer.from(columns.bytes.subarray(start, end));
  return Array.from({ length: columns.count }, (_, i) => {
    spans.read(columns.bytes, columns.headerStarts[i]!, columns.headerEnds[i]!);
    return {
      offset: BigInt(columns.offsets[i]!),
      timestamp: columns.timestamps[i]!,
      key: cut(columns.keyStarts[i]!, columns.keyEnds[i]!),
      value: cut(columns.valueStarts[i]!, columns.valueEnds[i]!),
      headers: Array.from(
        { length: spans.count },
        (_, h) =>
          [
            cut(spans.nameStarts[h]!, spans.nameEnds[h]!)!,
            cut(spans.valueStarts[h]!, spans.valueEnds[h]!),
          ] as const,
      ),
    };
  });
}

export function unpackAll(
  slice: ReadableSlice,
  limits: UnpackLimits = testLimits,
): { readonly records: NaiveRecord[]; readonly codecs: string[] } {
  const records: NaiveRecord[] = [];
  const codecs: string[] = [];
  for (const chunk of new RecordBatchReader(limits).unpack(slice)) {
    records.push(...recordsOf(chunk));
    codecs.push(chunk.codec);
  }
  return { records, codecs };
}
