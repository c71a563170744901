/**
 * Avro schema text to schema tree, by our own parser: libraries drop the custom attributes that annotations live in.
 * Source: Avro 1.12 specification, "Schema Declaration".
 */
import type { SchemaNode } from './tree.ts';
import { AvroTypes } from './avro-types.ts';
import { defaultSchemaLimits, parseJsonText, type SchemaLimits } from './json-text.ts';
import { isFullName, qualify } from './avro-names.ts';
import { SchemaError } from './schema-error.ts';

/** A schema that another one refers to, under the name that the registry knows it by. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

export interface AvroSchema {
  readonly root: SchemaNode;
  /** Every named type by its full name, those of references too. */
  readonly names: ReadonlyMap<string, SchemaNode>;
  /** The parsed JSON, root first, then the references in the order given: what a source digest is made of. */
  readonly documents: readonly unknown[];
}

/**
 * Parses a schema and the schemas that it refers to.
 *
 * @throws SchemaError with every problem found and its path; never a stack overflow, whatever the text.
 */
export function parseAvroSchema(
  text: string,
  references: readonly NamedText[] = [],
  limits: SchemaLimits = defaultSchemaLimits,
): AvroSchema {
  const length = references.reduce((sum, one) => sum + one.text.length, text.length);
  if (length > limits.textLength)
    throw new SchemaError([
      {
        code: 'SCHEMA_TOO_LARGE',
        path: '',
        message: `shorten the schema or its references: together they have more than ${limits.textLength} characters`,
      },
    ]);
  const document = parseJsonText(text, '', limits);
  const parsed = references.map((one) => ({
    name: one.name,
    document: parseJsonText(one.text, one.name, limits),
  }));
  const types = new AvroTypes(parsed.map(declare), limits);
  const root = types.parseRoot(document);
  return {
    root,
    names: types.names,
    documents: [document, ...parsed.map((one) => one.document)],
  };
}

/** The names that a document declares anywhere, found without judging it. */
function declare(reference: { readonly name: string; readonly document: unknown }): {
  readonly name: string;
  readonly document: unknown;
  readonly declares: ReadonlySet<string>;
} {
  const declares = new Set<string>();
  const pending: { readonly value: unknown; readonly namespace: string }[] = [
    { value: reference.document, namespace: '' },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value } = next;
    let { namespace } = next;
    if (typeof value !== 'object' || value === null) continue;
    const named = value as Readonly<Record<string, unknown>>;
    const { name, type } = named as { readonly name?: unknown; readonly type?: unknown };
    if (
      typeof name === 'string' &&
      ['record', 'error', 'enum', 'fixed'].includes(type as string) &&
      isFullName(name)
    ) {
      if (typeof named['namespace'] === 'string') namespace = named['namespace'];
      const full = qualify(name, namespace);
      declares.add(full);
      namespace = full.slice(0, Math.max(0, full.lastIndexOf('.')));
    }
    for (const child of Object.values(named)) pending.push({ value: child, namespace });
  }
  return { ...reference, declares };
}
