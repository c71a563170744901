import { RecordBatchReader } from '../../src/streaming/kafka/batches/record-batch-reader.ts';
import { RecordBatchWriter } from '../../src/streaming/kafka/batches/record-batch-writer.ts';
import type { RawSlice } from '../../src/streaming/kafka/port.ts';
import type { ResolvedTopics } from '../../src/streaming/shard/messages.ts';
import type {
  RecordTransformer,
  TransformResult,
} from '../../src/streaming/shard/record-transformer.ts';
import type { TransformerContext } from '../../src/streaming/shard/shard-runtime.ts';

/** The same shard without the rewrite: records are unpacked, checked, packed and compressed again as they are. What remains is transport. */
export class CopyingTransformer implements RecordTransformer {
  readonly #reader: RecordBatchReader;
  readonly #writer: RecordBatchWriter;
  #resolved: ResolvedTopics;

  constructor({ settings, resolved }: TransformerContext) {
    const { limits } = settings.service;
    this.#resolved = resolved;
    this.#reader = new RecordBatchReader({
      batchBytes: limits.inFlightBytes,
      batchRecords: 1 << 20,
      chunkBytes: 4 << 20,
    });
    this.#writer = new RecordBatchWriter({
      maxBatchBytes: limits.outputBatchBytes,
      transactional: true,
    });
  }

  transform(slice: RawSlice): TransformResult {
    const topic = this.#resolved.topics.find(({ from }) => from === slice.topic);
    if (topic === undefined) throw new Error('No route takes these records');
    let open = false;
    let last = 0;
    let count = 0;
    for (const records of this.#reader.unpack(slice)) {
      if (!open) this.#writer.begin(records.codec);
      open = true;
      const { bytes, timestamps } = records;
      this.#writer.append({
        count: records.count,
        timestamps,
        keys: { count: records.count, bytes, starts: records.keyStarts, ends: records.keyEnds },
        values: {
          count: records.count,
          bytes,
          starts: records.valueStarts,
          ends: records.valueEnds,
        },
        headers: null,
        rows: null,
        rowCount: records.count,
      });
      count += records.count;
      last = timestamps[records.count - 1] ?? 0;
    }
    const encoded = open ? this.#writer.finish() : { buffer: Buffer.alloc(0), batches: [] };
    const { partition } = slice;
    return {
      kind: 'done',
      output: {
        source: slice,
        next: slice.next,
        outputs:
          encoded.batches.length === 0
            ? []
            : [{ cluster: topic.toCluster, slice: { topic: topic.to, partition, ...encoded } }],
        bytes: encoded.buffer.length,
        route: topic.route,
        counters: {
          outcomes: { WRITTEN: count },
          techniques: {},
          headersDropped: 0,
          bytesIn: slice.bytes.length,
          bytesOut: encoded.buffer.length,
        },
        events: [],
        lastTimestamp: last,
        halt: null,
      },
    };
  }

  route(resolved: ResolvedTopics): void {
    this.#resolved = resolved;
  }

  close(): void {
    // Nothing is held.
  }
}
