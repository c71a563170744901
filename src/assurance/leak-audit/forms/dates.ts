/** Generalized and shifted dates. Days are taken apart by JavaScript's own calendar, in UTC. */
import type { TechniqueSpec } from '../../../anonymization/rules/technique-spec.ts';
import type { LeafType } from '../../../anonymization/schema/tree.ts';
import { form, textForm, type Expectation } from './form.ts';

type Unit = Extract<TechniqueSpec, { technique: 'truncate-date' }>['unit'];

const hour = 3_600_000;
const dayLength = 24 * hour;

/** The start of a unit: `YYYY-MM-DD`, or that with the time `HH:00:00`. */
const truncated = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):00:00Z?)?$/;

const isoDate =
  /^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:[Zz]|[+-]\d\d:?\d\d)?)?$/;

export function truncatedForm(unit: Unit, leaf: LeafType): Expectation {
  if (leaf.kind === 'string')
    return textForm((text) => {
      const [, year, month, day, hours = '00'] = truncated.exec(text) ?? [];
      if (year === undefined) return false;
      const time = new Date(0).setUTCFullYear(Number(year), Number(month) - 1, Number(day));
      return startsUnit(time + Number(hours) * hour, unit);
    });
  const perDay = ticksPerDay(leaf);
  return form((value) => {
    if (typeof value !== 'bigint' && typeof value !== 'number') return false;
    // Every unit begins on a whole hour.
    const hours = BigInt(value) * 24n;
    if (hours % perDay !== 0n) return false;
    return startsUnit(Number(hours / perDay) * hour, unit);
  });
}

/** A day moved by a few days is a day: only the grammar can be told. */
export function shiftedForm(leaf: LeafType): Expectation {
  return leaf.kind === 'string'
    ? textForm((text) => isoDate.test(text), true)
    : form((value) => typeof value === 'bigint' || typeof value === 'number', true);
}

/** Whether a time begins its unit; a time beyond the years that JavaScript knows begins none. */
function startsUnit(time: number, unit: Unit): boolean {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return false;
  if (unit === 'hour') return time % hour === 0;
  if (time % dayLength !== 0) return false;
  switch (unit) {
    case 'day':
      return true;
    case 'week':
      return date.getUTCDay() === 1;
    case 'month':
      return date.getUTCDate() === 1;
    case 'quarter':
      return date.getUTCDate() === 1 && date.getUTCMonth() % 3 === 0;
    case 'year':
      return date.getUTCDate() === 1 && date.getUTCMonth() === 0;
  }
}

function ticksPerDay(leaf: LeafType): bigint {
  const logical = 'logical' in leaf ? leaf.logical.name : '';
  if (logical === 'date') return 1n;
  if (logical.endsWith('-millis')) return 86_400_000n;
  return logical.endsWith('-micros') ? 86_400_000_000n : 86_400_000_000_000n;
}
