import * as header from '../batches/batch-header.ts';
import { combineCrc32c, crc32c } from '../batches/crc32c.ts';
import type { EncodedBatch } from '../port.ts';

/** Who produces: changes with every transaction under transaction version 2. */
export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly epoch: number;
}

/**
 * Writes producer id, epoch, first sequence and CRC into an encoded batch in place, and returns its bytes. The CRC is combined from
 * the header's and the one of the records that the encoder left, so the records aren't read again.
 */
export function stampBatch(
  buffer: Buffer,
  batch: EncodedBatch,
  identity: ProducerIdentity,
  sequence: number,
): Buffer {
  const bytes = buffer.subarray(batch.offset, batch.offset + batch.length);
  bytes.writeBigInt64BE(identity.producerId, header.producerIdAt);
  bytes.writeInt16BE(identity.epoch, header.producerEpochAt);
  bytes.writeInt32BE(sequence, header.baseSequenceAt);
  const head = crc32c(bytes.subarray(header.attributesAt, header.headerBytes));
  bytes.writeUInt32BE(
    combineCrc32c(head, batch.tailCrc, batch.length - header.headerBytes),
    header.crcAt,
  );
  return bytes;
}
