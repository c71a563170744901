/** EndTxn and TxnOffsetCommit as transaction version 2 (KIP-890 part 2) has them; the library stops one version short. */
import { createAPI, endTxnV4, txnOffsetCommitV4, type Reader } from '@platformatic/kafka';

export interface EndTxnAnswer {
  readonly errorCode: number;
  /** Identity for the next transaction: the epoch is bumped, and a new producer id begins when epochs run out. */
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

export const endTxnV5 = createAPI<Parameters<typeof endTxnV4.createRequest>, EndTxnAnswer>(
  26,
  5,
  endTxnV4.createRequest,
  (_correlation: number, _key: number, _version: number, reader: Reader) => {
    reader.readInt32(); // throttle time
    const errorCode = reader.readInt16();
    return { errorCode, producerId: reader.readInt64(), producerEpoch: reader.readInt16() };
  },
);

/** Same bytes as version 4; the version tells the broker to add the group to the transaction itself. */
export const txnOffsetCommitV5 = createAPI<
  Parameters<typeof txnOffsetCommitV4.createRequest>,
  ReturnType<typeof txnOffsetCommitV4.parseResponse>
>(28, 5, txnOffsetCommitV4.createRequest, txnOffsetCommitV4.parseResponse);
