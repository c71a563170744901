import { createHash } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import type { TechniqueSpec } from '../../../src/anonymization/rules/technique-spec.ts';
import type { LeafType } from '../../../src/anonymization/schema/tree.ts';
import { referenceCmac, referenceFf1, referenceKey, referenceSiv } from './reference-crypto.ts';

/** A value as tests write it: text or enum symbol, whole number, real, bytes, boolean. */
export type ReferenceValue = string | bigint | number | Uint8Array | boolean;

export interface ReferenceContext {
  readonly keys: { readonly roots: ReadonlyMap<string, Uint8Array>; readonly current: string };
  readonly path: string;
  /** `ordinal` counts the values of this path in the record from 0; null in library use. */
  readonly coordinates: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly ordinal: number;
  } | null;
  /** The subject's value in this record, for `shift-date`. */
  readonly companion: ReferenceValue | null;
}

export type ReferenceResult =
  | { readonly status: 'replaced'; readonly value: ReferenceValue }
  | { readonly status: 'kept' | 'null' | 'dropped' | 'VALUE_OUTSIDE_DOMAIN' };

type Spec<Name extends TechniqueSpec['technique']> = Extract<TechniqueSpec, { technique: Name }>;

const outside: ReferenceResult = { status: 'VALUE_OUTSIDE_DOMAIN' };
const replaced = (value: ReferenceValue | null): ReferenceResult =>
  value === null ? outside : { status: 'replaced', value };

/**
 * What a technique must do to one value, written as plainly as can be: the oracle of the engine. The spec is resolved (suppress says `as`,
 * keyed techniques have their `domain`) and fits the leaf; ints and longs are bigints, enums their symbols.
 */
export function reference(
  spec: TechniqueSpec,
  leaf: LeafType,
  value: ReferenceValue,
  context: ReferenceContext,
): ReferenceResult {
  switch (spec.technique) {
    case 'keep':
      return { status: 'kept' };
    case 'suppress':
      return spec.as === 'null' ? { status: 'null' } : replaced(emptyOf(leaf));
    case 'drop-record':
      return { status: 'dropped' };
    case 'constant':
      return replaced(constantOf(spec.value, leaf));
    case 'mask':
      return replaced(maskOf(spec, value as string));
    case 'pseudonymize':
      return pseudonymOf(spec, leaf, value, context);
    case 'encrypt':
    case 'encrypt-deterministic':
      return replaced(sealedOf(spec, leaf, value, context));
    case 'bucket':
      return replaced(numeric(leaf, value, spec.bounds ?? [spec.size!], bucketOf(spec)));
    case 'round':
      return replaced(numeric(leaf, value, [spec.to], roundOf));
    case 'truncate-date':
      return replaced(truncatedDate(spec.unit, leaf, value));
    case 'shift-date':
      return replaced(shiftedDate(spec, leaf, value, context));
    case 'truncate-ip':
      return replaced(truncatedIp(spec, value as string | Uint8Array));
  }
}

/** Name of the logical type, or the empty string. */
function logical(leaf: LeafType): string {
  return 'logical' in leaf ? leaf.logical.name : '';
}

function typeOf(leaf: LeafType): string {
  const names = {
    null: 'integer',
    boolean: 'boolean',
    int: 'integer',
    long: 'integer',
    float: 'real',
    double: 'real',
    string: 'text',
    bytes: 'bytes',
    fixed: 'bytes',
    enum: 'symbol',
  };
  return names[leaf.kind];
}

function key(
  { keys: { roots, current } }: ReferenceContext,
  fields: readonly [domain: string, technique: string, type: string, detail?: string],
  length = 32,
): Buffer {
  const [domain, technique, type, detail = ''] = fields;
  return referenceKey(roots.get(current)!, [current, domain, technique, type, detail], length);
}

function emptyOf(leaf: LeafType): ReferenceValue {
  switch (leaf.kind) {
    case 'null':
    case 'int':
    case 'long':
      return 0n;
    case 'boolean':
      return false;
    case 'float':
    case 'double':
      return 0;
    case 'enum':
      return leaf.symbols[0]!;
    case 'string':
      return logical(leaf) === 'uuid' ? '00000000-0000-0000-0000-000000000000' : '';
    case 'bytes':
      return Buffer.alloc(logical(leaf) === 'decimal' ? 1 : 0);
    case 'fixed':
      return Buffer.alloc(leaf.size);
  }
}

