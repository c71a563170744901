/** Zigzag varints of the record format (Protocol Buffers encoding), as the hot loops of the writer need them. */

/** Bytes that a signed 32-bit number takes. */
export function varintSize(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  return zigzag < 0x80
    ? 1
    : zigzag < 0x4000
      ? 2
      : zigzag < 0x200000
        ? 3
        : zigzag < 0x10000000
          ? 4
          : 5;
}

/** Writes a signed 32-bit number; returns the position after it. */
export function writeVarint(bytes: Buffer, at: number, value: number): number {
  let zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  let end = at;
  while (zigzag > 127) {
    bytes[end++] = (zigzag & 127) | 128;
    zigzag >>>= 7;
  }
  bytes[end++] = zigzag;
  return end;
}

const narrow = 2 ** 31;

/** Bytes that a signed number of up to 53 bits takes. */
export function varlongSize(value: number): number {
  if (value >= -narrow && value < narrow) return varintSize(value);
  let zigzag = value < 0 ? -2 * value - 1 : 2 * value;
  let size = 1;
  while (zigzag > 127) {
    zigzag = Math.floor(zigzag / 128);
    size++;
  }
  return size;
}

/** Writes a signed number of up to 53 bits; returns the position after it. */
export function writeVarlong(bytes: Buffer, at: number, value: number): number {
  if (value >= -narrow && value < narrow) return writeVarint(bytes, at, value);
  let zigzag = value < 0 ? -2 * value - 1 : 2 * value;
  let end = at;
  while (zigzag > 127) {
    bytes[end++] = (zigzag % 128) + 128;
    zigzag = Math.floor(zigzag / 128);
  }
  bytes[end++] = zigzag;
  return end;
}
