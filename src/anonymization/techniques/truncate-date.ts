import type { Technique } from './technique.ts';
import type { Transform } from './column.ts';
import type { LeafType } from '../schema/tree.ts';
import { effect, invalidParameter } from './applicability.ts';
import { startOf } from './calendar.ts';
import type { DateUnit } from './calendar.ts';
import { dateFormOf, noDate } from './date-leaf.ts';
import { mapIntegers } from './integer-values.ts';
import { longestIsoDate, pad, parseIsoDate, renderDay } from './iso-date.ts';
import { mapAsciiText } from './text-values.ts';

/**
 * Cuts a date to the start of its unit, in UTC. On text: `YYYY-MM-DD` stays a date; a date and time becomes `YYYY-MM-DDTHH:00:00`, moved to
 * UTC and ended by `Z` where the text names an offset. Other text is outside the domain.
 */
export const truncateDate: Technique<'truncate-date'> = {
  name: 'truncate-date',
  group: 'generalization',
  check(spec, leaf) {
    const form = dateFormOf(leaf);
    if (form === null) return noDate('truncate-date', leaf);
    if (
      form.form === 'ticks' &&
      form.perDay === 1 &&
      (spec.unit === 'hour' || spec.unit === 'day')
    ) {
      return invalidParameter(`cut a date to year, quarter, month or week: it has no ${spec.unit}`);
    }
    return effect(leaf);
  },
  link(spec, { input }) {
    const form = dateFormOf(input);
    if (form?.form === 'ticks') return truncateTicks(input, spec.unit, form.perDay);
    return (column, out) =>
      mapAsciiText(column, out, longestIsoDate, (text) => truncateText(text, spec.unit));
  },
};

function truncateTicks(leaf: LeafType, unit: DateUnit, perDay: number): Transform {
  const step = unit === 'hour' ? perDay / 24 : perDay;
  const large = BigInt(step);
  const by = {
    small: (value: number): number => {
      const rest = value % step;
      const whole = value - (rest < 0 ? rest + step : rest);
      return unit === 'hour' ? whole : startOf(unit, whole / step) * step;
    },
    large: (value: bigint): bigint => {
      const rest = value % large;
      const whole = value - (rest < 0n ? rest + large : rest);
      return unit === 'hour' ? whole : BigInt(startOf(unit, Number(whole / large))) * large;
    },
  };
  return (column, out) => mapIntegers(column, out, leaf, by);
}

function truncateText(text: string, unit: DateUnit): string | null {
  const date = parseIsoDate(text);
  if (date === null) return null;
  if (date.minutes === null) return renderDay(startOf(unit, date.days));
  const minutes = date.minutes - (date.offset ?? 0);
  const day = renderDay(startOf(unit, date.days + Math.floor(minutes / 1440)));
  if (day === null) return null;
  const hour = unit === 'hour' ? Math.floor((((minutes % 1440) + 1440) % 1440) / 60) : 0;
  return `${day}T${pad(hour, 2)}:00:00${date.offset === null ? '' : 'Z'}`;
}
