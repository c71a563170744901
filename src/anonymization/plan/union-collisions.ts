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
    const seen = new Set<string>();
    for (const branch of node.branches) {
      const inner = nodes[branch]!;
      if (inner.op !== 'leaf') continue;
      const { output, path } = steps[inner.step]!;
      const name = output.kind === 'enum' || output.kind === 'fixed' ? output.name : output.kind;
      if (seen.has(name))
        report({
          code: 'UNION_TYPES_COLLIDE',
          path,
          message: `choose a technique that keeps the type: the union would hold "${name}" twice`,
        });
      seen.add(name);
    }
  }
}