function constantOf(value: string | number | boolean, leaf: LeafType): ReferenceValue {
  if (leaf.kind === 'int' || leaf.kind === 'long') return BigInt(value);
  if (leaf.kind !== 'bytes' && leaf.kind !== 'fixed') return value;
  if (typeof value === 'string') return Buffer.from(value);
  const scale = scaleOf(leaf)!;
  return decimalBytes(BigInt(Math.round((value as number) * 10 ** scale)), leaf)!;
}

function maskOf(spec: Spec<'mask'>, value: string): string {
  const characters = Array.from(value);
  const hideable = characters.flatMap((c, i) => (spec.ignore.includes(c) ? [] : [i]));
  const { keepFirst, keepLast } = spec;
  const hidden = hideable.slice(keepFirst, Math.max(keepFirst, hideable.length - keepLast));
  const chosen = new Set(hidden.length * 2 >= hideable.length ? hidden : hideable);
  return characters.map((c, i) => (chosen.has(i) ? spec.character : c)).join('');
}

// --- tokens -------------------------------------------------------------------------------------------------------------------------

function canonical(value: ReferenceValue, spec?: Spec<'pseudonymize'>): Buffer {
  if (typeof value === 'string') {
    let text = value.normalize('NFC');
    if (spec?.trim === true) text = text.trim();
    if (spec?.foldCase === true) text = text.toUpperCase().toLowerCase().normalize('NFC');
    return Buffer.from(text);
  }
  const eight = Buffer.alloc(8);
  if (typeof value === 'bigint') eight.writeBigInt64BE(value);
  else if (typeof value === 'number') eight.writeDoubleBE(value === 0 ? 0 : value);
  else return Buffer.from(value as Uint8Array);
  return eight;
}

function pseudonymOf(
  spec: Spec<'pseudonymize'>,
  leaf: LeafType,
  value: ReferenceValue,
  context: ReferenceContext,
): ReferenceResult {
  const { domain = '', length } = spec;
  const byLeaf = { int: 'integer', long: 'integer', bytes: 'bytes', fixed: 'bytes' } as const;
  const usual = leaf.kind in byLeaf ? byLeaf[leaf.kind as keyof typeof byLeaf] : 'text';
  const output =
    spec.output ?? (logical(leaf) === 'uuid' && leaf.kind === 'string' ? 'uuid' : usual);
  if (output === 'integer')
    return replaced(integerPseudonym(domain, leaf, value as bigint, context));
  const empty =
    typeof value === 'string' || value instanceof Uint8Array ? value.length === 0 : false;
  if (spec.keepEmpty && empty) return replaced(value);
  if (output === 'digits') return replaced(digitsPseudonym(domain, value as string, context));
  const type = typeOf(leaf);
  const tag = referenceCmac(
    key(context, [domain, 'pseudonymize/mac', type]),
    canonical(value, spec),
  );
  const stretch = key(context, [domain, 'pseudonymize/mac', type, 'stretch']);
  let token = tag;
  const more = (size: number): Buffer => {
    for (let j = 1; token.length < size; j++) {
      const counter = Buffer.alloc(4);
      counter.writeUInt32BE(j);
      token = Buffer.concat([token, referenceCmac(stretch, Buffer.concat([tag, counter]))]);
    }
    return token.subarray(0, size);
  };
  switch (output) {
    case 'text': {
      const n = length ?? 22;
      return replaced(
        more(n === 22 ? 16 : Math.ceil(n * 0.75))
          .toString('base64url')
          .slice(0, n),
      );
    }
    case 'hex':
      return replaced(
        more(64)
          .toString('hex')
          .slice(0, length ?? 32),
      );
    case 'email': {
      const bits = Array.from(more(64), (byte) => byte.toString(2).padStart(8, '0')).join('');
      const letters = Array.from({ length: length ?? 16 }, (_, i) =>
        'abcdefghijklmnopqrstuvwxyz234567'.charAt(Number.parseInt(bits.slice(i * 5, i * 5 + 5), 2)),
      );
      return replaced(`${letters.join('')}@example.invalid`);
    }
    case 'uuid':
      return replaced(uuidText(tag));
    case 'bytes': {
      const size = leaf.kind === 'fixed' ? leaf.size : (length ?? 16);
      const bytes = Buffer.from(more(size));
      return replaced(logical(leaf) === 'uuid' ? uuidBytes(bytes) : bytes);
    }
  }
}

function uuidBytes(bytes: Buffer): Buffer {
  const uuid = Buffer.from(bytes);
  uuid[6] = (uuid[6]! % 16) + 0x80;
  uuid[8] = (uuid[8]! % 64) + 0x80;
  return uuid;
}

