/**
 * The warden's judgement: from what is observed and remembered to what is to be done. Pure.
 *
 * Without fresh and whole inputs nothing is widened, narrowed or pruned: what was enforced last is kept, and repaired.
 */
import { frozen, type Condition } from './conditions.ts';
import { changes, repairs } from './stages.ts';
import { follow } from './follow.ts';
import { undeclaredFor } from './self.ts';
import { remember } from './enforcement.ts';
import type { Decision, Memory, Observation } from './decision.ts';

/** Decides. `now` is in milliseconds of a clock that never goes back. */
export function decide(observed: Observation, memory: Memory, now: number): Decision {
  const held = inputConditions(observed, now);
  const followed = frozen(held)
    ? { memory: forgetMissing(memory), map: memory.good?.map ?? null, findings: [], held }
    : follow(observed, memory, now);
  const conditions = followed.held;
  const fresh = !frozen(conditions);
  const { policies: live, identity } = observed;
  // Nobody can tell what stands: whatever is written now could be wrong.
  if (live === null)
    return {
      memory: followed.memory,
      conditions,
      stages: [],
      map: followed.map,
      findings: followed.findings,
    };
  const next = remember(followed.memory, live, { identity, fresh });
  const stages =
    fresh && next.good !== null
      ? changes({ wanted: next.good.policies, live, memory: next, identity, now })
      : repairs({ live, memory: next, now });
  return { memory: next, conditions, stages, map: followed.map, findings: followed.findings };
}

/** What is missing, old or broken before anything is looked at. */
function inputConditions(
  {
    settings,
    configProblem,
    placement,
    placementProblem,
    policies,
    forbidden,
    unreadable,
    declared,
    self,
  }: Observation,
  now: number,
): ReadonlyMap<Condition, readonly string[]> {
  const held = new Map<Condition, readonly string[]>();
  if (configProblem !== null) held.set('CONFIG_INVALID', [configProblem]);
  if (placementProblem !== null) held.set('KAFKA_UNREACHABLE', [placementProblem]);
  if (placement === null || now - placement.at > settings.staleAfter)
    held.set('PLACEMENT_STALE', []);
  if (forbidden.length > 0) held.set('CLUSTER_FORBIDDEN', forbidden);
  if (unreadable.length > 0 || (policies === null && forbidden.length === 0))
    held.set('CLUSTER_UNREADABLE', unreadable);
  const outside = self === null ? [] : undeclaredFor(declared, self);
  if (outside.length > 0) held.set('SELF_UNDECLARED', outside);
  return held;
}

/** A topic must be missing without a break to count as deleted. */
const forgetMissing = (memory: Memory): Memory => ({
  ...memory,
  placement: { ...memory.placement, missing: new Map() },
});
