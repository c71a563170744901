import { editWidth } from './instructions.ts';

/**
 * What is to be replaced in the records of a batch, in the order of their bytes. An edit is
 * `[outer, start, end, step, row]`: `[start, end)` is replaced by row `row` of the step, and `outer ≤ start` is where
 * the union around it begins, for the case that null is written.
 */
export class Edits {
  list = new Int32Array(1024 * editWidth);
  /** Edits of record `i` are `list[from[i]..from[i + 1])`. */
  from = new Int32Array(1025);

  /** Doubles the room of the list and returns it. */
  grow(): Int32Array {
    const grown = new Int32Array(this.list.length * 2);
    grown.set(this.list);
    this.list = grown;
    return grown;
  }

  prepare(count: number): void {
    if (this.from.length <= count) this.from = new Int32Array(count * 2 + 1);
  }
}
