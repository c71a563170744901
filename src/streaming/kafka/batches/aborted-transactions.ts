import { RecordBatchError } from './record-batch-error.ts';
import { headerBytes } from './batch-header.ts';

/** A transaction that was aborted, as a Fetch response lists it: all batches of the producer from there to its abort marker. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

/** Type of a control record that ends an aborted transaction; 1 would be a commit. */
const abortMarker = 0;

/**
 * The type in the key of a control batch's only record (Kafka protocol guide, "Control Batches"): length, attributes,
 * timestamp delta and offset delta as varints, then the key `version: INT16, type: INT16`.
 */
function controlType(batch: Buffer): number {
  let at = headerBytes;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = batch[at++];
      if (byte === undefined) throw new RecordBatchError('BATCH_CONTROL_INVALID');
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw new RecordBatchError('BATCH_CONTROL_INVALID');
  };
  varint();
  at++;
  varint();
  varint();
  if (varint() < 4 || at + 4 > batch.length) throw new RecordBatchError('BATCH_CONTROL_INVALID');
  return batch.readInt16BE(at + 2);
}

/** Follows aborted transactions through the batches of one slice, which must be shown to it in order. */
export class AbortedTransactions {
  readonly #waiting: AbortedTransaction[];
  readonly #open = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#waiting = aborted.toSorted((a, b) =>
      a.firstOffset < b.firstOffset ? -1 : a.firstOffset > b.firstOffset ? 1 : 0,
    );
  }

  /** Must be called for each batch, before the questions below. */
  reach(lastOffset: bigint): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.firstOffset <= lastOffset) {
      this.#open.add(this.#waiting.shift()!.producerId);
    }
  }

  /** A control batch: an abort marker closes the aborted transaction of its producer. */
  control(producerId: bigint, batch: Buffer): void {
    if (controlType(batch) === abortMarker) this.#open.delete(producerId);
  }

  /** True for a transactional batch whose transaction was aborted. */
  includes(producerId: bigint): boolean {
    return this.#open.has(producerId);
  }
}
