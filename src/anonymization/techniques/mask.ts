import type { Technique } from './technique.ts';
import type { Transform } from './column.ts';
import { effect, notApplicable } from './applicability.ts';

/**
 * Replaces characters (code points). `keepFirst` and `keepLast` stay, `ignore` names separators that are kept and not counted; a value
 * too short to hide at least half of its counted characters is masked whole. The number of characters is kept.
 */
export const mask: Technique<'mask'> = {
  name: 'mask',
  group: 'masking',
  check(_spec, leaf) {
    if (leaf.kind !== 'string') {
      return notApplicable('mask', leaf, 'use suppress, constant, pseudonymize or encrypt');
    }
    return effect({ kind: 'string' });
  },
  link(spec) {
    const separators = new Set(Array.from(spec.ignore, (character) => character.codePointAt(0)!));
    return maskText(spec.keepFirst, spec.keepLast, Buffer.from(spec.character, 'utf8'), separators);
  },
};

/** Works on UTF-8 bytes, as decoding a column to strings costs more than all the rest. */
function maskText(
  keepFirst: number,
  keepLast: number,
  character: Uint8Array,
  separators: ReadonlySet<number>,
): Transform {
  const isSeparator = Uint8Array.from({ length: 128 }, (_, code) => (separators.has(code) ? 1 : 0));
  const width = character.length;
  return (column, out) => {
    const { bytes, starts, ends, count } = column;
    let room = 0;
    for (let row = 0; row < count; row++) room += (ends[row]! - starts[row]!) * width;
    const arena = out.reserve(room);
    let o = 0;
    for (let row = 0; row < count; row++) {
      const start = starts[row]!;
      const end = ends[row]!;
      out.starts[row] = o;
      let total = 0;
      for (let i = start; i < end; i += sizeOf(bytes[i]!)) {
        if (!separator(bytes, i, isSeparator, separators)) total++;
      }
      const hidden = total - keepFirst - keepLast;
      const whole = hidden * 2 < total;
      const from = whole ? 0 : keepFirst;
      const to = whole ? total : total - keepLast;
      for (let i = start, seen = 0; i < end;) {
        const size = sizeOf(bytes[i]!);
        let kept = true;
        if (!separator(bytes, i, isSeparator, separators)) {
          kept = seen < from || seen >= to;
          seen++;
        }
        if (kept) for (let j = 0; j < size; j++) arena[o++] = bytes[i + j]!;
        else for (let j = 0; j < width; j++) arena[o++] = character[j]!;
        i += size;
      }
      out.ends[row] = o;
    }
  };
}

/** Bytes of the character that begins with this lead byte; the format has checked that the text is UTF-8. */
function sizeOf(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

function separator(
  bytes: Uint8Array,
  at: number,
  ascii: Uint8Array,
  separators: ReadonlySet<number>,
): boolean {
  const lead = bytes[at]!;
  if (lead < 0x80) return ascii[lead] === 1;
  if (separators.size === 0) return false;
  return separators.has(codePoint(bytes, at, lead));
}

function codePoint(bytes: Uint8Array, at: number, lead: number): number {
  const b = bytes[at + 1]! & 0x3f;
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | b;
  const c = bytes[at + 2]! & 0x3f;
  if (lead < 0xf0) return ((lead & 0x0f) << 12) | (b << 6) | c;
  return ((lead & 0x07) << 18) | (b << 12) | (c << 6) | (bytes[at + 3]! & 0x3f);
}
