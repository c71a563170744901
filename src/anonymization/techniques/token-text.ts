import { swap } from '../crypto/aes-ecb.ts';

const base64url = Buffer.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
  'latin1',
);
const base32 = Buffer.from('abcdefghijklmnopqrstuvwxyz234567', 'latin1');
const base16 = Buffer.from('0123456789abcdef', 'latin1');

/** Two base64url characters for each 12 bits, as they lie in memory. */
const pairs = Uint16Array.from(
  { length: 4096 },
  (_, bits) => base64url[bits >>> 6]! | (base64url[bits & 63]! << 8),
);

/** Bytes of a full token as base64url text, and the distance of tokens that {@link writeTokens} keeps. */
export const tokenLength = 22;
export const tokenStride = 24;

/**
 * Writes 128-bit tags as 22 characters of base64url (RFC 4648 §5, no padding), one every 24 bytes so that all stores are whole words. The hot
 * loop of pseudonymization: four words in, six words out, no branch.
 *
 * @param words - four words a row.
 * @param target - six words a row.
 */
export function writeTokens(words: Int32Array, count: number, target: Int32Array): void {
  encode(words, count, target, pairs);
}

function encode(words: Int32Array, count: number, target: Int32Array, pairs: Uint16Array): void {
  for (let row = 0, q = 0, o = 0; row < count; row++, q += 4, o += 6) {
    const a = swap(words[q]!);
    const b = swap(words[q + 1]!);
    const c = swap(words[q + 2]!);
    const d = swap(words[q + 3]!);
    target[o] = pairs[a >>> 20]! | (pairs[(a >>> 8) & 0xfff]! << 16);
    target[o + 1] = pairs[((a & 0xff) << 4) | (b >>> 28)]! | (pairs[(b >>> 16) & 0xfff]! << 16);
    target[o + 2] = pairs[(b >>> 4) & 0xfff]! | (pairs[((b & 0xf) << 8) | (c >>> 24)]! << 16);
    target[o + 3] = pairs[(c >>> 12) & 0xfff]! | (pairs[c & 0xfff]! << 16);
    target[o + 4] = pairs[d >>> 20]! | (pairs[(d >>> 8) & 0xfff]! << 16);
    target[o + 5] = pairs[(d & 0xff) << 4]!;
  }
}

/** Writes the first `length` characters of unpadded base64url over `bytes[from..to)`; returns the position behind them. */
export function writeBase64url(
  bytes: Uint8Array,
  from: number,
  to: number,
  length: number,
  target: Uint8Array,
  at: number,
): number {
  return writeDigits(bytes, from, to, length, base64url, 6, target, at);
}

/** Writes all of `bytes[from..to)` as unpadded base64url; returns the position behind it. */
export function writeAllBase64url(
  bytes: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
): number {
  let i = from;
  for (; i + 2 < to; i += 3, at += 4) {
    const a = bytes[i]!;
    const b = bytes[i + 1]!;
    const c = bytes[i + 2]!;
    target[at] = base64url[a >>> 2]!;
    target[at + 1] = base64url[((a & 3) << 4) | (b >>> 4)]!;
    target[at + 2] = base64url[((b & 15) << 2) | (c >>> 6)]!;
    target[at + 3] = base64url[c & 63]!;
  }
  const rest = to - i;
  return rest === 0 ? at : writeBase64url(bytes, i, to, rest + 1, target, at);
}

/** Lower-case hexadecimal, as {@link writeBase64url}. */
export function writeHex(
  bytes: Uint8Array,
  from: number,
  to: number,
  length: number,
  target: Uint8Array,
  at: number,
): number {
  return writeDigits(bytes, from, to, length, base16, 4, target, at);
}

/** Lower-case base32 (RFC 4648 §6), as {@link writeBase64url}. */
export function writeBase32(
  bytes: Uint8Array,
  from: number,
  to: number,
  length: number,
  target: Uint8Array,
  at: number,
): number {
  return writeDigits(bytes, from, to, length, base32, 5, target, at);
}

/** Writes 16 bytes as UUID text, version 8 and variant 10 set (RFC 9562 §5.8): 122 bits of the token remain. */
export function writeUuid(bytes: Uint8Array, from: number, target: Uint8Array, at: number): number {
  for (let i = 0; i < 16; i++) {
    const b = uuidByte(bytes[from + i]!, i);
    if (i === 4 || i === 6 || i === 8 || i === 10) target[at++] = 0x2d;
    target[at++] = base16[b >> 4]!;
    target[at++] = base16[b & 15]!;
  }
  return at;
}

/** Byte `i` of a UUID made from token bytes. */
export function uuidByte(byte: number, i: number): number {
  if (i === 6) return 0x80 | (byte & 0x0f);
  return i === 8 ? 0x80 | (byte & 0x3f) : byte;
}

function writeDigits(
  bytes: Uint8Array,
  from: number,
  to: number,
  length: number,
  alphabet: Uint8Array,
  bits: number,
  target: Uint8Array,
  at: number,
): number {
  const mask = (1 << bits) - 1;
  const end = at + length;
  for (let i = from, held = 0, value = 0; at < end; at++) {
    if (held < bits) {
      value = ((value & 0xff) << 8) | (i < to ? bytes[i]! : 0);
      i++;
      held += 8;
    }
    held -= bits;
    target[at] = alphabet[(value >>> held) & mask]!;
  }
  return end;
}
