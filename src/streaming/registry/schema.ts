import { z } from 'zod';
import { RegistryError } from './errors.ts';

/** A schema that another one refers to by `name`, with its text. */
export interface ReferencedSchema {
  readonly name: string;
  readonly text: string;
}

/** One schema as the registry holds it, references resolved: dependencies come before those who need them. */
export interface RegisteredSchema {
  readonly id: number;
  readonly type: 'AVRO' | 'JSON' | 'PROTOBUF';
  readonly text: string;
  readonly references: readonly ReferencedSchema[];
  /** `metadata.tags`: path glob → tags; `null` where the registry gives none. */
  readonly tags: Readonly<Record<string, readonly string[]>> | null;
}

/** A reference as registered: where to find the schema that `name` stands for. */
export interface SchemaReference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

/** A schema to be registered. */
export interface SchemaToRegister {
  readonly type: 'AVRO' | 'JSON' | 'PROTOBUF';
  readonly text: string;
  readonly references: readonly SchemaReference[];
}

const referenceSchema = z.object({
  name: z.string(),
  subject: z.string(),
  version: z.int(),
});

const answerSchema = z.object({
  id: z.int().optional(),
  version: z.int().optional(),
  schema: z.string(),
  schemaType: z.string().nullish(),
  references: z.array(referenceSchema).nullish(),
  metadata: z.object({ tags: z.record(z.string(), z.array(z.string())).nullish() }).nullish(),
});

/** A schema answer as it came, references not yet followed. */
export interface SchemaAnswer {
  readonly id: number | null;
  readonly version: number | null;
  readonly type: 'AVRO' | 'JSON' | 'PROTOBUF';
  readonly text: string;
  readonly references: readonly SchemaReference[];
  readonly tags: Readonly<Record<string, readonly string[]>> | null;
}

/**
 * Reads the body of a schema answer.
 *
 * @throws RegistryError REGISTRY_RESPONSE_INVALID, REGISTRY_TYPE_UNSUPPORTED, REGISTRY_SCHEMA_TOO_LARGE
 */
export function parseSchemaAnswer(operation: string, body: unknown, limit: number): SchemaAnswer {
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success)
    throw new RegistryError(
      'REGISTRY_RESPONSE_INVALID',
      `${operation} was answered with another shape than a schema`,
    );
  const { id, version, schema, schemaType, references, metadata } = parsed.data;
  if (Buffer.byteLength(schema) > limit)
    throw new RegistryError(
      'REGISTRY_SCHEMA_TOO_LARGE',
      `${operation} got a schema of more than ${limit} bytes`,
    );
  return {
    id: id ?? null,
    version: version ?? null,
    type: parseType(operation, schemaType ?? 'AVRO'),
    text: schema,
    references: references ?? [],
    tags: metadata?.tags ?? null,
  };
}

function parseType(operation: string, type: string): RegisteredSchema['type'] {
  if (type === 'AVRO' || type === 'JSON' || type === 'PROTOBUF') return type;
  throw new RegistryError(
    'REGISTRY_TYPE_UNSUPPORTED',
    `${operation} got a schema of an unknown language`,
  );
}
