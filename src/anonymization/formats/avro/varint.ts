import { outcome } from '../../outcomes.ts';

/** What {@link readVarint} read: `[0]` low and `[1]` high half of the number, zigzag undone. */
export type VarintRegister = Int32Array;

/**
 * Reads a zigzag varint of at most ten bytes (Avro 1.12, Binary Encoding: variable-length zig-zag coding) that must end before `end`.
 *
 * @returns the position after it, or the negative number of an outcome
 */
export function readVarint(
  bytes: Uint8Array,
  position: number,
  end: number,
  register: VarintRegister,
): number {
  let at = position;
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (at >= end) return -outcome.RECORD_TRUNCATED;
    const byte = bytes[at++]!;
    const bits = byte & 127;
    if (shift < 28) low |= bits << shift;
    else if (shift === 28) {
      low |= bits << 28;
      high = bits >>> 4;
    } else high |= bits << (shift - 32);
    if (byte < 128) {
      // The tenth byte holds bit 63 alone.
      if (shift === 63 && bits > 1) return -outcome.VARINT_TOO_LONG;
      const sign = -(low & 1);
      register[0] = ((low >>> 1) | (high << 31)) ^ sign;
      register[1] = (high >>> 1) ^ sign;
      return at;
    }
  }
  return -outcome.VARINT_TOO_LONG;
}

/**
 * Reads an `int`: as {@link readVarint}, but at most five bytes and 32 bits.
 *
 * @returns the position after it, or the negative number of an outcome
 */
export function readVarint32(
  bytes: Uint8Array,
  position: number,
  end: number,
  register: VarintRegister,
): number {
  const after = readVarint(bytes, position, end, register);
  if (after < 0) return after;
  if (after - position > 5) return -outcome.VARINT_TOO_LONG;
  if (register[1]! !== register[0]! >> 31) return -outcome.VALUE_TYPE_MISMATCH;
  return after;
}

/**
 * Reads the length of a string or byte string, which stands in `register[0]`. A length beyond 31 bits is more than any record has.
 *
 * @returns the position after it, or the negative number of an outcome
 */
export function readLength(
  bytes: Uint8Array,
  position: number,
  end: number,
  register: VarintRegister,
): number {
  const after = readVarint(bytes, position, end, register);
  if (after < 0) return after;
  if (register[1]! < 0) return -outcome.LENGTH_NEGATIVE;
  return register[1] === 0 && register[0]! >= 0 ? after : -outcome.RECORD_TRUNCATED;
}

/** Writes a 64-bit number, given as halves, as zigzag varint; returns the position after it (at most ten bytes on). */
export function writeVarint(
  target: Uint8Array,
  position: number,
  low: number,
  high: number,
): number {
  const sign = high >> 31;
  let lowBits = (low << 1) ^ sign;
  let highBits = ((high << 1) | (low >>> 31)) ^ sign;
  let at = position;
  while (highBits !== 0 || lowBits >>> 0 > 127) {
    target[at++] = (lowBits & 127) | 128;
    lowBits = (lowBits >>> 7) | (highBits << 25);
    highBits >>>= 7;
  }
  target[at++] = lowBits;
  return at;
}
