import { isObject } from './json-text.ts';
import type { LeafType, SchemaNode } from './tree.ts';

/**
 * Whether a JSON value is a default that every reader accepts for a type (Avro 1.12, Records, "field default values"). For a
 * union only the first branch counts: since 1.12 a default may match any, but older readers know no other.
 */
export function isDefaultOf(node: SchemaNode, value: unknown): boolean {
  switch (node.kind) {
    case 'union': {
      const [first] = node.branches;
      return first !== undefined && isDefaultOf(first.type, value);
    }
    case 'array':
      return Array.isArray(value) && value.every((item) => isDefaultOf(node.items, item));
    case 'map':
      return isObject(value) && Object.values(value).every((one) => isDefaultOf(node.values, one));
    case 'record':
      return (
        isObject(value) &&
        node.fields.every((field) =>
          Object.hasOwn(value, field.name)
            ? isDefaultOf(field.type, value[field.name])
            : field.default !== undefined,
        )
      );
    case 'leaf':
      return isLeafDefault(node.type, value);
  }
}

function isLeafDefault(type: LeafType, value: unknown): boolean {
  switch (type.kind) {
    case 'null':
      return value === null;
    case 'boolean':
      return typeof value === 'boolean';
    case 'int':
      return Number.isInteger(value) && Math.abs(value as number) <= 2 ** 31 && value !== 2 ** 31;
    case 'long':
      return Number.isSafeInteger(value);
    case 'float':
    case 'double':
      return typeof value === 'number';
    case 'string':
      return typeof value === 'string';
    case 'bytes':
      return typeof value === 'string' && isBytes(value);
    case 'fixed':
      return typeof value === 'string' && isBytes(value) && value.length === type.size;
    case 'enum':
      return typeof value === 'string' && type.symbols.includes(value);
  }
}

/** Code points 0 to 255 stand for bytes. */
function isBytes(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 255) return false;
  return true;
}
