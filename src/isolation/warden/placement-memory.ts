/** Which placements count: the one that stands, and former ones whose clients may still be on their way. */
import { canonicalJson } from '../../foundation/canonical-json.ts';
import { flowId } from '../policies/policy-set.ts';
import type { FlowMap } from '../topology/flow-map.ts';
import type { KafkaSnapshot } from '../topology/snapshot.ts';

/** A placement that was believed and that policies could be made for. */
export interface FormerPlacement {
  readonly snapshot: KafkaSnapshot;
  /** Until when its flows stay open, if the placement after it still stands then. */
  readonly until: number;
}

export interface PlacementMemory {
  /** `null` before the first. */
  readonly current: KafkaSnapshot | null;
  readonly former: readonly FormerPlacement[];
  /** Since when topics are missing, by `cluster topic`. */
  readonly missing: ReadonlyMap<string, number>;
}

/** Former placements that are remembered; a placement that moves on and on has no need of its oldest. */
const mostFormer = 20;

/** Takes a new placement. `sameFlows` tells whether it asks for the same policies as the one before, so that nothing has to settle. */
export function accept(
  memory: PlacementMemory,
  next: KafkaSnapshot,
  {
    sameFlows,
    now,
    settle,
  }: { readonly sameFlows: boolean; readonly now: number; readonly settle: number },
): PlacementMemory {
  const { current } = memory;
  const standing = memory.former.filter(({ until }) => until > now);
  if (current === null || sameFlows)
    return { current: next, former: standing, missing: memory.missing };
  const left = standing.filter(({ snapshot }) => placementOf(snapshot) !== placementOf(next));
  const former = [...left, { snapshot: current, until: now + settle }].slice(-mostFormer);
  return { current: next, former, missing: memory.missing };
}

/** A snapshot without the time at which it was taken, as text. */
export const placementOf = ({ clusters }: KafkaSnapshot): string => canonicalJson(clusters);

/** What policies are made from, as text: the same for maps that ask for the same policies. */
export const demandOf = ({ flows, parties, scope }: FlowMap): string =>
  canonicalJson([
    flows.map(flowId).toSorted(),
    parties.map(({ id, place }) => ({ id, place })),
    scope,
  ]);
