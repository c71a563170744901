import type { Rewriter } from '../../anonymization/formats/rewriter.ts';
import type { Coordinates } from '../../anonymization/techniques/column.ts';
import type { RecordColumns } from '../kafka/batches/record-columns.ts';
import { addStepCounts } from './rewritten-part.ts';

/** Record timestamps, rewritten as 64-bit numbers; `null` as rewriter keeps them. A record without timestamp (−1) stays without. */
export class TimestampPart {
  readonly #rewriter: Rewriter | null;
  #bytes = Buffer.alloc(0);
  #starts = new Int32Array(0);
  #ends = new Int32Array(0);
  #timestamps = new Float64Array(0);
  /** Per record, as in `RewrittenValues`; `null` where timestamps are kept. */
  outcomes: Uint8Array | null = null;

  constructor(rewriter: Rewriter | null) {
    this.#rewriter = rewriter;
  }

  get path(): string {
    return this.#rewriter?.plan.steps[0]?.path ?? '';
  }

  get digest(): string {
    return this.#rewriter?.plan.digest ?? '';
  }

  rewrite({ count, timestamps }: RecordColumns, where: Coordinates): Float64Array {
    if (this.#rewriter === null) return timestamps;
    this.#reserve(count);
    for (let i = 0; i < count; i++) {
      const known = timestamps[i]! >= 0;
      if (known) this.#bytes.writeBigInt64BE(BigInt(timestamps[i]!), i * 8);
      this.#starts[i] = known ? i * 8 : -1;
      this.#ends[i] = known ? i * 8 + 8 : -1;
    }
    const values = { count, bytes: this.#bytes, starts: this.#starts, ends: this.#ends };
    const result = this.#rewriter.rewrite(values, where);
    this.outcomes = result.outcomes;
    const view = new DataView(
      result.bytes.buffer,
      result.bytes.byteOffset,
      result.bytes.byteLength,
    );
    for (let i = 0; i < count; i++) {
      const start = result.starts[i]!;
      const written = start >= 0 && result.outcomes[i] === 0;
      this.#timestamps[i] = written ? Number(view.getBigInt64(start)) : -1;
    }
    return this.#timestamps;
  }

  countSteps(into: Record<string, number>): void {
    if (this.#rewriter !== null) addStepCounts(this.#rewriter, into);
  }

  #reserve(count: number): void {
    if (this.#starts.length >= count) return;
    const room = count * 2;
    this.#bytes = Buffer.alloc(room * 8 + 16);
    this.#starts = new Int32Array(room);
    this.#ends = new Int32Array(room);
    this.#timestamps = new Float64Array(room);
  }
}
