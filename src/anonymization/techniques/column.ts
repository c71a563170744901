import type { Shape } from '../schema/tree.ts';

/** Where the records of a batch come from. Randomness is derived from it, so that the same offset always gives the same bytes. */
export interface Coordinates {
  /** `null` where a caller has none (library use): techniques then derive from key, path and value alone. */
  readonly topic: string | null;
  readonly partition: number;
  /** Offset of each record of the batch, exact up to 2^53. Empty when `topic` is null. */
  readonly offsets: Float64Array;
}

/**
 * All values of one plan step in one batch, in record order. Arrays grow and are reused from batch to batch; only the first
 * `count` rows mean something. Which arrays are filled depends on the shape: `span` fills `starts`/`ends` (positions in
 * `bytes`), `integer` fills `low`/`high` (two's complement halves of a 64-bit number), `real` fills `reals`.
 */
export class Column {
  readonly shape: Shape;
  count = 0;
  capacity: number;
  /** The packed source of this batch; at least 16 readable bytes follow the last span. */
  bytes: Uint8Array = new Uint8Array(0);
  starts: Int32Array;
  ends: Int32Array;
  low: Int32Array;
  high: Int32Array;
  reals: Float64Array;
  /** Index in the batch of the record that a row belongs to; ascending. */
  records: Int32Array;

  constructor(shape: Shape, capacity = 1024) {
    const size = (wanted: Shape): number => (shape === wanted ? capacity : 0);
    this.shape = shape;
    this.capacity = capacity;
    this.starts = new Int32Array(size('span'));
    this.ends = new Int32Array(size('span'));
    this.low = new Int32Array(size('integer'));
    this.high = new Int32Array(size('integer'));
    this.reals = new Float64Array(size('real'));
    this.records = new Int32Array(capacity);
  }

  /** Doubles the room, keeping the rows. */
  grow(): void {
    const grown = new Column(this.shape, this.capacity * 2);
    grown.starts.set(this.starts);
    grown.ends.set(this.ends);
    grown.low.set(this.low);
    grown.high.set(this.high);
    grown.reals.set(this.reals);
    grown.records.set(this.records);
    this.starts = grown.starts;
    this.ends = grown.ends;
    this.low = grown.low;
    this.high = grown.high;
    this.reals = grown.reals;
    this.records = grown.records;
    this.capacity = grown.capacity;
  }
}

/** What a technique says about one row. Numbers from {@link rowFailed} on mean `rowFailed + outcome number`: quarantine. */
export const rowReplaced = 0;
/** Write the null branch of the surrounding union; the compiler allows it only where there is one. */
export const rowNull = 1;
/** Leave the source bytes as they are. */
export const rowKept = 2;
/** Drop the whole record. */
export const rowDropsRecord = 3;
export const rowFailed = 16;

/**
 * What a technique yields for a column, row by row. The engine calls `prepare(count)` before each use: every status is then
 * `rowReplaced`, and the arrays hold at least `count` rows. Spans point into `arena`; `reserve` makes room for more bytes.
 */
export class Replacements {
  readonly shape: Shape;
  status = new Uint8Array(0);
  starts = new Int32Array(0);
  ends = new Int32Array(0);
  low = new Int32Array(0);
  high = new Int32Array(0);
  reals = new Float64Array(0);
  /** Replacement bytes; at least 16 writable bytes follow every reserved region. */
  arena = Buffer.allocUnsafeSlow(4096);

  constructor(shape: Shape) {
    this.shape = shape;
  }

  prepare(count: number): void {
    if (this.status.length < count) {
      const room = Math.max(1024, count * 2);
      this.status = new Uint8Array(room);
      if (this.shape === 'span') {
        this.starts = new Int32Array(room);
        this.ends = new Int32Array(room);
      } else if (this.shape === 'integer') {
        this.low = new Int32Array(room);
        this.high = new Int32Array(room);
      } else this.reals = new Float64Array(room);
    } else this.status.fill(rowReplaced, 0, count);
  }

  /** Makes `arena` at least `bytes` long (plus slack), keeping what it holds; returns it. */
  reserve(bytes: number): Buffer {
    if (this.arena.length < bytes + 16) {
      const grown = Buffer.allocUnsafeSlow((bytes + 16) * 2);
      this.arena.copy(grown);
      this.arena = grown;
    }
    return this.arena;
  }
}

/**
 * Another column of the same records that a technique needs, as the subject that `shift-date` is keyed by. `rowOf[record]` is the row
 * of that record in `column`, or -1 where the record has none.
 */
export interface Companion {
  readonly column: Column;
  readonly rowOf: Int32Array;
}

/** A linked technique: fills `out` from `column`. Called once per column and batch, never per value. */
export type Transform = (
  column: Column,
  out: Replacements,
  where: Coordinates,
  companion: Companion | null,
) => void;
