/**
 * Whether `bytes[start..end)` is well-formed UTF-8 (RFC 3629 §4): no overlong form, no surrogate, nothing above U+10FFFF.
 * Allocates nothing; callers test for plain ASCII first, word by word.
 */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      at += 1;
      continue;
    }
    if (lead < 0xc2 || lead > 0xf4) return false;
    const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (at + length > end) return false;
    const second = bytes[at + 1]!;
    if (second < secondLow(lead) || second > secondHigh(lead)) return false;
    for (let index = 2; index < length; index++) {
      if ((bytes[at + index]! & 0xc0) !== 0x80) return false;
    }
    at += length;
  }
  return true;
}

/** The second byte rules out overlong forms (E0, F0), surrogates (ED) and numbers above U+10FFFF (F4). */
function secondLow(lead: number): number {
  return lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
}

function secondHigh(lead: number): number {
  return lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
}
