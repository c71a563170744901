/** Pods, parties and policies side by side: what every check looks things up in. */
import { parseAddress, parseCidr, type AddressRange } from '../manifests/addresses.ts';
import { workloadLabel, type Workload } from '../manifests/objects.ts';
import { AddressSet } from '../reachability/address-set.ts';
import { compilePolicies } from '../reachability/flavours.ts';
import { PortSet } from '../reachability/port-set.ts';
import { Reachability, type Judged } from '../reachability/reachability.ts';
import { addressSets, rulesOf } from '../reachability/rule-parts.ts';
import { refText, type Direction, type Policy, type PolicyRef } from '../reachability/rules.ts';
import { castOf, type Cast, type Presence } from './cast.ts';
import { Lens } from './lens.ts';
import { PartyMatch } from './party-match.ts';
import { ownership, type VerificationInput } from './verification.ts';
import type { Party } from '../topology/flow-draft.ts';
import type { MappedBroker } from '../topology/flow-scene.ts';

/** One end of connections: a workload or a part of it that is one party, a range outside, or a pod that is not there (yet). */
export interface Actor {
  readonly label: string;
  /** Ids of the parties that it is. */
  readonly parties: readonly string[];
  /**
   * `real`: in the manifests, or outside. `declared`: a party that the manifests lack, judged by the labels of its declaration.
   * `somewhere`, `anywhere`: a pod that somebody may start in one namespace, or in any.
   */
  readonly presence: Presence;
  /** Undefined for ranges outside. */
  readonly workload: Workload | undefined;
}

/** Made once for each verification. */
export class Scene {
  readonly input: VerificationInput;
  /** `ipBlock`s mean addresses outside only: the portable reading. */
  readonly base: Lens;
  readonly actors: readonly Actor[];
  readonly parties: ReadonlyMap<string, Party>;
  readonly match: PartyMatch;
  readonly imagined: number;
  /** Brokers by the id of their party. */
  readonly brokers: ReadonlyMap<string, MappedBroker>;
  readonly #byParty = new Map<string, Actor[]>();
  readonly #byLabel = new Map<string, Actor>();
  readonly #expected: ReadonlyMap<string, ReadonlyMap<string, PortSet>>;
  readonly #judged: Judged;
  readonly #cuts: Readonly<Record<Direction, readonly AddressSet[]>>;
  /** Whether any rule leaves open what `ipBlock` means. */
  readonly #open: boolean;
  #matching: Lens | undefined;

  constructor(input: VerificationInput) {
    this.input = input;
    const { flows, manifests } = input;
    this.parties = new Map(flows.parties.map((party) => [party.id, party]));
    this.brokers = new Map(flows.brokers.map((broker) => [`broker ${broker.name}`, broker]));
    this.match = new PartyMatch(flows.parties);
    const cast = castOf(input, this.match);
    this.imagined = cast.imagined.length;
    const policies = compilePolicies(manifests.policies);
    const declared = addressesOf(flows.parties);
    const sets = addressSets(policies);
    this.#cuts = {
      ingress: [...sets.ingress, ...declared.values()],
      egress: [...sets.egress, ...declared.values()],
    };
    this.#judged = {
      namespaces: cast.namespaces,
      workloads: cast.workloads.map(({ workload }) => workload),
      serviceAccounts: manifests.serviceAccounts,
      policies: manifests.policies,
    };
    this.base = new Lens(new Reachability(this.#judged, { cuts: this.#cuts }));
    this.actors = this.#actorsOf(cast, declared);
    for (const actor of this.actors) {
      this.#byLabel.set(actor.label, actor);
      for (const party of actor.parties) {
        const found = this.#byParty.get(party);
        if (found === undefined) this.#byParty.set(party, [actor]);
        else found.push(actor);
      }
    }
    this.#expected = expectedPorts(input);
    this.#open = this.base.reachability.policies.some(isOpen);
  }

  /** The same with `ipBlock`s that also mean pods; undefined where no policy leaves that open. */
  get matching(): Lens | undefined {
    if (!this.#open) return undefined;
    return (this.#matching ??= new Lens(
      new Reachability(this.#judged, { cuts: this.#cuts, ipblockPods: 'match' }),
    ));
  }

  /** Whoever the party is; none where it has no place. */
  actorsOf(party: string): readonly Actor[] {
    return this.#byParty.get(party) ?? [];
  }

  /** Ports at which flows are declared from one to the other. */
  expected(from: Actor, to: Actor): PortSet {
    let ports = PortSet.none;
    for (const party of from.parties) {
      const byTarget = this.#expected.get(party);
      if (byTarget === undefined) continue;
      for (const target of to.parties) ports = ports.union(byTarget.get(target) ?? PortSet.none);
    }
    return ports;
  }

  /** Whether a policy bears our label. */
  isOurs(ref: PolicyRef): boolean {
    return (
      this.input.manifests.policyLabels.get(refText(ref))?.get(ownership.key) === ownership.value
    );
  }

  #actorsOf(cast: Cast, addresses: ReadonlyMap<string, AddressSet>): readonly Actor[] {
    const { sources, destinations } = this.base.reachability;
    const ranges = new Map(
      [...sources, ...destinations].flatMap(({ label, range }) =>
        range === undefined ? [] : [[label, range] as const],
      ),
    );
    const partiesAt = ({ family, first }: AddressRange): readonly string[] =>
      [...addresses].filter(([, set]) => set.contains({ family, number: first })).map(([id]) => id);
    return [
      ...cast.workloads.map((role) => ({ label: workloadLabel(role.workload), ...role })),
      ...[...ranges].map(([label, range]) => ({
        label,
        parties: partiesAt(range),
        presence: 'real' as const,
        workload: undefined,
      })),
    ];
  }
}

const isOpen = (policy: Policy): boolean =>
  (['ingress', 'egress'] as const).some((direction) =>
    rulesOf(policy, direction).some(({ peers }) =>
      peers.some((peer) => peer.kind === 'addresses' && peer.pods === 'open'),
    ),
  );

/** Ports by party and party. */
function expectedPorts({
  flows,
}: VerificationInput): ReadonlyMap<string, ReadonlyMap<string, PortSet>> {
  const found = new Map<string, Map<string, PortSet>>();
  for (const { from, to, protocol, port } of flows.flows) {
    const targets = found.get(from) ?? new Map<string, PortSet>();
    found.set(from, targets);
    targets.set(to, (targets.get(to) ?? PortSet.none).union(PortSet.of(protocol, port, port)));
  }
  return found;
}

/** Addresses of the parties that have one. */
function addressesOf(parties: readonly Party[]): ReadonlyMap<string, AddressSet> {
  return new Map(
    parties.flatMap(({ id, place }) => {
      if (place?.kind !== 'address') return [];
      const range = rangeIn(place.address);
      return range === undefined ? [] : [[id, AddressSet.of(range)] as const];
    }),
  );
}

/** The addresses that a place names: one, or a block; undefined for a name. */
export function rangeIn(text: string): AddressRange | undefined {
  const address = parseAddress(text);
  if (address === undefined) return parseCidr(text);
  const { family, number } = address;
  return { family, first: number, last: number };
}
