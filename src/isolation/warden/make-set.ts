/** From placements to the set of policies that should stand. */
import { flowMap } from '../topology/flow-map.ts';
import { generate } from '../policies/generate.ts';
import { joined } from './transition.ts';
import { wantedPolicies } from './policy-objects.ts';
import type { Declared } from '../topology/placement.ts';
import type { KafkaSnapshot } from '../topology/snapshot.ts';
import type { MadeSet } from './decision.ts';
import type { WardenSettings } from './settings.ts';

/**
 * Makes the set for a placement, with the flows of former ones that still have to stay open. All maps are made by the same declaration, so what was taken
 * out of it closes at once. Former placements that could not be fenced by it add nothing.
 */
export function makeSet({
  declared,
  settings: { flavour },
  identity,
  current,
  former,
}: {
  readonly declared: Declared;
  readonly settings: WardenSettings;
  readonly identity: string;
  readonly current: KafkaSnapshot;
  readonly former: readonly KafkaSnapshot[];
}): MadeSet {
  const next = flowMap(declared, current);
  const alone = generate(next, { flavour });
  if (alone.refused) return { refused: true, map: next, findings: alone.findings };
  const maps = former
    .map((snapshot) => flowMap(declared, snapshot))
    .filter((map) => !generate(map, { flavour }).refused);
  const both = joined(next, maps);
  const more = both.flows.length > next.flows.length || both.scope.length > next.scope.length;
  const together = more ? generate(both, { flavour }) : alone;
  // Of two ways to be careful, the one that allows less.
  const transition = more && !together.refused;
  const { files, findings } = transition ? together : alone;
  const policies = wantedPolicies(files, identity);
  return {
    refused: false,
    set: { policies, map: transition ? both : next, transition },
    findings,
  };
}
