import type { TechniqueSpec } from '../rules/technique-spec.ts';

/** The units that dates are cut to. */
export type DateUnit = Extract<TechniqueSpec, { technique: 'truncate-date' }>['unit'];

/** A date of the proleptic Gregorian calendar (ISO 8601). */
export interface CivilDate {
  readonly year: number;
  /** 1..12 */
  readonly month: number;
  /** 1..31 */
  readonly day: number;
}

/** Days since 1970-01-01, exact for years within ±10^13. Counts from March, so that leap days end a year. */
export function daysOf({ year, month, day }: CivilDate): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

/** The inverse of {@link daysOf}. */
export function civilOf(days: number): CivilDate {
  const z = days + 719468;
  const era = Math.floor(z / 146097);
  const dayOfEra = z - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36524) -
      Math.floor(dayOfEra / 146096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** The first day of the unit that a day lies in; weeks begin on Monday (ISO 8601). An hour lies within its day. */
export function startOf(unit: DateUnit, days: number): number {
  switch (unit) {
    case 'hour':
    case 'day':
      return days;
    case 'week':
      // 1970-01-01 was a Thursday.
      return days - ((((days + 3) % 7) + 7) % 7);
    case 'month': {
      const { year, month } = civilOf(days);
      return daysOf({ year, month, day: 1 });
    }
    case 'quarter': {
      const { year, month } = civilOf(days);
      return daysOf({ year, month: month - ((month - 1) % 3), day: 1 });
    }
    case 'year':
      return daysOf({ year: civilOf(days).year, month: 1, day: 1 });
  }
}
