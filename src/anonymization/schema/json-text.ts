import { SchemaError } from './schema-error.ts';

/** Bounds on what a schema may ask of the compiler. */
export interface SchemaLimits {
  /** UTF-16 units of all schema texts together. */
  readonly textLength: number;
  /** How deep types may be nested in one another. */
  readonly depth: number;
}

export const defaultSchemaLimits: SchemaLimits = { textLength: 4 * 1024 * 1024, depth: 200 };

/** A field adds up to four brackets a level (`{fields:[{type:{`), the rest is room for custom attributes. */
const bracketsPerLevel = 5;

/**
 * Parses JSON whose nesting is bounded *before* anything recursive looks at it. The caller bounds the size.
 *
 * @throws SchemaError `SCHEMA_TOO_DEEP` or `SCHEMA_NOT_JSON`.
 */
export function parseJsonText(text: string, where: string, limits: SchemaLimits): unknown {
  if (bracketDepth(text) > limits.depth * bracketsPerLevel) throw tooDeep(where, limits);
  try {
    return JSON.parse(text);
  } catch {
    // The engine's own message quotes the text, so it is not kept as a cause.
    throw new SchemaError([
      {
        code: 'SCHEMA_NOT_JSON',
        path: where,
        message: 'write the schema as JSON: it does not parse',
      },
    ]);
  }
}

export function tooDeep(path: string, limits: SchemaLimits): SchemaError {
  return new SchemaError([
    {
      code: 'SCHEMA_TOO_DEEP',
      path,
      message: `flatten the schema: types are nested deeper than ${limits.depth}`,
    },
  ]);
}

/** The deepest nesting of brackets outside strings. */
function bracketDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    if (inString) {
      if (character === 0x5c) index++;
      else if (character === 0x22) inString = false;
    } else if (character === 0x22) inString = true;
    else if (character === 0x5b || character === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (character === 0x5d || character === 0x7d) depth--;
  }
  return deepest;
}

/** A JSON object, not an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
