import type { LeafType, LogicalType } from '../../../src/anonymization/schema/tree.ts';

/** Leaf types by the names that tests use. */
export const text: LeafType = { kind: 'string' };
export const uuid: LeafType = { kind: 'string', logical: { name: 'uuid' } };
export const bytes: LeafType = { kind: 'bytes' };
export const boolean: LeafType = { kind: 'boolean' };
export const int: LeafType = { kind: 'int' };
export const long: LeafType = { kind: 'long' };
export const float: LeafType = { kind: 'float' };
export const double: LeafType = { kind: 'double' };
export const nothing: LeafType = { kind: 'null' };
export const color: LeafType = { kind: 'enum', name: 'Color', symbols: ['RED', 'GREEN', 'BLUE'] };
export const date: LeafType = { kind: 'int', logical: { name: 'date' } };

export const fixed = (size: number, logical?: LogicalType): LeafType =>
  logical === undefined
    ? { kind: 'fixed', name: 'F', size }
    : { kind: 'fixed', name: 'F', size, logical };
export const longAs = (name: Exclude<LogicalType['name'], 'decimal'>): LeafType => ({
  kind: 'long',
  logical: { name },
});
export const decimal = (precision: number, scale: number): LeafType => ({
  kind: 'bytes',
  logical: { name: 'decimal', precision, scale },
});

export const everyLeaf: readonly LeafType[] = [
  nothing,
  boolean,
  int,
  long,
  float,
  double,
  text,
  uuid,
  bytes,
  fixed(4),
  fixed(16),
  fixed(16, { name: 'uuid' }),
  fixed(12, { name: 'duration' }),
  fixed(8, { name: 'decimal', precision: 10, scale: 2 }),
  color,
  date,
  { kind: 'int', logical: { name: 'time-millis' } },
  longAs('timestamp-millis'),
  longAs('timestamp-nanos'),
  decimal(10, 2),
];
