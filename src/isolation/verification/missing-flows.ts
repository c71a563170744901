/** Declared flows that the policies deny. */
import { PortSet } from '../reachability/port-set.ts';
import { denying, distinct, explainPair, keyOf, type Case } from './culprits.ts';
import { nearMisses } from './near-misses.ts';
import { some } from './words.ts';
import type { Decider, Finding } from '../findings/finding.ts';
import type { Direction } from '../reachability/rules.ts';
import type { Flow } from '../topology/flow-draft.ts';
import type { Lens } from './lens.ts';
import type { Actor, Scene } from './scene.ts';

/** One flow between two actors that can't be. */
interface Missing {
  readonly flow: Flow;
  readonly from: Actor;
  readonly to: Actor;
  readonly found: Case;
  readonly side: Direction;
  /** Whether every implementation denies it, or only those that read `ipBlock` one way. */
  readonly everywhere: boolean;
}

/** Looks every flow up, for each pod of both ends: one replica that is shut out is one too many. */
export function missingFlows(scene: Scene): {
  readonly findings: readonly Finding[];
  readonly checked: number;
} {
  const missing: Missing[] = [];
  let checked = 0;
  for (const flow of scene.input.flows.flows) {
    const [sources, targets] = [scene.actorsOf(flow.from), scene.actorsOf(flow.to)];
    if (sources.length > 0 && targets.length > 0) checked += 1;
    const port = PortSet.of(flow.protocol, flow.port, flow.port);
    for (const from of sources)
      for (const to of targets) {
        const one = judged(scene, from, to, port);
        if (one !== undefined) missing.push({ flow, from, to, ...one });
      }
  }
  const groups = Map.groupBy(missing, keyOfMissing);
  return { checked, findings: [...groups.values()].map((group) => report(scene, group)) };
}

type Denial = Pick<Missing, 'found' | 'side'>;

/** Whether the connection is denied under any reading of the policies; of both readings the portable one is told. */
function judged(
  { base, matching }: Scene,
  from: Actor,
  to: Actor,
  port: PortSet,
): (Denial & Pick<Missing, 'everywhere'>) | undefined {
  const portable = deniedCase(base, from, to, port);
  if (matching === undefined)
    return portable === undefined ? undefined : { ...portable, everywhere: true };
  const other = deniedCase(matching, from, to, port);
  const told = portable ?? other;
  if (told === undefined) return undefined;
  return { ...told, everywhere: portable !== undefined && other !== undefined };
}

/** The first pair of pods that can't talk at the port. */
function deniedCase(lens: Lens, from: Actor, to: Actor, port: PortSet): Denial | undefined {
  const [source, destination] = [lens.source(from.label), lens.destination(to.label)];
  if (source === undefined || destination === undefined) return undefined;
  // A pod needs no network to reach itself.
  if (from === to && from.workload?.shapes.every(({ name }) => name !== undefined) === true)
    if (new Set(from.workload.shapes.map(({ name }) => name)).size === 1) return undefined;
  const { reachability } = lens;
  for (const a of source.bits)
    for (const b of destination.bits) {
      if (!reachability.meet(a, b)) continue;
      const allowed = reachability.between({ ...source, bits: [a] }, { ...destination, bits: [b] });
      if (port.subtract(allowed).isEmpty) continue;
      const found = explainPair(reachability, source, destination, a, b);
      if (found === undefined) continue;
      const egressDenied =
        found.egress !== undefined && !port.subtract(found.egress.allowed).isEmpty;
      return { found, side: egressDenied ? 'egress' : 'ingress' };
    }
  return undefined;
}

/** Flows of one party that the same policies deny at the same port are one finding. */
function keyOfMissing({ flow, found, side, everywhere }: Missing): string {
  const port = PortSet.of(flow.protocol, flow.port, flow.port);
  const end = side === 'egress' ? flow.from : flow.to;
  return [end, side, everywhere, port.key, ...denying(found, port).map(keyOf)].join('\0');
}

function report(scene: Scene, group: readonly Missing[]): Finding {
  const { flow, from, to, found, side, everywhere } = group[0]!;
  const port = PortSet.of(flow.protocol, flow.port, flow.port);
  const deniers = denying(found, port);
  const near = nearDeciders(scene, group[0]!, port);
  const others =
    side === 'egress' ? group.map((one) => one.flow.to) : group.map((one) => one.flow.from);
  const why = [...new Set(group.flatMap((one) => one.flow.why))].toSorted();
  const ends =
    side === 'egress'
      ? `${flow.from} can't reach ${some([...new Set(others)])}`
      : `${some([...new Set(others)])} can't reach ${flow.to}`;
  const by =
    deniers.length === 0 ? '' : `: ${deniers[0]!.policy} denies ${side} that no rule allows`;
  const depends = everywhere
    ? ''
    : '; where the network plugin takes ipBlock for pods too (Calico, kube-router) or not (Cilium) decides';
  return {
    code: everywhere ? 'MISSING_FLOW' : 'VERDICT_BY_IMPLEMENTATION',
    severity: everywhere ? 'error' : 'warning',
    subject: side === 'egress' ? from.label : to.label,
    message: `${ends} at ${port.toString()} (${some(why)})${by}${near.text}${depends}`,
    deciders: distinct([...deniers, ...near.deciders]),
    path: [from.label, port.toString(), to.label],
    remedy: !everywhere
      ? 'select pods by labels in place of ipBlock'
      : near.deciders.length > 0
        ? 'correct the rule that nearly allows it, or generate the policies again'
        : 'generate the policies again from the present placement',
  };
}

/** Which rules nearly allow it, on every side that denies. */
function nearDeciders(
  scene: Scene,
  { from, to, found }: Missing,
  port: PortSet,
): { readonly deciders: readonly Decider[]; readonly text: string } {
  const near = (['egress', 'ingress'] as const).flatMap((direction) => {
    const side = found[direction];
    if (side === undefined || port.subtract(side.allowed).isEmpty) return [];
    const ends =
      direction === 'egress'
        ? { subject: found.from, peer: found.to, workload: from.workload }
        : { subject: found.to, peer: found.from, workload: to.workload };
    return nearMisses(scene, { direction, ports: port, ...ends });
  });
  return {
    deciders: near.map(({ decider }) => decider),
    text: near
      .map(({ decider: { policy, rule }, text }) => `; ${policy} ${rule ?? ''} ${text}`)
      .join(''),
  };
}
