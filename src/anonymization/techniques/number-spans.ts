import type { Spans } from '../crypto/cmac.ts';
import { bytesOf, swap } from '../crypto/aes-ecb.ts';
import type { Column } from './column.ts';

/** Every row of an integer or real column as eight bytes, big-endian: two's complement, or IEEE 754 with one zero and one NaN. */
export function numberSpans(column: Column): Spans {
  const { count } = column;
  // Two words beyond the last row: readers look 16 bytes ahead.
  const words = new Int32Array(count * 2 + 4);
  if (column.shape === 'integer') integers(column.low, column.high, count, words);
  else reals(column.reals, count, words);
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    starts[row] = row * 8;
    ends[row] = row * 8 + 8;
  }
  return { count, bytes: bytesOf(words), starts, ends };
}

function integers(low: Int32Array, high: Int32Array, count: number, words: Int32Array): void {
  for (let row = 0; row < count; row++) {
    words[row * 2] = swap(high[row]!);
    words[row * 2 + 1] = swap(low[row]!);
  }
}

function reals(values: Float64Array, count: number, words: Int32Array): void {
  const view = new DataView(words.buffer);
  for (let row = 0; row < count; row++) {
    const value = values[row]!;
    // -0 === 0, and so they join; all NaN are alike.
    view.setFloat64(row * 8, value === 0 ? 0 : Number.isNaN(value) ? NaN : value);
  }
}
