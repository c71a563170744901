/**
 * One tree for every schema language. A node is plain and immutable; a named type that is used twice is one node with two
 * parents, so a recursive schema is a cyclic graph.
 */
export type SchemaNode = RecordNode | ArrayNode | MapNode | UnionNode | LeafNode;

/** Where annotations are found: the raw attributes of the JSON object that declares a thing (field, named type, array …). */
export type Attributes = Readonly<Record<string, unknown>>;

/** What every node has. */
interface Place {
  readonly attributes: Attributes;
  /**
   * Attributes of objects that only wrap or refer to this type, outermost first, as `{"type": "acme.Address", "lethe": …}`.
   * Their annotations count as if they stood on the type itself, at this use only.
   */
  readonly wrappers?: readonly Attributes[];
}

export interface RecordNode extends Place {
  readonly kind: 'record';
  /** Fully qualified name, as `acme.user.Customer`. */
  readonly name: string;
  /** Filled by the parser after the node was made, because a record may contain itself. */
  readonly fields: readonly FieldNode[];
}

export interface FieldNode {
  readonly name: string;
  readonly attributes: Attributes;
  readonly type: SchemaNode;
  /** The default as the schema text gives it; `undefined` when there is none. */
  readonly default: unknown;
}

export interface ArrayNode extends Place {
  readonly kind: 'array';
  readonly items: SchemaNode;
}

export interface MapNode extends Place {
  readonly kind: 'map';
  readonly values: SchemaNode;
}

export interface UnionNode extends Place {
  readonly kind: 'union';
  /** In wire order; `name` is the Avro branch name (`null`, `string`, `acme.Refund` …). */
  readonly branches: readonly { readonly name: string; readonly type: SchemaNode }[];
}

export interface LeafNode extends Place {
  readonly kind: 'leaf';
  readonly type: LeafType;
}

export type LogicalType =
  | { readonly name: 'decimal'; readonly precision: number; readonly scale: number }
  | {
      readonly name:
        | 'uuid'
        | 'date'
        | 'time-millis'
        | 'time-micros'
        | 'timestamp-millis'
        | 'timestamp-micros'
        | 'timestamp-nanos'
        | 'local-timestamp-millis'
        | 'local-timestamp-micros'
        | 'local-timestamp-nanos'
        | 'duration';
    };

/** What one leaf holds. `logical` is set only where the schema's annotation is valid for the base type (Avro 1.12, Logical Types). */
export type LeafType =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'int' | 'long'; readonly logical?: LogicalType }
  | { readonly kind: 'float' | 'double' }
  | { readonly kind: 'string'; readonly logical?: LogicalType }
  | { readonly kind: 'bytes'; readonly logical?: LogicalType }
  | {
      readonly kind: 'fixed';
      readonly name: string;
      readonly size: number;
      readonly logical?: LogicalType;
    }
  | { readonly kind: 'enum'; readonly name: string; readonly symbols: readonly string[] };

/** How a column of such leaves is stored: byte spans, 64-bit integers, or doubles. */
export type Shape = 'span' | 'integer' | 'real';

/** The column shape of a leaf type; an enum is its index, a boolean is 0 or 1. */
export function shapeOf(type: LeafType): Shape {
  switch (type.kind) {
    case 'null':
    case 'boolean':
    case 'int':
    case 'long':
    case 'enum':
      return 'integer';
    case 'float':
    case 'double':
      return 'real';
    case 'string':
    case 'bytes':
    case 'fixed':
      return 'span';
  }
}
