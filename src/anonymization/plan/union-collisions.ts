import type { LeafType } from '../schema/tree.ts';
import type { PlanStep, ProgramNode } from './plan.ts';
import type { PlanProblem } from './plan-refused.ts';

/** Refuses unions in which two branches became one type, as `["int", "string"]` when the number is rewritten to text. */
export function refuseCollisions(
  nodes: readonly ProgramNode[],
  steps: readonly PlanStep[],
  report: (problem: PlanProblem) => void,
): void {
  for (const node of nodes) {
    if (node.op !== 'union') continue;
    const leaves = node.branches.flatMap((branch) => {
      const inner = nodes[branch]!;
      return inner.op === 'leaf' ? [steps[inner.step]!] : [];
    });
    for (const [name, group] of Map.groupBy(leaves, ({ output }) => branchNameOf(output))) {
      if (group.length === 1) continue;
      for (const { input, path } of group)
        if (branchNameOf(input) !== name)
          report({
            code: 'UNION_TYPES_COLLIDE',
            path,
            message: `choose a technique that keeps the type: the union would hold "${name}" twice`,
          });
    }
  }
}

function branchNameOf(type: LeafType): string {
  return type.kind === 'enum' || type.kind === 'fixed' ? type.name : type.kind;
}
