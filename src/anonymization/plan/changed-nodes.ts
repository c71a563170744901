import type { PlanStep, ProgramNode } from './plan.ts';
import { childrenOf } from './type-classes.ts';

/** Nodes whose output differs from the source, and all that lead to them. */
export function changedNodes(
  nodes: readonly ProgramNode[],
  steps: readonly PlanStep[],
): ReadonlySet<number> {
  const parents = nodes.map((): number[] => []);
  const pending: number[] = [];
  for (const [index, node] of nodes.entries()) {
    for (const child of childrenOf(node)) parents[child]?.push(index);
    if (node.op === 'leaf' && steps[node.step]?.technique.technique !== 'keep') pending.push(index);
    if (node.op === 'map' && steps[node.keyStep]?.technique.technique !== 'keep')
      pending.push(index);
    if (node.op === 'record' && node.fields.some(({ removed }) => removed)) pending.push(index);
  }
  const changed = new Set<number>();
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    if (changed.has(index)) continue;
    changed.add(index);
    pending.push(...parents[index]!);
  }
  return changed;
}
