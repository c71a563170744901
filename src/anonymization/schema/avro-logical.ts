import type { Attributes, LogicalType } from './tree.ts';

type Base = 'int' | 'long' | 'string' | 'bytes' | 'fixed';

/** Which base types a logical type without parameters may annotate (Avro 1.12, Logical Types). */
const bases: ReadonlyMap<string, readonly Base[]> = new Map<string, readonly Base[]>([
  ['uuid', ['string', 'fixed']],
  ['date', ['int']],
  ['time-millis', ['int']],
  ['time-micros', ['long']],
  ['timestamp-millis', ['long']],
  ['timestamp-micros', ['long']],
  ['timestamp-nanos', ['long']],
  ['local-timestamp-millis', ['long']],
  ['local-timestamp-micros', ['long']],
  ['local-timestamp-nanos', ['long']],
  ['duration', ['fixed']],
]);

/** Sizes that a fixed of that logical type must have. */
const fixedSizes: ReadonlyMap<string, number> = new Map([
  ['uuid', 16],
  ['duration', 12],
]);

/**
 * The logical type that an annotation gives a base type, or `undefined`: "Language implementations must ignore unknown logical types when
 * reading, and should use the underlying Avro type. If a logical type is invalid … then implementations should ignore the logical type".
 */
export function logicalTypeOf(
  attributes: Attributes,
  base: Base,
  size: number,
): LogicalType | undefined {
  const name = attributes['logicalType'];
  if (typeof name !== 'string') return undefined;
  if (name === 'decimal') return decimalOf(attributes, base, size);
  if (bases.get(name)?.includes(base) !== true) return undefined;
  if (base === 'fixed' && fixedSizes.get(name) !== size) return undefined;
  return { name: name as Exclude<LogicalType['name'], 'decimal'> };
}

function decimalOf(attributes: Attributes, base: Base, size: number): LogicalType | undefined {
  const precision = attributes['precision'];
  const scale = attributes['scale'] ?? 0;
  if (base !== 'bytes' && base !== 'fixed') return undefined;
  if (!isCount(precision) || precision === 0 || !isCount(scale) || scale > precision)
    return undefined;
  // floor(log10(2^(8n - 1) - 1)) digits fit a fixed of n bytes.
  if (base === 'fixed' && precision > Math.floor(Math.log10(2) * (8 * size - 1))) return undefined;
  return { name: 'decimal', precision, scale };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
