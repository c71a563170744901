/** Reads sizes out of an LZ4 frame (LZ4 Frame Format 1.6) without decompressing it, so that a bomb is refused before it goes off. */

const magic = 0x184d2204;
const skippableMagic = 0x184d2a50;

/** Decompressed bytes of one LZ4 block, by its sequences alone (LZ4 Block Format). */
function blockOutput(bytes: Buffer, start: number, end: number): number {
  let at = start;
  let total = 0;
  while (at < end) {
    const token = bytes[at++]!;
    let literals = token >>> 4;
    if (literals === 15) {
      let more = 255;
      while (more === 255 && at < end) {
        more = bytes[at++]!;
        literals += more;
      }
    }
    total += literals;
    at += literals;
    // The last sequence has literals only.
    if (at >= end) break;
    at += 2;
    let match = token & 15;
    if (match === 15) {
      let more = 255;
      while (more === 255 && at < end) {
        more = bytes[at++]!;
        match += more;
      }
    }
    total += match + 4;
  }
  return total;
}

/**
 * Decompressed bytes of an LZ4 frame, or a number above `limit` once that is passed. Malformed frames give some number: the
 * decompressor refuses them.
 */
export function lz4FrameOutput(bytes: Buffer, limit: number): number {
  let at = 0;
  let total = 0;
  while (at + 7 <= bytes.length) {
    const word = bytes.readUInt32LE(at);
    if ((word & 0xfffffff0) >>> 0 === skippableMagic) {
      at += 8 + bytes.readUInt32LE(at + 4);
      continue;
    }
    if (word !== magic) return total;
    const flags = bytes[at + 4]!;
    const blockChecksum = (flags & 0x10) !== 0 ? 4 : 0;
    at += 7 + ((flags & 0x08) !== 0 ? 8 : 0) + ((flags & 0x01) !== 0 ? 4 : 0);
    for (;;) {
      if (at + 4 > bytes.length) return total;
      const size = bytes.readUInt32LE(at);
      at += 4;
      if (size === 0) break;
      const length = size & 0x7fffffff;
      const end = Math.min(at + length, bytes.length);
      total += size >= 0x80000000 ? length : blockOutput(bytes, at, end);
      if (total > limit) return total;
      at += length + blockChecksum;
    }
    if ((flags & 0x04) !== 0) at += 4;
  }
  return total;
}
