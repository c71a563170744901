/** Three verdicts: what every conforming implementation allows, what none allows, and what is left to the implementation. */
import { PortSet } from './port-set.ts';
import { Reachability, type Endpoint, type Judged } from './reachability.ts';
import { rulesOf, simplePeersOf } from './rule-parts.ts';
import type { Interpretation } from './universe.ts';

/** What a verdict may depend on. */
export type Choice = keyof Interpretation;

/** Ports of one connection by verdict; the three sets are disjoint and cover every port. */
export interface Verdict {
  readonly allowed: PortSet;
  readonly denied: PortSet;
  readonly implementationDefined: PortSet;
  /** The choices that change something here; empty when nothing is left to the implementation. */
  readonly dependsOn: readonly Choice[];
}

/** Judges under every interpretation of what the specification leaves open. Ranges outside are those of `base`. */
export class Verdicts {
  /** `ipBlock` for addresses outside only, pods on the network of their node as pods. */
  readonly base: Reachability;
  readonly #others: readonly { readonly choices: readonly Choice[]; readonly one: Reachability }[];

  constructor(judged: Judged) {
    this.base = new Reachability(judged);
    const blocks = this.base.policies
      .flatMap((policy) => [...rulesOf(policy, 'ingress'), ...rulesOf(policy, 'egress')])
      .flatMap(simplePeersOf)
      .some((peer) => peer.kind === 'addresses' && peer.pods === 'open');
    const hosts = judged.workloads.some(({ shapes }) => shapes.some((one) => one.hostNetwork));
    // Interpretations that can't differ on this input are not worth the time.
    this.#others = [
      ...(blocks ? [['ipblockPods'] as const] : []),
      ...(hosts ? [['hostNetwork'] as const] : []),
      ...(blocks && hosts ? [['ipblockPods', 'hostNetwork'] as const] : []),
    ].map((choices) => ({ choices, one: new Reachability(judged, interpret(choices)) }));
  }

  /** @throws RangeError when a label names no endpoint; labels are those of `base` */
  between(sourceLabel: string, destinationLabel: string): Verdict {
    const first = this.#ports(this.base, [], sourceLabel, destinationLabel);
    let [always, ever] = [first, first];
    const dependsOn = new Set<Choice>();
    for (const { choices, one } of this.#others) {
      const ports = this.#ports(one, choices, sourceLabel, destinationLabel);
      if (choices.length === 1 && !ports.equals(first)) dependsOn.add(choices[0]!);
      always = always.intersect(ports);
      ever = ever.union(ports);
    }
    return {
      allowed: always,
      denied: PortSet.all.subtract(ever),
      implementationDefined: ever.subtract(always),
      dependsOn: [...dependsOn],
    };
  }

  #ports(
    reachability: Reachability,
    choices: readonly Choice[],
    sourceLabel: string,
    destinationLabel: string,
  ): PortSet {
    const source = reachability.source(sourceLabel);
    const destination = reachability.destination(destinationLabel);
    if (source === undefined || destination === undefined)
      throw new RangeError('name endpoints as the list of connections does');
    if (choices.includes('hostNetwork') && mayShareNode(source, destination)) return PortSet.all;
    return reachability.between(source, destination);
  }
}

const interpret = (choices: readonly Choice[]): Partial<Interpretation> => ({
  ...(choices.includes('ipblockPods') ? { ipblockPods: 'match' } : {}),
  ...(choices.includes('hostNetwork') ? { hostNetwork: 'node' } : {}),
});

/**
 * A pod's own node always reaches it (network policies documentation, "What you can't do with network policies"), and so does what
 * runs on that node's network. Pods whose node is unknown may land anywhere.
 */
function mayShareNode(source: Endpoint, destination: Endpoint): boolean {
  const hosts = source.workload?.shapes.filter((one) => one.hostNetwork) ?? [];
  const targets = destination.workload?.shapes ?? [];
  return hosts.some(({ node }) =>
    targets.some((one) => node === undefined || one.node === undefined || one.node === node),
  );
}
