import type { Protocol } from '../manifests/objects.ts';
import { combine, common, either, includes, without, type Boundaries } from './intervals.ts';

/** Protocols in the order in which they are printed. */
export const protocols = ['SCTP', 'TCP', 'UDP'] as const satisfies readonly Protocol[];

/** The highest port; the lowest is 1. */
export const lastPort = 65_535;

/** An immutable set of (protocol, port) pairs, ports 1 to 65535 of TCP, UDP and SCTP. Equal sets have equal `key`s. */
export class PortSet {
  readonly #sets: Readonly<Record<Protocol, Boundaries<number>>>;
  /** Identifies the set; equal for equal sets. */
  readonly key: string;
  /** Printed once: long lists repeat few sets. */
  #text: string | undefined;

  private constructor(sets: Readonly<Record<Protocol, Boundaries<number>>>) {
    this.#sets = sets;
    this.key = protocols.map((protocol) => sets[protocol].join(',')).join(';');
  }

  // `this`: see AddressSet.
  static readonly none = new this({ SCTP: [], TCP: [], UDP: [] });

  static readonly all = new this({
    SCTP: [1, lastPort + 1],
    TCP: [1, lastPort + 1],
    UDP: [1, lastPort + 1],
  });

  /** The ports `first` to `last` of one protocol, both included; by default all of them. */
  static of(protocol: Protocol, first = 1, last = lastPort): PortSet {
    const part = first > last ? [] : [first, last + 1];
    return new PortSet({ SCTP: [], TCP: [], UDP: [], [protocol]: part });
  }

  static union(sets: Iterable<PortSet>): PortSet {
    let result = PortSet.none;
    for (const set of sets) result = result.union(set);
    return result;
  }

  union(other: PortSet): PortSet {
    return this.#with(other, either);
  }

  intersect(other: PortSet): PortSet {
    return this.#with(other, common);
  }

  subtract(other: PortSet): PortSet {
    return this.#with(other, without);
  }

  equals(other: PortSet): boolean {
    return this.key === other.key;
  }

  get isEmpty(): boolean {
    return this.key === PortSet.none.key;
  }

  get isAll(): boolean {
    return this.key === PortSet.all.key;
  }

  contains(protocol: Protocol, port: number): boolean {
    return includes(this.#sets[protocol], port);
  }

  /** The ranges of one protocol, both ends included, in rising order. */
  ranges(protocol: Protocol): readonly { readonly first: number; readonly last: number }[] {
    const set = this.#sets[protocol];
    return Array.from({ length: set.length / 2 }, (_, index) => ({
      first: set[index * 2]!,
      last: set[index * 2 + 1]! - 1,
    }));
  }

  /** As netpol-analyzer prints it: `TCP 80,443-445,UDP 53`, `All Connections`, `No Connections`. */
  toString(): string {
    return (this.#text ??= this.#print());
  }

  #print(): string {
    if (this.isAll) return 'All Connections';
    if (this.isEmpty) return 'No Connections';
    return protocols
      .filter((protocol) => this.#sets[protocol].length > 0)
      .map((protocol) => `${protocol} ${this.ranges(protocol).map(rangeText).join(',')}`)
      .join(',');
  }

  #with(other: PortSet, keep: typeof either): PortSet {
    const part = (protocol: Protocol): Boundaries<number> =>
      combine(this.#sets[protocol], other.#sets[protocol], keep);
    return new PortSet({ SCTP: part('SCTP'), TCP: part('TCP'), UDP: part('UDP') });
  }
}

const rangeText = ({ first, last }: { readonly first: number; readonly last: number }): string =>
  first === last ? String(first) : `${first}-${last}`;
