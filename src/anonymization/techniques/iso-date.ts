import { civilOf, daysOf } from './calendar.ts';

/** A date or date and time in the extended format of ISO 8601 (and RFC 3339), cut into its parts. */
export interface IsoDate {
  /** Days since 1970-01-01 as written, before any offset is applied. */
  readonly days: number;
  /** Minutes since midnight as written; null for a date alone. */
  readonly minutes: number | null;
  /** Minutes east of UTC; null where the text names no offset. */
  readonly offset: number | null;
  /** What follows the date, as written. */
  readonly rest: string;
}

/** The longest text of the grammar, and of what is rendered from it. */
export const longestIsoDate = 40;

const pattern =
  /^(\d{4})-(\d\d)-(\d\d)([Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)?)?$/;

/** Parses; null for anything else than a real date from year 0000 to 9999. Leap seconds are not accepted. */
export function parseIsoDate(text: string): IsoDate | null {
  const match = pattern.exec(text);
  if (match === null) return null;
  const [, year, month, day, rest = '', hour, minute, second = '0', zone] = match;
  const date = { year: Number(year), month: Number(month), day: Number(day) };
  const days = daysOf(date);
  const back = civilOf(days);
  if (back.month !== date.month || back.day !== date.day) return null;
  if (hour === undefined) return { days, minutes: null, offset: null, rest };
  const minutes = Number(hour) * 60 + Number(minute);
  const offset = zone === undefined ? null : parseOffset(zone);
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  if (Number.isNaN(offset)) return null;
  return { days, minutes, offset, rest };
}

/** Renders a day as `YYYY-MM-DD`; null outside the years 0000 to 9999. */
export function renderDay(days: number): string | null {
  const { year, month, day } = civilOf(days);
  if (year < 0 || year > 9999) return null;
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

export function pad(value: number, length: number): string {
  return String(value).padStart(length, '0');
}

function parseOffset(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 23 || minutes > 59) return NaN;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
