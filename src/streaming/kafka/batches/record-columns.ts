/**
 * Records of one partition, unpacked into columns: record `i` of `count` has its key at `bytes[keyStarts[i]..keyEnds[i])`, its value
 * likewise, and −1 as start and end where it is null. The header section is what stands in the record after the value: the number
 * of headers as a varint, then the headers (see `record-headers.ts`).
 */
export class RecordColumns {
  count = 0;
  /** All spans point in here; at least 16 readable bytes follow the last one. */
  bytes: Buffer = Buffer.alloc(16);
  keyStarts = new Int32Array(0);
  keyEnds = new Int32Array(0);
  valueStarts = new Int32Array(0);
  valueEnds = new Int32Array(0);
  headerStarts = new Int32Array(0);
  headerEnds = new Int32Array(0);
  headerCounts = new Int32Array(0);
  /** Milliseconds since 1970, exact to 2^51; −1 where the producer gave none. */
  timestamps = new Float64Array(0);
  /** Exact to 2^53. */
  offsets = new Float64Array(0);

  get capacity(): number {
    return this.keyStarts.length;
  }

  /** Makes room for `records` records in all, keeping the first `count`. */
  reserve(records: number): void {
    if (records <= this.capacity) return;
    const room = Math.max(1024, records, this.capacity * 2);
    const grown = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const fresh = new Int32Array(room);
      fresh.set(old);
      return fresh;
    };
    const grownReal = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const fresh = new Float64Array(room);
      fresh.set(old);
      return fresh;
    };
    this.keyStarts = grown(this.keyStarts);
    this.keyEnds = grown(this.keyEnds);
    this.valueStarts = grown(this.valueStarts);
    this.valueEnds = grown(this.valueEnds);
    this.headerStarts = grown(this.headerStarts);
    this.headerEnds = grown(this.headerEnds);
    this.headerCounts = grown(this.headerCounts);
    this.timestamps = grownReal(this.timestamps);
    this.offsets = grownReal(this.offsets);
  }
}
