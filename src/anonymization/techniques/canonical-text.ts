import type { Spans } from '../crypto/cmac.ts';

/** Which differences between texts do not count. NFC always applies. */
export interface TextForm {
  /** Leading and trailing white space (ECMAScript's) is cut off. */
  readonly trim: boolean;
  /** Case is folded: upper case, then lower case, without a locale. */
  readonly foldCase: boolean;
}

/** Spans with an own packed buffer, and the row of the source that each stands for. */
export interface Selection extends Spans {
  readonly rows: Int32Array;
}

/** The canonical form of one text: Unicode normalization form C (UAX #15), then trimmed, then folded and composed again. */
export function canonicalText(text: string, form: TextForm): string {
  let canonical = text.normalize('NFC');
  if (form.trim) canonical = canonical.trim();
  if (form.foldCase) canonical = canonical.toUpperCase().toLowerCase().normalize('NFC');
  return canonical;
}

/**
 * The rows among those marked in `high` whose NFC form differs from what is written, in that form. Below U+0300 everything is NFC already, so
 * that only rows with a lead byte from 0xcc on are decoded.
 */
export function decomposedRows(spans: Spans, high: Uint8Array): Selection | null {
  const bytes = bufferOf(spans.bytes);
  const rows: number[] = [];
  const texts: string[] = [];
  for (let row = 0; row < spans.count; row++) {
    if (high[row] === 0) continue;
    const start = spans.starts[row]!;
    const end = spans.ends[row]!;
    if (!needsDecoding(bytes, start, end)) continue;
    const text = bytes.toString('utf8', start, end);
    const composed = text.normalize('NFC');
    if (composed === text) continue;
    rows.push(row);
    texts.push(composed);
  }
  if (rows.length === 0) return null;
  const parts = texts.map((text) => Buffer.from(text, 'utf8'));
  const starts = new Int32Array(rows.length);
  const ends = new Int32Array(rows.length);
  for (let i = 0, at = 0; i < parts.length; i++) {
    starts[i] = at;
    at += parts[i]!.length;
    ends[i] = at;
  }
  const packed = Buffer.concat([...parts, Buffer.alloc(16)]);
  return { count: rows.length, bytes: packed, starts, ends, rows: Int32Array.from(rows) };
}

/** All rows in canonical form, packed: for rules that trim or fold, where most rows may change. */
export function canonicalSpans(spans: Spans, form: TextForm): Spans {
  const { count } = spans;
  const bytes = bufferOf(spans.bytes);
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  // The packed buffer always has room for all rows to come as they are, and the 16 bytes that readers look ahead.
  let left = 16;
  for (let row = 0; row < count; row++) left += spans.ends[row]! - spans.starts[row]!;
  let packed = Buffer.allocUnsafe(left);
  for (let row = 0, o = 0; row < count; row++) {
    const start = spans.starts[row]!;
    const end = spans.ends[row]!;
    starts[row] = o;
    left -= end - start;
    const written = writeAscii(bytes, start, end, packed, o, form);
    if (written >= 0) o = written;
    else {
      const text = Buffer.from(canonicalText(bytes.toString('utf8', start, end), form), 'utf8');
      const needed = o + text.length + left;
      if (needed > packed.length) packed = Buffer.concat([packed.subarray(0, o)], needed * 2);
      o += text.copy(packed, o);
    }
    ends[row] = o;
  }
  return { count, bytes: packed, starts, ends };
}

/** Copies an ASCII text in canonical form; -1 when it is not ASCII. */
function writeAscii(
  bytes: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
  form: TextForm,
): number {
  if (form.trim) {
    while (from < to && isSpace(bytes[from]!)) from++;
    while (to > from && isSpace(bytes[to - 1]!)) to--;
  }
  let o = at;
  for (let i = from; i < to; i++) {
    const b = bytes[i]!;
    if (b >= 0x80) return -1;
    target[o++] = form.foldCase && b >= 0x41 && b <= 0x5a ? b | 0x20 : b;
  }
  return o;
}

function isSpace(b: number): boolean {
  return b === 0x20 || (b >= 0x09 && b <= 0x0d);
}

function needsDecoding(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! >= 0xcc) return true;
  return false;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