function uuidText(bytes: Buffer): string {
  return uuidBytes(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function integerPseudonym(
  domain: string,
  leaf: LeafType,
  value: bigint,
  context: ReferenceContext,
): bigint {
  const width = leaf.kind === 'int' ? 32 : 64;
  const magnitude = value < 0n ? -1n - value : value;
  const bits = Array.from(magnitude.toString(2).padStart(width - 1, '0'), Number);
  const k = key(context, [domain, 'pseudonymize/ff1', 'integer', String(width)]);
  const out = referenceFf1(k, 2, Buffer.of(value < 0n ? 1 : 0), bits);
  const permuted = BigInt(`0b${out.join('')}`);
  return value < 0n ? -1n - permuted : permuted;
}

function digitsPseudonym(domain: string, value: string, context: ReferenceContext): string | null {
  if (!/^[-0-9 ./()+:,_]*$/.test(value)) return null;
  const digits = Array.from(value.replace(/\D/g, ''), Number);
  if (digits.length < 6) return null;
  const k = key(context, [domain, 'pseudonymize/ff1', 'text', 'digits']);
  const out = referenceFf1(k, 10, Buffer.alloc(0), digits);
  let next = 0;
  return value.replace(/\d/g, () => String(out[next++]));
}

// --- encryption ---------------------------------------------------------------------------------------------------------------------

function recordBits(
  context: ReferenceContext,
  fields: readonly [domain: string, technique: string, type: string, detail?: string],
  ordinal: number,
): Buffer {
  const { topic, partition, offset } = context.coordinates!;
  const both = key(context, fields, 64);
  const place = Buffer.alloc(4);
  place.writeInt32BE(partition);
  const batch = referenceCmac(both.subarray(0, 32), Buffer.concat([Buffer.from(topic), place]));
  const row = Buffer.alloc(12);
  row.writeBigInt64BE(BigInt(offset));
  row.writeUInt32BE(ordinal, 8);
  return referenceCmac(both.subarray(32), Buffer.concat([batch, row]));
}

function sealedOf(
  spec: Spec<'encrypt'> | Spec<'encrypt-deterministic'>,
  leaf: LeafType,
  value: ReferenceValue,
  context: ReferenceContext,
): ReferenceValue {
  const { technique, domain = '' } = spec;
  const { path, keys } = context;
  const type = typeOf(leaf);
  const plain =
    typeof value === 'string'
      ? Buffer.from(value)
      : typeof value === 'boolean'
        ? Buffer.of(value ? 1 : 0)
        : canonical(value);
  const id = createHash('sha256').update(keys.current).digest().subarray(0, 4);
  const siv = key(context, [domain, `${technique}/siv`, type], 64);
  let sealed: Buffer;
  if (technique === 'encrypt') {
    const nonce =
      context.coordinates === null
        ? referenceCmac(key(context, [domain, 'encrypt/mac', type, path]), plain)
        : recordBits(context, [domain, 'encrypt/prf', type, path], context.coordinates.ordinal);
    const components = [domain, path, keys.current].map((text) => Buffer.from(text));
    const box = referenceSiv(siv, [...components, nonce], plain);
    sealed = Buffer.concat([Buffer.of(2), id, nonce, box]);
  } else {
    const components = [domain, keys.current].map((text) => Buffer.from(text));
    sealed = Buffer.concat([Buffer.of(1), id, referenceSiv(siv, components, plain)]);
  }
  return type === 'bytes' ? sealed : sealed.toString('base64url');
}

// --- numbers ------------------------------------------------------------------------------------------------------------------------

interface Numeric {
  /** Exact rational arithmetic on numerators over one denominator. */
  readonly exact: (value: bigint, parameters: readonly bigint[]) => bigint | null;
  readonly real: (value: number, parameters: readonly number[]) => number | null;
}

function scaleOf(leaf: LeafType): number | null {
  return 'logical' in leaf && leaf.logical.name === 'decimal' ? leaf.logical.scale : null;
}

function decimalBytes(value: bigint, leaf: LeafType): Buffer | null {
  const precision =
    'logical' in leaf && leaf.logical.name === 'decimal' ? leaf.logical.precision : 0;
  if (String(value).replace('-', '').length > precision) return null;
  let size = 1;
  while (value < -(1n << BigInt(8 * size - 1)) || value >= 1n << BigInt(8 * size - 1)) size++;
  if (leaf.kind === 'fixed') size = leaf.size;
  const out = Buffer.alloc(size);
  for (let i = size - 1, rest = value; i >= 0; i--, rest >>= 8n) out[i] = Number(rest & 255n);
  return out;
}

function numeric(
  leaf: LeafType,
  value: ReferenceValue,
  parameters: readonly number[],
  by: Numeric,
): ReferenceValue | null {
  if (typeof value === 'number') return by.real(value, parameters);
  const scale = scaleOf(leaf);
  if (scale !== null) {
    let unscaled = 0n;
    for (const byte of value as Uint8Array) unscaled = unscaled * 256n + BigInt(byte);
    unscaled = BigInt.asIntN((value as Uint8Array).length * 8, unscaled);
    const whole = parameters.map((p) => BigInt(Math.round(p * 10 ** scale)));
    const result = by.exact(unscaled, whole);
    return result === null ? null : decimalBytes(result, leaf);
  }
  const result = by.exact(value as bigint, parameters.map(BigInt));
  const bits = leaf.kind === 'int' ? 32 : 64;
  return result === null || BigInt.asIntN(bits, result) !== result ? null : result;
}

function bucketOf(spec: Spec<'bucket'>): Numeric {
  if (spec.bounds !== undefined) {
    return {
      exact: (value, bounds) => bounds.findLast((bound) => bound <= value) ?? null,
      real: (value, bounds) => bounds.findLast((bound) => bound <= value) ?? null,
    };
  }
  return {
    exact: (value, [size]) => {
      let k = value / size!;
      while (k * size! > value) k--;
      return k * size!;
    },
    // Exact only for sizes and values that doubles hold exactly: tests give it such.
    real: (value, [size]) => (Number.isFinite(value) ? Math.floor(value / size!) * size! : null),
  };
}

const roundOf: Numeric = {
  exact: (value, [to]) => {
    const magnitude = value < 0n ? -value : value;
    const nearest = ((magnitude * 2n + to!) / (to! * 2n)) * to!;
    return value < 0n ? -nearest : nearest;
  },
  real: (value, [to]) =>
    Number.isFinite(value)
      ? Math.sign(value) * Math.floor(Math.abs(value) / to! + 0.5) * to!
      : null,
};

// --- dates --------------------------------------------------------------------------------------------------------------------------

const dayMillis = 86_400_000;

function perDay(leaf: LeafType): bigint {
  const name = logical(leaf);
  if (name === 'date') return 1n;
  return (
    BigInt(dayMillis) * (name.endsWith('nanos') ? 1_000_000n : name.endsWith('micros') ? 1000n : 1n)
  );
}

function floorDiv(a: bigint, b: bigint): bigint {
  const q = a / b;
  return q * b > a ? q - 1n : q;
}

/** The start of a unit by the platform's own calendar. */
function startOf(unit: Spec<'truncate-date'>['unit'], millis: number): number {
  const date = new Date(millis);
  if (unit === 'hour') return Math.floor(millis / 3_600_000) * 3_600_000;
  date.setUTCHours(0, 0, 0, 0);
  if (unit === 'week') date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  if (unit === 'month') date.setUTCDate(1);
  if (unit === 'quarter') date.setUTCMonth(Math.floor(date.getUTCMonth() / 3) * 3, 1);
  if (unit === 'year') date.setUTCMonth(0, 1);
  return date.getTime();
}

const isoPattern =
  /^\d{4}-\d\d-\d\d(?:[Tt ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?)?$/;

/** Milliseconds of the date as written, the time of day as written, and the offset in minutes. */
function parseIso(text: string): { day: number; minutes: number; offset: number | null } | null {
  if (!isoPattern.test(text)) return null;
  const day = Date.parse(`${text.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== text.slice(0, 10))
    return null;
  const minutes = Number(text.slice(11, 13) || '0') * 60 + Number(text.slice(14, 16) || '0');
  const zone = text.length > 10 ? /(?:[Zz]|[+-]\d\d:?\d\d)$/.exec(text.slice(11))?.[0] : undefined;
  if (zone === undefined) return { day, minutes, offset: null };
  if (zone.toUpperCase() === 'Z') return { day, minutes, offset: 0 };
  const offset = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return { day, minutes, offset: zone.startsWith('-') ? -offset : offset };
}

function isoDay(millis: number): string | null {
  const text = new Date(millis).toISOString();
  return /^\d{4}-/.test(text) ? text.slice(0, 10) : null;
}

function truncatedDate(
  unit: Spec<'truncate-date'>['unit'],
  leaf: LeafType,
  value: ReferenceValue,
): ReferenceValue | null {
  if (typeof value === 'string') {
    const date = parseIso(value);
    if (date === null) return null;
    if (value.length === 10) return isoDay(startOf(unit === 'hour' ? 'day' : unit, date.day));
    const utc = date.day + (date.minutes - (date.offset ?? 0)) * 60_000;
    const start = startOf(unit, utc);
    const day = isoDay(start);
    const hour = new Date(start).toISOString().split('T')[1]!.slice(0, 2);
    return day === null ? null : `${day}T${hour}:00:00${date.offset === null ? '' : 'Z'}`;
  }
  const ticks = perDay(leaf);
  const units = ticks === 1n ? 1n : 24n;
  // Whole hours (or days) are all that matters, and few enough for the platform's calendar in tests.
  const hours = floorDiv((value as bigint) * units, ticks);
  const start = startOf(unit, (Number(hours) * dayMillis) / Number(units));
  const result = (BigInt(start / 3_600_000) * ticks) / 24n;
  return BigInt.asIntN(leaf.kind === 'int' ? 32 : 64, result) === result ? result : null;
}

function shiftedDate(
  spec: Spec<'shift-date'>,
  leaf: LeafType,
  value: ReferenceValue,
  context: ReferenceContext,
): ReferenceValue | null {
  const { domain = '', maxDays } = spec;
  const { companion, coordinates } = context;
  const keyed = (by: ReferenceValue, detail: string): Buffer => {
    const number = typeof by === 'boolean' ? BigInt(by) : by;
    const type =
      typeof number === 'bigint' ? 'integer' : typeof number === 'number' ? 'real' : 'text';
    return referenceCmac(key(context, [domain, 'shift-date/mac', type, detail]), canonical(number));
  };
  const bits =
    companion !== null
      ? keyed(companion, 'subject')
      : coordinates !== null
        ? recordBits(context, [domain, 'shift-date/prf', 'record'], 0)
        : keyed(value, 'value');
  const choice = bits.readUIntBE(0, 6) % (2 * maxDays);
  const days = choice < maxDays ? choice - maxDays : choice - maxDays + 1;
  if (typeof value === 'string') {
    const date = parseIso(value);
    const day = date === null ? null : isoDay(date.day + days * dayMillis);
    return day === null ? null : day + value.slice(10);
  }
  const result = (value as bigint) + BigInt(days) * perDay(leaf);
  return BigInt.asIntN(leaf.kind === 'int' ? 32 : 64, result) === result ? result : null;
}

// --- addresses ----------------------------------------------------------------------------------------------------------------------

function truncatedIp(spec: Spec<'truncate-ip'>, value: string | Uint8Array): ReferenceValue | null {
  const cut = (address: bigint, bits: number, kept: number): bigint => {
    const dropped = BigInt(bits - kept);
    return (address >> dropped) << dropped;
  };
  if (typeof value !== 'string') {
    if (value.length !== 4 && value.length !== 16) return null;
    const size = value.length;
    const address = BigInt(`0x${Buffer.from(value).toString('hex')}`);
    const mapped = size === 16 && address >> 32n === 0xffffn;
    const kept = size === 4 ? spec.v4 : mapped ? 96 + spec.v4 : spec.v6;
    return Buffer.from(
      cut(address, size * 8, kept)
        .toString(16)
        .padStart(size * 2, '0'),
      'hex',
    );
  }
  const dotted = (address: bigint): string =>
    [24n, 16n, 8n, 0n].map((shift) => String((address >> shift) & 255n)).join('.');
  if (isIPv4(value)) {
    const address = value.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
    return dotted(cut(address, 32, spec.v4));
  }
  if (!isIPv6(value) || value.includes('%')) return null;
  const address = expand(new URL(`http://[${value}]`).hostname.slice(1, -1));
  if (address >> 32n === 0xffffn)
    return `::ffff:${dotted(cut(address & 0xffffffffn, 32, spec.v4))}`;
  const kept = cut(address, 128, spec.v6).toString(16).padStart(32, '0');
  return new URL(`http://[${kept.replace(/(.{4})(?!$)/g, '$1:')}]`).hostname.slice(1, -1);
}

function expand(text: string): bigint {
  const [head = '', tail = ''] = text.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const zeros = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...new Array<string>(zeros).fill('0'), ...groups(tail)];
  return BigInt(`0x${all.map((group) => group.padStart(4, '0')).join('')}`);
}
