import type { LeafType } from '../schema/tree.ts';
import type { PlanStep, ProgramNode } from './plan.ts';

/** What {@link neutralDefault} looks at. */
export interface OutputProgram {
  readonly nodes: readonly ProgramNode[];
  readonly steps: readonly PlanStep[];
  /** Name of a field of a record node. */
  fieldName(node: number, field: number): string;
}

/**
 * A default that says nothing: the empty value of the output type. It takes the place of an owner's default, which may be a constant worth
 * hiding, and keeps the compatibility of the field. `undefined` where the type has none (a record that needs itself).
 */
export function neutralDefault(
  program: OutputProgram,
  index: number,
  open: ReadonlySet<number> = new Set(),
): unknown {
  const node = program.nodes[index]!;
  switch (node.op) {
    case 'null':
      return null;
    case 'leaf':
      return emptyJson(program.steps[node.step]!.output);
    case 'array':
      return [];
    case 'map':
      return {};
    case 'union': {
      // Readers before Avro 1.12 take a union's default for its first branch.
      const [first] = node.branches;
      return first === undefined ? undefined : neutralDefault(program, first, open);
    }
    case 'record': {
      if (open.has(index)) return undefined;
      const inside = new Set([...open, index]);
      const fields: [string, unknown][] = [];
      for (const [position, field] of node.fields.entries()) {
        if (field.removed) continue;
        const value = neutralDefault(program, field.node, inside);
        if (value === undefined) return undefined;
        fields.push([program.fieldName(index, position), value]);
      }
      return Object.fromEntries(fields);
    }
  }
}

/** The empty value of a leaf in the JSON of defaults, where bytes are code points 0 to 255. */
function emptyJson(type: LeafType): unknown {
  switch (type.kind) {
    case 'null':
      return null;
    case 'boolean':
      return false;
    case 'int':
    case 'long':
    case 'float':
    case 'double':
      return 0;
    case 'string':
      return type.logical?.name === 'uuid' ? '00000000-0000-0000-0000-000000000000' : '';
    case 'bytes':
      // A decimal of no bytes is not a number for other readers.
      return type.logical?.name === 'decimal' ? '\u0000' : '';
    case 'fixed':
      return '\u0000'.repeat(type.size);
    case 'enum':
      return type.symbols[0];
  }
}
