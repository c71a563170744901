/** Options that `watch` and `replay` have in common, and the forms of their values. */
import { InvalidArgumentError, Option } from 'commander';
import { flowFormats } from '../../isolation/flows/observed-flow.ts';
import type { BurstLimit } from '../../isolation/flows/denial-rate.ts';
import type { ListenAddress } from './metrics-endpoint.ts';

export const formatOption = (): Option =>
  new Option('--format <format>', 'of the flow logs; default tells it from the first lines')
    .choices([...flowFormats])
    .default(null);

export const unmarkedOption = (): Option =>
  new Option(
    '--unmarked <verdict>',
    'what netfilter packets met whose rule has a prefix that does not tell',
  )
    .choices(['allowed', 'denied', 'unknown'])
    .default('unknown');

export const outputOption = (): Option =>
  new Option('--output <output>', 'how findings are printed')
    .choices(['text', 'json'])
    .default('text');

const units = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** Milliseconds of `30s`, `5m` and the like, at least one second. */
export function parseTime(value: string): number {
  const [, count, unit = ''] = /^([1-9]\d{0,8})(ms|s|m|h)$/.exec(value) ?? [];
  const time = Number(count) * (units.get(unit) ?? Number.NaN);
  // Timers take at most 31 bits.
  if (!(time >= 1000 && time <= 2_147_483_647))
    throw new InvalidArgumentError('Write a time such as 30s, 5m or 1h, from 1s to 24 days.');
  return time;
}

/** `20/60s`: so many within so long. */
export function parseBurst(value: string): BurstLimit {
  const [, count, window = ''] = /^([1-9]\d{0,8})\/(.+)$/.exec(value) ?? [];
  if (count === undefined)
    throw new InvalidArgumentError('Write a number and a time such as 20/60s.');
  return { count: Number(count), window: parseTime(window) };
}

/** `host:port`; IPv6 in brackets. */
export function parseListen(value: string): ListenAddress {
  const [, bracketed, plain, port] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(value) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535)
    throw new InvalidArgumentError('Write a host and a port such as 127.0.0.1:9400.');
  return { host, port: Number(port) };
}
