import { bytesOf, swap } from './aes-ecb.ts';
import type { Cmac } from './cmac.ts';

/** Where a batch comes from, as far as a pseudo-random function needs it. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  /** Offset of each record of the batch. */
  readonly offsets: Float64Array;
}

/**
 * A pseudo-random function of record coordinates: 128 bits for (topic, partition, offset, ordinal) under a key that is derived for the
 * domain and path. All that looks random in a sanitized record comes from here, so that the same offset gives the same bytes.
 */
export class RecordPrf {
  readonly #batch: Cmac;
  readonly #row: Cmac;

  /** @param batch - keyed for (topic, partition). @param row - independently keyed for what follows. */
  constructor(batch: Cmac, row: Cmac) {
    this.#batch = batch;
    this.#row = row;
  }

  /**
   * Writes four words a row.
   *
   * @param records - index in the batch of each row's record, ascending.
   * @param perRow - true: rows of one record differ by their ordinal; false: they are equal.
   */
  rows(place: Place, records: Int32Array, count: number, perRow: boolean, out: Int32Array): void {
    const topic = Buffer.from(place.topic, 'utf8');
    const batch = Buffer.alloc(topic.length + 4);
    topic.copy(batch);
    batch.writeInt32BE(place.partition, topic.length);
    const tag = new Int32Array(new Uint8Array(this.#batch.tag(batch)).buffer);
    const words = new Int32Array(count * 8 + 4);
    const starts = new Int32Array(count);
    const ends = new Int32Array(count);
    for (let row = 0, previous = -1, ordinal = 0; row < count; row++) {
      const record = records[row]!;
      ordinal = record === previous ? ordinal + 1 : 0;
      previous = record;
      const offset = place.offsets[record]!;
      const w = row << 3;
      words[w] = tag[0]!;
      words[w + 1] = tag[1]!;
      words[w + 2] = tag[2]!;
      words[w + 3] = tag[3]!;
      words[w + 4] = swap(Math.floor(offset / 0x100000000));
      words[w + 5] = swap(offset | 0);
      words[w + 6] = perRow ? swap(ordinal) : 0;
      starts[row] = row * 32;
      ends[row] = row * 32 + 28;
    }
    this.#row.tags({ count, bytes: bytesOf(words), starts, ends }, out);
  }
}
