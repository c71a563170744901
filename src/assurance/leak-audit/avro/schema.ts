/** Avro schemas as far as bytes depend on them; annotations and logical types are left to whoever judges a leaf. */

const primitives = [
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
] as const;

export type Primitive = (typeof primitives)[number];

export type AvroType =
  | { [Kind in Primitive]: { readonly kind: Kind } }[Primitive]
  | { readonly kind: 'fixed'; readonly name: string; readonly size: number }
  | { readonly kind: 'enum'; readonly name: string; readonly symbols: readonly string[] }
  | { readonly kind: 'array'; readonly items: AvroType }
  | { readonly kind: 'map'; readonly values: AvroType }
  | { readonly kind: 'union'; readonly branches: readonly AvroType[] }
  /** `fields` is filled after the record is known by name, since it may contain itself. */
  | { readonly kind: 'record'; readonly name: string; readonly fields: readonly AvroField[] };

export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
}

/** A schema text that bytes can't be read by. */
export class SchemaUnclear extends Error {}

/**
 * Reads a schema, and first those that it refers to, dependencies before those who need them.
 *
 * @throws SchemaUnclear
 */
export function readAvroSchema(text: string, references: readonly string[]): AvroType {
  const names = new Map<string, AvroType>();
  for (const one of references) typeOf(parse(one), '', names);
  return typeOf(parse(text), '', names);
}

type Names = Map<string, AvroType>;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SchemaUnclear('not JSON', { cause });
  }
}

function typeOf(schema: unknown, namespace: string, names: Names): AvroType {
  if (typeof schema === 'string') return named(schema, namespace, names);
  if (Array.isArray(schema))
    return { kind: 'union', branches: schema.map((one) => typeOf(one, namespace, names)) };
  if (typeof schema !== 'object' || schema === null) throw new SchemaUnclear('no type');
  const object = schema as Readonly<Record<string, unknown>>;
  const { type } = object;
  switch (type) {
    case 'array':
      return { kind: 'array', items: typeOf(object['items'], namespace, names) };
    case 'map':
      return { kind: 'map', values: typeOf(object['values'], namespace, names) };
    case 'fixed':
    case 'enum':
    case 'record':
    case 'error':
      return definition(type, object, namespace, names);
    default:
      return typeOf(type, namespace, names);
  }
}

function named(name: string, namespace: string, names: Names): AvroType {
  const primitive = primitives.find((one) => one === name);
  if (primitive !== undefined) return { kind: primitive };
  const found = names.get(qualified(name, namespace)) ?? names.get(name);
  if (found === undefined) throw new SchemaUnclear('a type is not defined');
  return found;
}

function definition(
  kind: 'fixed' | 'enum' | 'record' | 'error',
  object: Readonly<Record<string, unknown>>,
  around: string,
  names: Names,
): AvroType {
  const own = object['namespace'];
  const name = qualified(textAt(object, 'name'), typeof own === 'string' ? own : around);
  const define = <Type extends AvroType>(type: Type): Type => {
    names.set(name, type);
    return type;
  };
  switch (kind) {
    case 'fixed': {
      const { size } = object;
      if (typeof size !== 'number' || !Number.isInteger(size) || size < 0)
        throw new SchemaUnclear('a fixed has no size');
      return define({ kind, name, size });
    }
    case 'enum':
      return define({ kind, name, symbols: listAt(object, 'symbols').map(String) });
    case 'record':
    case 'error': {
      const fields: AvroField[] = [];
      const record = define({ kind: 'record', name, fields } as const);
      const inside = name.slice(0, Math.max(0, name.lastIndexOf('.')));
      for (const field of listAt(object, 'fields')) {
        if (typeof field !== 'object' || field === null) throw new SchemaUnclear('no field');
        const one = field as Readonly<Record<string, unknown>>;
        fields.push({ name: textAt(one, 'name'), type: typeOf(one['type'], inside, names) });
      }
      return record;
    }
  }
}

function qualified(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
}

function textAt(object: Readonly<Record<string, unknown>>, key: string): string {
  const value = object[key];
  if (typeof value !== 'string') throw new SchemaUnclear(`${key} is no text`);
  return value;
}

function listAt(object: Readonly<Record<string, unknown>>, key: string): readonly unknown[] {
  const value = object[key];
  if (!Array.isArray(value)) throw new SchemaUnclear(`${key} is no list`);
  return value;
}
