/** Old and new flows side by side, for as long as clients may still go the old way. */
import { flowId } from '../policies/policy-set.ts';
import type { Flow, Party } from '../topology/flow-draft.ts';
import type { FlowMap } from '../topology/flow-map.ts';

/** Who handles raw records anyway, so that its old ways to raw brokers open nothing. */
const trusted: ReadonlySet<Party['kind']> = new Set(['anonymizer', 'broker', 'controller']);

/**
 * The map of `next` with the flows of former placements added, all of the same declaration. A former flow to a broker that has got raw topics
 * since is left out: whoever was let in there for other topics would meet raw records.
 */
export function joined(next: FlowMap, former: readonly FlowMap[]): FlowMap {
  const flows = new Map<string, Flow>();
  const parties = new Map<string, Party>();
  for (const party of next.parties) parties.set(party.id, party);
  for (const flow of next.flows) flows.set(flowId(flow), flow);
  for (const map of former) {
    const moved = movedParties(map, parties);
    const kinds = new Map(map.parties.map(({ id, kind }) => [id, kind]));
    const spoiled = brokersWithMoreRaw(map, next);
    const end = (id: string): string => moved.get(id)?.id ?? id;
    for (const flow of map.flows) {
      const kind = kinds.get(flow.from);
      if (spoiled.has(flow.to) && (kind === undefined || !trusted.has(kind))) continue;
      const kept = { ...flow, from: end(flow.from), to: end(flow.to) };
      if (!flows.has(flowId(kept))) flows.set(flowId(kept), kept);
      for (const id of [flow.from, flow.to]) {
        const party = moved.get(id) ?? map.parties.find((one) => one.id === id);
        if (party !== undefined && !parties.has(party.id)) parties.set(party.id, party);
      }
    }
  }
  return {
    ...next,
    flows: [...flows].toSorted(byKey).map(([, flow]) => flow),
    parties: [...parties].toSorted(byKey).map(([, party]) => party),
    scope: [...new Set([next, ...former].flatMap(({ scope }) => scope))].toSorted(),
  };
}

/** Parties that were elsewhere, under a name of their own, by id: policies select by place. */
function movedParties(
  { parties }: FlowMap,
  known: ReadonlyMap<string, Party>,
): ReadonlyMap<string, Party> {
  const moved = new Map<string, Party>();
  for (const party of parties) {
    const now = known.get(party.id);
    if (now === undefined || JSON.stringify(now.place) === JSON.stringify(party.place)) continue;
    const place = JSON.stringify(party.place);
    let id = `${party.id} (before)`;
    while (known.has(id) && JSON.stringify(known.get(id)?.place) !== place) id = `${id}'`;
    moved.set(party.id, { ...party, id });
  }
  return moved;
}

/** Brokers that hold a raw topic now which they didn't before, by the id of their party. */
function brokersWithMoreRaw(before: FlowMap, { brokers }: FlowMap): ReadonlySet<string> {
  const known = new Map(before.brokers.map(({ name, raw }) => [name, new Set(raw)]));
  return new Set(
    brokers
      .filter(({ name, raw }) => raw.some((topic) => known.get(name)?.has(topic) !== true))
      .map(({ name }) => `broker ${name}`),
  );
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1;
