/** Fetch version 17 (KIP-516 topic ids, KIP-853) that leaves record batches as bytes. */
import { createAPI, fetchV17, type Reader } from '@platformatic/kafka';
import { copyRange } from './copy-range.ts';
import type { AbortedTransaction } from '../batches/aborted-transactions.ts';

export interface FetchedPartition {
  readonly topicId: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly lastStableOffset: bigint;
  readonly logStartOffset: bigint;
  readonly aborted: readonly AbortedTransaction[];
  /** Broker that the leader would rather have us read from (KIP-392), or −1. */
  readonly preferredReadReplica: number;
  /** Record batches in a buffer of their own, with 16 bytes of slack behind; the last may be cut off. */
  readonly records: Buffer;
}

export interface FetchAnswer {
  readonly errorCode: number;
  readonly partitions: readonly FetchedPartition[];
}

/** One topic of a request. */
export type FetchTopic = Parameters<typeof fetchV17.createRequest>[6][number];

const nothing: Buffer = Buffer.alloc(0);

function readPartition(reader: Reader, topicId: string): FetchedPartition {
  const partition = reader.readInt32();
  const errorCode = reader.readInt16();
  reader.readInt64(); // high watermark
  const lastStableOffset = reader.readInt64();
  const logStartOffset = reader.readInt64();
  const aborted =
    reader.readNullableArray((inner) => ({
      producerId: inner.readInt64(),
      firstOffset: inner.readInt64(),
    })) ?? [];
  const preferredReadReplica = reader.readInt32();
  // Compact lengths are one more than they mean; 0 is null.
  const size = reader.readUnsignedVarInt() - 1;
  let records: Buffer = nothing;
  if (size > 0) {
    records = copyRange(reader.buffer, reader.position, size);
    reader.skip(size);
  }
  reader.readTaggedFields();
  return {
    topicId,
    partition,
    errorCode,
    lastStableOffset,
    logStartOffset,
    aborted,
    preferredReadReplica,
    records,
  };
}

function parseResponse(_correlation: number, _key: number, _version: number, reader: Reader) {
  reader.readInt32(); // throttle time
  const errorCode = reader.readInt16();
  reader.readInt32(); // session id
  const partitions: FetchedPartition[] = [];
  reader.readArray((topic) => {
    const topicId = topic.readUUID();
    topic.readArray(
      (inner) => {
        partitions.push(readPartition(inner, topicId));
        return null;
      },
      true,
      false,
    );
    return null;
  });
  return { errorCode, partitions };
}

/** Arguments: max wait ms, min bytes, max bytes, isolation level, session id and epoch (0, −1: no session), topics, forgotten, rack. */
export const fetchRaw = createAPI<Parameters<typeof fetchV17.createRequest>, FetchAnswer>(
  1,
  17,
  fetchV17.createRequest,
  parseResponse,
);
