import { canonicalJson } from '../../foundation/canonical-json.ts';
import type { ProgramNode } from './plan.ts';

/** The program nodes that a node leads to, in order. */
export function childrenOf(node: ProgramNode): readonly number[] {
  switch (node.op) {
    case 'null':
    case 'leaf':
      return [];
    case 'record':
      return node.fields.filter(({ removed }) => !removed).map((field) => field.node);
    case 'array':
      return [node.items];
    case 'map':
      return [node.values];
    case 'union':
      return node.branches;
  }
}

/**
 * Groups program nodes whose output types are equal all the way down, recursion included: the coarsest partition that agrees
 * with `signature` and with the classes of the children (Moore's refinement). Returns the class of each node.
 */
export function classesOf(
  nodes: readonly ProgramNode[],
  signature: (index: number) => unknown,
): readonly number[] {
  let classes = number(nodes.map((_, index) => canonicalJson(signature(index))));
  for (;;) {
    const refined = number(
      nodes.map((node, index) =>
        [classes.of[index], ...childrenOf(node).map((child) => classes.of[child])].join(' '),
      ),
    );
    if (refined.count === classes.count) return refined.of;
    classes = refined;
  }
}

function number(keys: readonly string[]): {
  readonly of: readonly number[];
  readonly count: number;
} {
  const numbers = new Map<string, number>();
  const of = keys.map((key) => {
    const known = numbers.get(key) ?? numbers.size;
    numbers.set(key, known);
    return known;
  });
  return { of, count: numbers.size };
}
