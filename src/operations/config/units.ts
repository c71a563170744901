import { z } from 'zod';

const milliseconds: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const bytes: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

const durationForm = /^(\d{1,12})(ms|s|m|h|d)$/;
const sizeForm = /^(\d{1,12})(B|kB|MB|GB|KiB|MiB|GiB)$/;

/** A setting in milliseconds, written as "20ms", "30s", "5m", "1h" or "7d"; bounds and default are written the same way. */
export function duration(least: string, most: string, preset: string) {
  const [low, high] = [parseDuration(least), parseDuration(most)];
  return z
    .string(`write a duration such as "${preset}"`)
    .regex(
      durationForm,
      `write a duration such as "${preset}": a whole number and ms, s, m, h or d`,
    )
    .transform((text) => parseDuration(text))
    .refine((value) => value >= low && value <= high, `write a duration from ${least} to ${most}`)
    .prefault(preset);
}

/** A setting in bytes, written as "512B", "64KiB", "16MiB", "16MB" or "1GiB". */
export function size(least: string, most: string, preset: string) {
  const [low, high] = [parseSize(least), parseSize(most)];
  return z
    .string(`write a size such as "${preset}"`)
    .regex(
      sizeForm,
      `write a size such as "${preset}": a whole number and B, kB, MB, GB, KiB, MiB or GiB`,
    )
    .transform((text) => parseSize(text))
    .refine((value) => value >= low && value <= high, `write a size from ${least} to ${most}`)
    .prefault(preset);
}

function parseDuration(text: string): number {
  const [, count = '', unit = ''] = durationForm.exec(text) ?? [];
  return Number(count) * (milliseconds[unit] ?? Number.NaN);
}

function parseSize(text: string): number {
  const [, count = '', unit = ''] = sizeForm.exec(text) ?? [];
  return Number(count) * (bytes[unit] ?? Number.NaN);
}

/** Bytes for people: "64 MiB". */
export function renderSize(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let rest = value;
  let unit = 0;
  while (rest >= 1024 && unit < units.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${Number(rest.toFixed(1))} ${units[unit] ?? ''}`;
}
