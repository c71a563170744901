import type { LeafType } from '../schema/tree.ts';

/**
 * The kind of value that a key is derived for. int and long share one, float and double share one, bytes and fixed share one, so that equal
 * values join across widths; 42 and "42" never do.
 */
export type ValueType = 'text' | 'bytes' | 'integer' | 'real' | 'boolean' | 'symbol';

/** The value type of a leaf; a null leaf has no values and counts as an integer column. */
export function valueTypeOf(leaf: LeafType): ValueType {
  switch (leaf.kind) {
    case 'string':
      return 'text';
    case 'bytes':
    case 'fixed':
      return 'bytes';
    case 'null':
    case 'int':
    case 'long':
      return 'integer';
    case 'float':
    case 'double':
      return 'real';
    case 'boolean':
      return 'boolean';
    case 'enum':
      return 'symbol';
  }
}
