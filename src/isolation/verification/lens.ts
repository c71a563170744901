/** One reading of the policies: the evaluator, with everything found by label. */
import { hasBit, type BitSet } from '../reachability/bit-set.ts';
import type { Endpoint, Reachability } from '../reachability/reachability.ts';
import type { Direction, Policy } from '../reachability/rules.ts';

/** A policy and the classes that it selects. */
interface Selecting {
  readonly policy: Policy;
  readonly bits: BitSet;
}

export class Lens {
  readonly reachability: Reachability;
  /** In the order in which they are judged. */
  readonly selecting: readonly Selecting[];
  readonly #sources: ReadonlyMap<string, Endpoint>;
  readonly #destinations: ReadonlyMap<string, Endpoint>;

  constructor(reachability: Reachability) {
    this.reachability = reachability;
    const { sources, destinations, policies, universe } = reachability;
    this.#sources = new Map(sources.map((one) => [one.label, one]));
    this.#destinations = new Map(destinations.map((one) => [one.label, one]));
    this.selecting = policies.map((policy) => ({ policy, bits: universe.select(policy.subjects) }));
  }

  source(label: string): Endpoint | undefined {
    return this.#sources.get(label);
  }

  destination(label: string): Endpoint | undefined {
    return this.#destinations.get(label);
  }

  /** The side of an actor that a direction is about: where connections arrive for `ingress`, where they leave for `egress`. */
  subject(label: string, direction: Direction): Endpoint | undefined {
    return direction === 'ingress' ? this.destination(label) : this.source(label);
  }

  /** The other end, seen from a subject. */
  peer(label: string, direction: Direction): Endpoint | undefined {
    return direction === 'ingress' ? this.source(label) : this.destination(label);
  }

  /** Policies that have a say about a class in a direction, in the order in which they are judged. */
  policiesOn(index: number, direction: Direction): readonly Policy[] {
    return this.selecting
      .filter(({ policy, bits }) => policy[direction] !== undefined && hasBit(bits, index))
      .map(({ policy }) => policy);
  }

  /** Whether any policy takes from a class what nothing allows. */
  isIsolated(index: number, direction: Direction): boolean {
    return this.policiesOn(index, direction).some((policy) => policy[direction]?.isolates === true);
  }
}
