import { isUtf8 } from 'node:buffer';
import { swap } from '../crypto/aes-ecb.ts';
import type { Cmac, Spans } from '../crypto/cmac.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import type { LeafType, Shape } from '../schema/tree.ts';
import { canonicalText } from './canonical-text.ts';
import type { Column, Companion, Coordinates, Transform } from './column.ts';
import { effect } from './applicability.ts';
import { dateFormOf, noDate } from './date-leaf.ts';
import { mapIntegers } from './integer-values.ts';
import { longestIsoDate, parseIsoDate, renderDay } from './iso-date.ts';
import { numberSpans } from './number-spans.ts';
import type { Technique } from './technique.ts';
import { mapAsciiText } from './text-values.ts';

/**
 * Moves a date by whole days, at most `maxDays` either way and never by none. With `subject` the shift is keyed by that field's value: equal
 * for all dates of one subject under one domain, so that intervals stay. Without, by the record's coordinates (equal for all dates of
 * one record), or by the value alone where there are none. Text keeps its time of day and offset as written.
 */
export const shiftDate: Technique<'shift-date'> = {
  name: 'shift-date',
  group: 'randomization',
  check: (_spec, leaf) =>
    dateFormOf(leaf) === null ? noDate('shift-date', leaf) : effect(leaf, { deterministic: false }),
  link({ domain = '', maxDays }, { keys, input }) {
    const source = new ShiftSource(keys, domain);
    const form = dateFormOf(input);
    const days = (column: Column, where: Coordinates, companion: Companion | null): Int32Array =>
      toDays(source.words(column, where, companion), column.count, maxDays);
    if (form?.form === 'ticks') return shiftTicks(input, form.perDay, days);
    return (column, out, where, companion) => {
      const shifts = days(column, where, companion);
      mapAsciiText(column, out, longestIsoDate, (text, row) => {
        const date = parseIsoDate(text);
        const day = date === null ? null : renderDay(date.days + shifts[row]!);
        return date === null || day === null ? null : day + date.rest;
      });
    };
  },
};

function shiftTicks(
  leaf: LeafType,
  perDay: number,
  days: (column: Column, where: Coordinates, companion: Companion | null) => Int32Array,
): Transform {
  const large = BigInt(perDay);
  return (column, out, where, companion) => {
    const shifts = days(column, where, companion);
    mapIntegers(column, out, leaf, {
      small: (value, row) => value + shifts[row]! * perDay,
      large: (value, row) => value + BigInt(shifts[row]!) * large,
    });
  };
}

/** Maps pseudo-random bits to -maxDays..-1 and 1..maxDays; 48 bits make the bias of the remainder negligible. */
function toDays(words: Int32Array, count: number, maxDays: number): Int32Array {
  const days = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    const bits = (swap(words[row * 4]!) >>> 0) * 0x10000 + (swap(words[row * 4 + 1]!) >>> 16);
    const choice = bits % (maxDays * 2);
    days[row] = choice < maxDays ? choice - maxDays : choice - maxDays + 1;
  }
  return days;
}

/** Where the shifts of a column come from: the subject of each row's record, else its coordinates, else the value. */
class ShiftSource {
  readonly #subjects: Readonly<Record<Shape, Cmac>>;
  readonly #values: Readonly<Record<Shape, Cmac>>;
  readonly #places: ReturnType<KeyRing['prf']>;

  constructor(keys: KeyRing, domain: string) {
    const macs = (detail: string): Readonly<Record<Shape, Cmac>> => {
      const mac = (type: string): Cmac =>
        keys.mac({ domain, technique: 'shift-date', type, detail });
      return { span: mac('text'), integer: mac('integer'), real: mac('real') };
    };
    this.#subjects = macs('subject');
    this.#values = macs('value');
    this.#places = keys.prf({ domain, technique: 'shift-date', type: 'record' });
  }

  /** Four pseudo-random words a row. */
  words(column: Column, where: Coordinates, companion: Companion | null): Int32Array {
    const { count, records } = column;
    const words = new Int32Array(count * 4);
    const { topic, partition, offsets } = where;
    if (topic === null) tagsOf(this.#values, column, words);
    else this.#places.rows({ topic, partition, offsets }, records, count, false, words);
    if (companion !== null) this.#bySubject(companion, records, count, words);
    return words;
  }

  /** Overwrites the words of all rows whose record has a subject. */
  #bySubject(
    { column, rowOf }: Companion,
    records: Int32Array,
    count: number,
    words: Int32Array,
  ): void {
    const subjects = new Int32Array(column.count * 4);
    tagsOf(this.#subjects, column, subjects);
    for (let row = 0; row < count; row++) {
      const subject = rowOf[records[row]!]!;
      if (subject < 0) continue;
      for (let w = 0; w < 4; w++) words[row * 4 + w] = subjects[subject * 4 + w]!;
    }
  }
}

function tagsOf(macs: Readonly<Record<Shape, Cmac>>, column: Column, out: Int32Array): void {
  macs[column.shape].tags(column.shape === 'span' ? composed(column) : numberSpans(column), out);
}

/** Spans in NFC where they are text: one subject spelled in two ways is one subject. Other bytes are taken as they are. */
function composed(column: Column): Spans {
  const bytes = Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.byteLength);
  const parts: Buffer[] = [];
  const starts = new Int32Array(column.count);
  const ends = new Int32Array(column.count);
  for (let row = 0, at = 0; row < column.count; row++) {
    const raw = bytes.subarray(column.starts[row], column.ends[row]);
    const part = isUtf8(raw)
      ? Buffer.from(canonicalText(raw.toString('utf8'), { trim: false, foldCase: false }), 'utf8')
      : raw;
    parts.push(part);
    starts[row] = at;
    at += part.length;
    ends[row] = at;
  }
  return { count: column.count, bytes: Buffer.concat([...parts, Buffer.alloc(16)]), starts, ends };
}
