import type { LinkContext } from './technique.ts';
import type { Transform } from './column.ts';
import type { PseudonymizeSpec } from './pseudonymize.ts';
import { outsideDomain } from './integer-values.ts';

/** FF1 needs a million values: six digits. */
const fewestDigits = 6;

/** What may stand between digits and is kept. Everything else, above all letters, would leak: outside the domain. */
const separators = new Set(Buffer.from(' -./()+:,_', 'latin1'));

/** 0..9 for a digit, 10 for a separator, 11 for anything else. */
const classes = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  return separators.has(byte) ? 10 : 11;
});

/** Digit strings to digit strings: FF1 with radix 10 over all digits of a value, separators and length kept. */
export function pseudonymizeDigits(
  { domain = '', keepEmpty }: PseudonymizeSpec,
  { keys }: LinkContext,
): Transform {
  const ff1 = keys.ff1({ domain, technique: 'pseudonymize', type: 'text', detail: 'digits' });
  return (column, out) => {
    const { bytes, starts, ends, count } = column;
    let room = 0;
    for (let row = 0; row < count; row++) room += ends[row]! - starts[row]!;
    const arena = out.reserve(room);
    const digits = new Uint8Array(room);
    const digitStarts = new Int32Array(count);
    const digitEnds = new Int32Array(count);
    for (let row = 0, o = 0, d = 0; row < count; row++) {
      const start = starts[row]!;
      const end = ends[row]!;
      digitStarts[row] = d;
      let fits = true;
      for (let i = start; i < end; i++) {
        const kind = classes[bytes[i]!]!;
        if (kind < 10) digits[d++] = kind;
        else if (kind === 11) fits = false;
      }
      fits &&= d - digitStarts[row]! >= fewestDigits || (keepEmpty && start === end);
      if (!fits) {
        d = digitStarts[row]!;
        out.status[row] = outsideDomain;
      }
      digitEnds[row] = d;
      out.starts[row] = o;
      o += fits ? end - start : 0;
      out.ends[row] = o;
    }
    ff1.digits(digits, digitStarts, digitEnds, count);
    for (let row = 0; row < count; row++) {
      const start = starts[row]!;
      for (
        let o = out.starts[row]!, i = start, d = digitStarts[row]!;
        o < out.ends[row]!;
        o++, i++
      ) {
        arena[o] = classes[bytes[i]!]! < 10 ? 0x30 + digits[d++]! : bytes[i]!;
      }
    }
  };
}
