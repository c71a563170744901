import type { SchemaNode } from '../../../src/anonymization/schema/tree.ts';

/**
 * Leaves of a schema counted by another way than the compiler's: every use of a named type counts, a record inside itself counts once.
 * Map keys are leaves, null is none.
 */
export function countLeaves(node: SchemaNode, around: ReadonlySet<string> = new Set()): number {
  switch (node.kind) {
    case 'leaf':
      return node.type.kind === 'null' ? 0 : 1;
    case 'array':
      return countLeaves(node.items, around);
    case 'map':
      return 1 + countLeaves(node.values, around);
    case 'union':
      return node.branches.reduce((sum, { type }) => sum + countLeaves(type, around), 0);
    case 'record': {
      if (around.has(node.name)) return 0;
      const inside = new Set([...around, node.name]);
      return node.fields.reduce((sum, { type }) => sum + countLeaves(type, inside), 0);
    }
  }
}
