/** A JSON number that may be more than a double holds: integers beyond 2^53 are BigInt. */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** `JSON.parse` with the source text of each primitive (ECMAScript 2026, `JSON.parse` source text access), not yet in the typings. */
type ParseWithSource = (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;

const parseWithSource = JSON.parse as ParseWithSource;

/**
 * Parses JSON without rounding integers.
 *
 * @throws SyntaxError when it is not JSON, RangeError when it is nested deeper than the stack
 */
export function parseJson(text: string): JsonValue {
  return parseWithSource(text, (_key, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined
      ? exact(value, source)
      : value,
  ) as JsonValue;
}

function exact(value: number, source: string): number | bigint {
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}
