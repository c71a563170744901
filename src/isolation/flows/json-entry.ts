/** Fields of a JSON entry of a flow log, each read by one strict function: a field may be missing, but not be something else. */
import { formatAddress, parseAddress } from '../manifests/addresses.ts';
import { LineRefusal } from './parsed-line.ts';

/** An object of an entry. */
export type Entry = Readonly<Record<string, unknown>>;

/** What a container runtime or `kubectl logs --prefix` writes before the entry (CRI log format), and an event stream's `data:`. */
const before =
  /^(?:\S+ (?:stdout|stderr) [FP] |\[pod\/[^\]]{1,600}\] |data: ?)?(?=\{)|^(?:\S{1,100}\s{1,20}\| )(?=\{)/;

/**
 * The entry of a line; null where it is no JSON object.
 *
 * @throws LineRefusal `not-json`
 */
export function entryOf(text: string): { readonly entry: Entry; readonly prefix: string } {
  const prefix = text.startsWith('{') ? '' : (before.exec(text)?.[0] ?? '');
  let value: unknown;
  try {
    value = JSON.parse(prefix === '' ? text : text.slice(prefix.length));
  } catch {
    throw new LineRefusal('not-json');
  }
  if (!isEntry(value)) throw new LineRefusal('not-a-flow');
  return { entry: value, prefix };
}

export const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value under a key of its own; undefined where there is none, and for null. */
export function at(entry: Entry, key: string): unknown {
  return Object.hasOwn(entry, key) ? (entry[key] ?? undefined) : undefined;
}

/** The first of these keys that has a value. */
export function firstOf(entry: Entry, ...keys: readonly string[]): unknown {
  for (const key of keys) {
    const value = at(entry, key);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** @throws LineRefusal `not-a-flow` for anything but an object or nothing */
export function objectAt(entry: Entry, key: string): Entry | undefined {
  const value = at(entry, key);
  if (value !== undefined && !isEntry(value)) throw new LineRefusal('not-a-flow');
  return value;
}

/** @throws LineRefusal `not-a-flow` for anything but text or nothing; empty text is nothing */
export function text(value: unknown): string | null {
  if (value === undefined || value === '') return null;
  if (typeof value !== 'string') throw new LineRefusal('not-a-flow');
  return value;
}

/** Names of namespaces, pods and workloads (RFC 1123 subdomains). */
const nameForm = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** @throws LineRefusal `bad-name` */
export function name(value: unknown): string | null {
  const found = text(value);
  if (found !== null && !nameForm.test(found)) throw new LineRefusal('bad-name');
  return found;
}

/** A label key with its value: both as the API server allows them, with room for the prefixes of the sources. */
const labelForm = /^[A-Za-z0-9](?:[-A-Za-z0-9_./:]{0,335})=[-A-Za-z0-9_.]{0,63}$/;

/** Whether a text is `key=value` as of a label; others, which a log may also list, select nothing. */
export const isLabel = (value: string): boolean => labelForm.test(value);

const canonical = new Map<string, string>();
const mostRemembered = 20_000;

/**
 * An address in canonical form: IPv4 that is written as IPv6 becomes IPv4, a zone is dropped.
 *
 * @throws LineRefusal `bad-address`
 */
export function address(value: unknown): string | null {
  const given = text(value);
  if (given === null) return null;
  const known = canonical.get(given);
  if (known !== undefined) return known;
  const parsed = given.length > 100 ? undefined : parseAddress(given.replace(/%[\w.-]+$/, ''));
  if (parsed === undefined) throw new LineRefusal('bad-address');
  const mapped = parsed.family === 6 && parsed.number >> 32n === 0xffffn;
  const plain = formatAddress(
    mapped ? { family: 4, number: parsed.number & 0xffff_ffffn } : parsed,
  );
  // Forgetting everything at once is rare and cheap; what counts is that memory has a bound.
  if (canonical.size >= mostRemembered) canonical.clear();
  canonical.set(given, plain);
  return plain;
}

/** @throws LineRefusal `bad-port`; 0 stands for none */
export function port(value: unknown): number | null {
  if (value === undefined) return null;
  const number = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > 65_535)
    throw new LineRefusal('bad-port');
  return number === 0 ? null : number;
}

/** Connections that an entry stands for. */
export function countOf(value: unknown): number {
  if (value === undefined) return 1;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new LineRefusal('not-a-flow');
  return Math.max(1, value);
}

/** Date and time, with a zone or without. */
const isoForm =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(?:(Z)|([+-]\d\d):?(\d\d))?$/;

/** After this (year 2200), and before 1970, a time is a mistake. */
const lastTime = 7_258_118_400_000;

/**
 * Milliseconds of an ISO time; one without a zone is taken for UTC, which is what containers run in.
 *
 * @throws LineRefusal `bad-time`
 */
export function isoTime(value: unknown): number | null {
  const given = text(value);
  if (given === null) return null;
  const match = isoForm.exec(given);
  if (match === null) throw new LineRefusal('bad-time');
  const [, day, clock, fraction = '0', , hours, minutes] = match;
  const zone = hours === undefined ? 'Z' : `${hours}:${minutes ?? '00'}`;
  return time(
    Date.parse(`${day ?? ''}T${clock ?? ''}.${fraction.slice(0, 3).padEnd(3, '0')}${zone}`),
  );
}

/**
 * Checks milliseconds since 1970.
 *
 * @throws LineRefusal `bad-time`
 */
export function time(milliseconds: number): number {
  if (!(milliseconds >= 0 && milliseconds < lastTime)) throw new LineRefusal('bad-time');
  return Math.trunc(milliseconds);
}

/** @throws LineRefusal `bad-time` for anything but a number or nothing */
export function number(value: unknown): number | null {
  if (value === undefined) return null;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new LineRefusal('bad-time');
  return value;
}
