import type { LeafType, SchemaNode } from '../../schema/tree.ts';

/**
 * Whether two schemas describe the same bytes with the same names: all but annotations, documentation, defaults and logical types
 * is equal. A file may then be read with either.
 */
export function sameWire(one: SchemaNode, other: SchemaNode): boolean {
  return compare(one, other, new Map());
}

/** Pairs that are equal unless something else differs: how cyclic schemas end. */
type Assumed = Map<SchemaNode, Set<SchemaNode>>;

function compare(one: SchemaNode, other: SchemaNode, assumed: Assumed): boolean {
  const partners = assumed.get(one) ?? new Set();
  if (partners.has(other)) return true;
  assumed.set(one, partners.add(other));
  switch (one.kind) {
    case 'record':
      return (
        other.kind === 'record' &&
        one.name === other.name &&
        one.fields.length === other.fields.length &&
        one.fields.every((field, index) => {
          const partner = other.fields[index]!;
          return field.name === partner.name && compare(field.type, partner.type, assumed);
        })
      );
    case 'array':
      return other.kind === 'array' && compare(one.items, other.items, assumed);
    case 'map':
      return other.kind === 'map' && compare(one.values, other.values, assumed);
    case 'union':
      return (
        other.kind === 'union' &&
        one.branches.length === other.branches.length &&
        one.branches.every((branch, index) =>
          compare(branch.type, other.branches[index]!.type, assumed),
        )
      );
    case 'leaf':
      return other.kind === 'leaf' && sameLeaf(one.type, other.type);
  }
}

function sameLeaf(one: LeafType, other: LeafType): boolean {
  if (one.kind === 'fixed') {
    return other.kind === 'fixed' && one.name === other.name && one.size === other.size;
  }
  if (one.kind === 'enum') {
    return (
      other.kind === 'enum' &&
      one.name === other.name &&
      one.symbols.length === other.symbols.length &&
      one.symbols.every((symbol, index) => symbol === other.symbols[index])
    );
  }
  return one.kind === other.kind;
}
