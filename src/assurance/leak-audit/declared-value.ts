import type { LeafType } from '../../anonymization/schema/tree.ts';
import { textOf, Unreadable } from './avro/cursor.ts';
import type { LeafValue } from './leaf.ts';

/** A key or header without a schema, in the form of Kafka's own serializers. @throws Unreadable */
export function declaredValue(type: LeafType, bytes: Buffer): LeafValue {
  switch (type.kind) {
    case 'string':
      return textOf(bytes);
    case 'int':
      return sized(bytes, 4).readInt32BE();
    case 'long':
      return sized(bytes, 8).readBigInt64BE();
    case 'bytes':
    case 'fixed':
      return bytes;
    case 'null':
    case 'boolean':
    case 'float':
    case 'double':
    case 'enum':
      throw new Unreadable('no plan declares this');
  }
}

function sized(bytes: Buffer, size: number): Buffer {
  if (bytes.length !== size) throw new Unreadable('a number has another size');
  return bytes;
}
