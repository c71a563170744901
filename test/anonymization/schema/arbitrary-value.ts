/**
 * Random values for a schema in the form of avsc with `wrapUnions: true`: a union is null or `{branch: value}`, bytes and fixed are buffers, maps
 * are plain objects, long is a safe integer, logical types are what their base type says.
 */
import fc from 'fast-check';
import type { LeafType, SchemaNode } from '../../../src/anonymization/schema/tree.ts';

/** Values of a schema node; `depth` is how many levels may still branch out before recursion is cut. */
export function arbitraryValue(node: SchemaNode, depth = 6): fc.Arbitrary<unknown> {
  switch (node.kind) {
    case 'record':
      return fc
        .tuple(...node.fields.map((field) => arbitraryValue(field.type, depth - 1)))
        .map((values) =>
          Object.fromEntries(node.fields.map(({ name }, index) => [name, values[index]])),
        );
    case 'array':
      return depth <= 0
        ? fc.constant([])
        : fc.array(arbitraryValue(node.items, depth - 1), { maxLength: 4 });
    case 'map':
      return depth <= 0
        ? fc.constant({})
        : fc
            .array(fc.tuple(text, arbitraryValue(node.values, depth - 1)), { maxLength: 3 })
            .map((entries) => Object.fromEntries(entries.filter(([key]) => key !== '__proto__')));
    case 'union': {
      const empty = node.branches.find(({ name }) => name === 'null');
      const usable = depth <= 0 && empty !== undefined ? [empty] : node.branches;
      return fc.oneof(
        ...usable.map(({ name, type }) =>
          name === 'null'
            ? fc.constant(null)
            : arbitraryValue(type, depth - 1).map((value) => ({ [name]: value })),
        ),
      );
    }
    case 'leaf':
      return arbitraryLeaf(node.type);
  }
}

const text = fc.string({ unit: 'grapheme', maxLength: 12 });

function arbitraryLeaf(type: LeafType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'int':
      return fc.integer();
    case 'long':
      // The widest range that avsc takes as numbers.
      return fc.integer({ min: -(2 ** 53) + 2, max: 2 ** 53 - 2 });
    case 'float':
      return fc.float({ noNaN: true });
    case 'double':
      return fc.double({ noNaN: true });
    case 'string':
      return type.logical?.name === 'uuid' ? fc.uuid() : text;
    case 'bytes':
      return buffer(0, 20);
    case 'fixed':
      return buffer(type.size, type.size);
    case 'enum':
      return fc.constantFrom(...type.symbols);
  }
}

function buffer(minLength: number, maxLength: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ minLength, maxLength }).map((bytes) => Buffer.from(bytes));
}
