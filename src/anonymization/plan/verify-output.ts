import { parseAvroSchema } from '../schema/avro.ts';
import { SchemaError } from '../schema/schema-error.ts';
import type { LeafType, SchemaNode } from '../schema/tree.ts';
import type { PlanProblem } from './plan-refused.ts';
import type { PlanStep, ProgramNode } from './plan.ts';

/** What is compared with the output schema. */
interface Written {
  readonly root: number;
  readonly nodes: readonly ProgramNode[];
  readonly steps: readonly PlanStep[];
}

/**
 * Reads the output schema back, and walks it beside the program: both must describe the same bytes. Catches what a union can't hold (two
 * branches that became one type) and whatever else a schema text could not say.
 */
export function verifyOutputSchema(
  text: string,
  written: Written,
  report: (problem: PlanProblem) => void,
): void {
  let root: SchemaNode;
  try {
    root = parseAvroSchema(text, [], { textLength: Infinity, depth: 1000 }).root;
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    for (const { path, message } of error.problems)
      report({ code: 'OUTPUT_SCHEMA_UNREPRESENTABLE', path, message });
    return;
  }
  const seen = new Map<SchemaNode, Set<number>>();
  const pending: (readonly [SchemaNode, number])[] = [[root, written.root]];
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [node, index] = pair;
    const known = seen.get(node) ?? new Set();
    seen.set(node, known);
    if (known.has(index)) continue;
    known.add(index);
    const below = compare(node, index, written);
    if (below === undefined) {
      report({
        code: 'OUTPUT_SCHEMA_UNREPRESENTABLE',
        path: '',
        message:
          'rename types that share a name with others: the output schema would not describe what is written',
      });
      return;
    }
    pending.push(...below);
  }
}

/** The pairs below, or `undefined` where the two differ. */
function compare(
  schema: SchemaNode,
  index: number,
  { nodes, steps }: Written,
): readonly (readonly [SchemaNode, number])[] | undefined {
  const node = nodes[index]!;
  switch (node.op) {
    case 'null':
      return schema.kind === 'leaf' && schema.type.kind === 'null' ? [] : undefined;
    case 'leaf':
      return schema.kind === 'leaf' && sameWire(schema.type, steps[node.step]!.output)
        ? []
        : undefined;
    case 'array':
      return schema.kind === 'array' ? [[schema.items, node.items]] : undefined;
    case 'map':
      return schema.kind === 'map' ? [[schema.values, node.values]] : undefined;
    case 'union':
      return schema.kind === 'union' && schema.branches.length === node.branches.length
        ? schema.branches.map(({ type }, branch) => [type, node.branches[branch]!] as const)
        : undefined;
    case 'record': {
      const fields = node.fields.filter(({ removed }) => !removed);
      return schema.kind === 'record' && schema.fields.length === fields.length
        ? schema.fields.map(({ type }, field) => [type, fields[field]!.node] as const)
        : undefined;
    }
  }
}

function sameWire(one: LeafType, other: LeafType): boolean {
  if (one.kind !== other.kind) return false;
  if (one.kind === 'fixed' && other.kind === 'fixed') return one.size === other.size;
  if (one.kind === 'enum' && other.kind === 'enum')
    return one.symbols.join(' ') === other.symbols.join(' ');
  return true;
}
