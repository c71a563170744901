/** Produce versions 11 and 12 with ready record batches. Version 12 has the bytes of 11 and promises transaction version 2 (KIP-890). */
import { createAPI, Writer, type Reader } from '@platformatic/kafka';

export interface ProduceTopic {
  readonly name: string;
  /** At most one batch per partition: the broker wants no more in one request of an idempotent producer. */
  readonly partitions: readonly { readonly partition: number; readonly batch: Buffer }[];
}

export interface ProducedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
}

export type ProduceArguments = [
  transactionalId: string | null,
  acks: number,
  timeout: number,
  topics: readonly ProduceTopic[],
];

function createRequest(...[transactionalId, acks, timeout, topics]: ProduceArguments): Writer {
  return Writer.create()
    .appendString(transactionalId)
    .appendInt16(acks)
    .appendInt32(timeout)
    .appendArray([...topics], (writer, topic) => {
      writer.appendString(topic.name).appendArray([...topic.partitions], (inner, item) => {
        inner
          .appendInt32(item.partition)
          .appendUnsignedVarInt(item.batch.length + 1)
          .append(item.batch);
      });
    })
    .appendTaggedFields();
}

/** Reads error codes and nothing else: error messages of the broker may quote keys. */
function parseResponse(
  _correlation: number,
  _key: number,
  _version: number,
  reader: Reader,
): readonly ProducedPartition[] {
  const partitions: ProducedPartition[] = [];
  reader.readArray((topic) => {
    const name = topic.readString();
    topic.readArray((inner) => {
      const partition = inner.readInt32();
      const errorCode = inner.readInt16();
      inner.skip(3 * 8); // base offset, append time, log start offset
      inner.readArray((error) => {
        error.readInt32();
        error.readNullableString();
        return null;
      });
      inner.readNullableString();
      partitions.push({ topic: name, partition, errorCode });
      return null;
    });
    return null;
  });
  return partitions;
}

export const produceV1 = createAPI<ProduceArguments, readonly ProducedPartition[]>(
  0,
  11,
  createRequest,
  parseResponse,
);
export const produceV2 = createAPI<ProduceArguments, readonly ProducedPartition[]>(
  0,
  12,
  createRequest,
  parseResponse,
);
