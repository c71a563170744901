/**
 * Where the fields of a version 2 record batch stand (Kafka protocol guide, "Record Batch"). All integers are big-endian.
 */

/** Bytes before the first record. */
export const headerBytes = 61;
/** `batchLength` counts from the field after it: total bytes = value + 12. */
export const lengthPrefixBytes = 12;

export const baseOffsetAt = 0;
export const lengthAt = 8;
export const leaderEpochAt = 12;
export const magicAt = 16;
export const crcAt = 17;
/** The CRC-32C covers everything from here to the end of the batch. */
export const attributesAt = 21;
export const lastOffsetDeltaAt = 23;
export const baseTimestampAt = 27;
export const maxTimestampAt = 35;
export const producerIdAt = 43;
export const producerEpochAt = 51;
export const baseSequenceAt = 53;
export const recordCountAt = 57;

export const codecMask = 0x07;
/** The broker set the timestamp: `maxTimestamp` holds for every record. */
export const logAppendTimeBit = 0x08;
export const transactionalBit = 0x10;
export const controlBit = 0x20;

/** Total length of the batch that starts at `at`, as its header claims. */
export function batchBytes(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at + lengthAt) + lengthPrefixBytes;
}

/** What a scan over batch headers finds, without looking at records. */
export interface BatchScan {
  /** Bytes of complete batches from the start; what follows is a truncated batch. */
  readonly complete: number;
  /** Offset after the last complete batch, or `from` where there is none. */
  readonly next: bigint;
}

/** Finds the end of the last complete batch and the offset to fetch next, control and aborted batches included. */
export function scanBatches(bytes: Buffer, from: bigint): BatchScan {
  let at = 0;
  let next = from;
  while (at + headerBytes <= bytes.length) {
    const length = batchBytes(bytes, at);
    if (length < headerBytes) {
      // Nonsense: hand it on as it is, the reader names the fault and stops the partition.
      return { complete: bytes.length, next };
    }
    if (at + length > bytes.length) break;
    const end =
      bytes.readBigInt64BE(at + baseOffsetAt) + BigInt(bytes.readInt32BE(at + lastOffsetDeltaAt));
    if (end >= next) next = end + 1n;
    at += length;
  }
  return { complete: at, next };
}
