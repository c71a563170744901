import type { RawSlice, TopicPartition } from '../port.ts';

/** Slices are joined up to this size; copying larger ones would cost more than it saves. */
const joinedBytes = 256 << 10;

/** Where reading of one partition stands, and what was fetched of it but not yet taken. */
export class FetchPosition implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly topicId: string;
  /** True where the group had committed an offset: losing it means records were lost. */
  readonly committed: boolean;
  /** Next offset to fetch. */
  next: bigint;
  /** Last stable offset that the leader named. */
  end: bigint;
  /** Offset after what was handed out: what lag is measured from. */
  taken: bigint;
  paused = false;
  /** Turn of the last data, for fairness: who waited longest is asked for first. */
  turn = 0;
  /** Not before this time (ms, monotonic). */
  notBefore = 0;
  /** Since when every fetch failed, or `null`. */
  troubledSince: number | null = null;
  readonly #slices: RawSlice[] = [];
  #bytes = 0;

  constructor(options: {
    readonly topic: string;
    readonly partition: number;
    readonly topicId: string;
    readonly committed: boolean;
    readonly offset: bigint;
  }) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.topicId = options.topicId;
    this.committed = options.committed;
    this.next = options.offset;
    this.taken = options.offset;
    this.end = options.offset;
  }

  /** Bytes fetched and not yet taken. */
  get bytes(): number {
    return this.#bytes;
  }

  add(slice: RawSlice): void {
    this.#slices.push(slice);
    this.#bytes += slice.bytes.length;
    this.next = slice.next;
  }

  /** What was fetched first, or `null`. Small slices that follow it come along: joining them costs less than handling each. */
  take(): RawSlice | null {
    const first = this.#slices[0];
    if (first === undefined) return null;
    let count = 1;
    let bytes = first.bytes.length;
    for (; count < this.#slices.length; count++) {
      bytes += this.#slices[count]!.bytes.length;
      if (bytes > joinedBytes) break;
    }
    const taken = this.#slices.splice(0, count);
    const slice = taken.length === 1 ? first : joined(taken);
    this.#bytes -= slice.bytes.length;
    this.taken = slice.next;
    return slice;
  }
}

/** Several slices of a partition that follow each other, as one; keeps the slack behind the bytes. */
function joined(slices: readonly RawSlice[]): RawSlice {
  const length = slices.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const memory = Buffer.alloc(length + 16);
  let at = 0;
  for (const { bytes } of slices) {
    memory.set(bytes, at);
    at += bytes.length;
  }
  const last = slices.at(-1)!;
  return {
    ...slices[0]!,
    next: last.next,
    end: last.end,
    bytes: memory.subarray(0, length),
    aborted: slices.flatMap(({ aborted }) => aborted),
  };
}
