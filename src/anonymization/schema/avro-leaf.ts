import { logicalTypeOf } from './avro-logical.ts';
import { isSimpleName, type PrimitiveName } from './avro-names.ts';
import type { SchemaErrorCode } from './schema-error.ts';
import type { Attributes, LeafType, SchemaNode } from './tree.ts';

type Report = (code: SchemaErrorCode, message: string) => void;

/** The type of a primitive with its logical type, where that is valid. */
export function readPrimitive(kind: PrimitiveName, attributes: Attributes): LeafType {
  switch (kind) {
    case 'null':
    case 'boolean':
    case 'float':
    case 'double':
      return { kind };
    case 'int':
    case 'long':
    case 'string':
    case 'bytes': {
      const logical = logicalTypeOf(attributes, kind, 0);
      return { kind, ...(logical && { logical }) };
    }
  }
}

/** How a union calls a branch: the full name of a named type, else the type's kind. */
export function branchName(type: SchemaNode): string {
  if (type.kind === 'record') return type.name;
  if (type.kind !== 'leaf') return type.kind;
  return type.type.kind === 'fixed' || type.type.kind === 'enum' ? type.type.name : type.type.kind;
}

/** Avro 1.12, Enums: symbols are unique names, a default is one of them. */
export function readEnum(name: string, attributes: Attributes, report: Report): LeafType {
  const declared: unknown = attributes['symbols'];
  const fallback = attributes['default'];
  const symbols = Array.isArray(declared)
    ? declared.filter((one): one is string => typeof one === 'string' && isSimpleName(one))
    : [];
  const refuse = (message: string): void => report('SCHEMA_ENUM_INVALID', message);
  if (!Array.isArray(declared) || declared.length === 0 || symbols.length < declared.length)
    refuse(`give the enum "${name}" symbols, each a name of letters, digits and underscores`);
  else if (new Set(symbols).size < symbols.length)
    refuse(`remove the symbols of the enum "${name}" that occur twice`);
  else if (fallback !== undefined && !symbols.includes(fallback as string))
    refuse(`make the default of the enum "${name}" one of its symbols`);
  return { kind: 'enum', name, symbols };
}

/** Avro 1.12, Fixed: the size is a number of bytes. */
export function readFixed(name: string, attributes: Attributes, report: Report): LeafType {
  const size = attributes['size'];
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size >= 2 ** 31) {
    report('SCHEMA_FIXED_INVALID', `give the fixed "${name}" a size in whole bytes`);
    return { kind: 'fixed', name, size: 0 };
  }
  const logical = logicalTypeOf(attributes, 'fixed', size);
  return { kind: 'fixed', name, size, ...(logical && { logical }) };
}
