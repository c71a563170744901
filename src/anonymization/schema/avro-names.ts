/** Avro 1.12, Names: rules of names and namespaces. */

export const primitiveNames = [
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
] as const;

export type PrimitiveName = (typeof primitiveNames)[number];

export function isPrimitive(name: string): name is PrimitiveName {
  return (primitiveNames as readonly string[]).includes(name);
}

/** A simple name: `[A-Za-z_]`, then only `[A-Za-z0-9_]`. */
export function isSimpleName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}

/** A dot-separated sequence of simple names. */
export function isFullName(text: string): boolean {
  return text.split('.').every(isSimpleName);
}

/** The namespace of a full name: all before the last dot, else empty. */
export function namespaceOf(fullName: string): string {
  return fullName.slice(0, Math.max(0, fullName.lastIndexOf('.')));
}

/** The last segment of a full name. */
export function simpleNameOf(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf('.') + 1);
}

/** A name with a dot is a full name; any other is in `namespace`, where an empty namespace is none. */
export function qualify(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
}
