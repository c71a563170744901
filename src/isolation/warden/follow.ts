/** Follows the placement: believes it or not, makes its policies or finds that none can fence it. */
import { demandOf, accept, placementOf, type PlacementMemory } from './placement-memory.ts';
import { flowMap, type FlowMap } from '../topology/flow-map.ts';
import { makeSet } from './make-set.ts';
import { suspect } from './suspicion.ts';
import type { Finding } from '../findings/finding.ts';
import type { KafkaSnapshot } from '../topology/snapshot.ts';
import type { Conditions } from './conditions.ts';
import type { MadeSet, Memory, Observation } from './decision.ts';

interface Followed {
  readonly memory: Memory;
  readonly held: Conditions;
  readonly map: FlowMap | null;
  readonly findings: readonly Finding[];
}

/** Follows an answer of Kafka that is there and fresh. */
export function follow(observed: Observation, memory: Memory, now: number): Followed {
  const { declared, settings, placement } = observed;
  const next = placement?.snapshot;
  if (next === undefined) throw new TypeError('a fresh placement is there');
  const { reasons, missing } = suspect(next, {
    ...memory.placement,
    declared,
    now,
    vanishedAfter: settings.vanishedAfter,
  });
  const waiting = { ...memory, placement: { ...memory.placement, missing } };
  if (reasons.length > 0)
    return {
      memory: waiting,
      held: new Map([['PLACEMENT_SUSPECT', reasons]]),
      map: memory.good?.map ?? null,
      findings: [],
    };
  const refused = refusedBefore(observed, memory, next);
  const accepted =
    refused === null ? accepting(observed, waiting.placement, next, now) : waiting.placement;
  const made = refused ?? madeFor(observed, memory, accepted);
  if (made.outcome.refused) {
    const { map, findings } = made.outcome;
    const codes = findings
      .filter(({ severity, code }) => severity === 'error' || code.endsWith('_ON_RAW'))
      .map(({ code, subject }) => `${code} ${subject}`);
    // The placement is not remembered: the next one is compared with the last that could be fenced.
    return {
      memory: { ...waiting, made },
      held: new Map([['PLACEMENT_REFUSED', codes]]),
      map,
      findings,
    };
  }
  const { set: good, findings } = made.outcome;
  return {
    memory: { ...waiting, placement: accepted, good, made },
    held: new Map(),
    map: good.map,
    findings,
  };
}

/** The same placement that could not be fenced a moment ago: that is asked every second, and is much work for a large cluster. */
function refusedBefore(
  { declared, settings }: Observation,
  { made }: Memory,
  next: KafkaSnapshot,
): Memory['made'] {
  return made?.outcome.refused === true &&
    made.declared === declared &&
    made.settings === settings &&
    made.current === next
    ? made
    : null;
}

function accepting(
  { declared, settings: { settle } }: Observation,
  memory: PlacementMemory,
  next: KafkaSnapshot,
  now: number,
): PlacementMemory {
  const { current } = memory;
  const same = current !== null && (current === next || placementOf(current) === placementOf(next));
  // The same object is kept, so that what was made of it is not made again.
  if (same) return accept(memory, current, { sameFlows: true, now, settle });
  const sameFlows =
    current !== null && demandOf(flowMap(declared, current)) === demandOf(flowMap(declared, next));
  return accept(memory, next, { sameFlows, now, settle });
}

function madeFor(
  { declared, settings, identity }: Observation,
  { made }: Memory,
  placement: PlacementMemory,
): NonNullable<Memory['made']> {
  const { current } = placement;
  if (current === null) throw new TypeError('an accepted placement is there');
  const former = placement.former.map(({ snapshot }) => snapshot);
  if (
    made?.declared === declared &&
    made.settings === settings &&
    made.current === current &&
    made.former.length === former.length &&
    made.former.every((snapshot, at) => snapshot === former[at])
  )
    return made;
  const outcome: MadeSet = makeSet({ declared, settings, identity, current, former });
  return { declared, settings, current, former, outcome };
}
