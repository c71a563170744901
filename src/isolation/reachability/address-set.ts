import {
  bitsOf,
  formatAddress,
  type Address,
  type AddressRange,
  type Family,
} from '../manifests/addresses.ts';
import { combine, common, either, includes, without, type Boundaries } from './intervals.ts';

/** An immutable set of IPv4 and IPv6 addresses. The families never mix: `::ffff:10.0.0.1` is not `10.0.0.1`. */
export class AddressSet {
  readonly #sets: Readonly<Record<Family, Boundaries<bigint>>>;

  private constructor(four: Boundaries<bigint>, six: Boundaries<bigint>) {
    this.#sets = { 4: four, 6: six };
  }

  // `this`, since tsc 6.0 writes the class's own name as a variable that has no value yet, in classes whose private methods name it as well.
  static readonly none = new this([], []);

  /** Every address of both families. */
  static readonly all = new this([0n, 1n << 32n], [0n, 1n << 128n]);

  static of(range: AddressRange): AddressSet {
    const part = [range.first, range.last + 1n];
    return range.family === 4 ? new AddressSet(part, []) : new AddressSet([], part);
  }

  /** An `ipBlock`: the block without its exceptions. */
  static block(cidr: AddressRange, except: readonly AddressRange[]): AddressSet {
    return except.reduce((set, range) => set.subtract(AddressSet.of(range)), AddressSet.of(cidr));
  }

  union(other: AddressSet): AddressSet {
    return this.#with(other, either);
  }

  intersect(other: AddressSet): AddressSet {
    return this.#with(other, common);
  }

  subtract(other: AddressSet): AddressSet {
    return this.#with(other, without);
  }

  get isEmpty(): boolean {
    return this.#sets[4].length === 0 && this.#sets[6].length === 0;
  }

  equals(other: AddressSet): boolean {
    return this.key === other.key;
  }

  /** Identifies the set; equal for equal sets. */
  get key(): string {
    return `${this.#sets[4].join(',')};${this.#sets[6].join(',')}`;
  }

  contains(address: Address): boolean {
    return includes(this.#sets[address.family], address.number);
  }

  /** Where the set begins or ends inside a family: the points that tell addresses apart. */
  boundaries(family: Family): Boundaries<bigint> {
    return this.#sets[family];
  }

  /** The ranges, IPv4 first, in rising order. */
  ranges(): readonly AddressRange[] {
    return ([4, 6] as const).flatMap((family) => {
      const set = this.#sets[family];
      return Array.from({ length: set.length / 2 }, (_, index) => ({
        family,
        first: set[index * 2]!,
        last: set[index * 2 + 1]! - 1n,
      }));
    });
  }

  #with(other: AddressSet, keep: typeof either): AddressSet {
    return new AddressSet(
      combine(this.#sets[4], other.#sets[4], keep),
      combine(this.#sets[6], other.#sets[6], keep),
    );
  }
}

/** Prints a range as `first-last`, as netpol-analyzer does. */
export const formatRange = ({ family, first, last }: AddressRange): string =>
  `${formatAddress({ family, number: first })}-${formatAddress({ family, number: last })}`;

/**
 * Cuts the address space of a family at every boundary of the sets: no set splits any of the resulting ranges.
 * The ranges cover the whole family and are in rising order.
 */
export function partition(family: Family, sets: Iterable<AddressSet>): readonly AddressRange[] {
  const end = 1n << BigInt(bitsOf(family));
  const points = new Set<bigint>([0n, end]);
  for (const set of sets) for (const point of set.boundaries(family)) points.add(point);
  const sorted = [...points].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return sorted
    .slice(0, -1)
    .map((first, index) => ({ family, first, last: sorted[index + 1]! - 1n }));
}

/** The range that holds the address; ranges of a family follow each other in rising order, IPv4 first. */
export function rangeOf(
  { family, number }: Address,
  ranges: readonly AddressRange[],
): AddressRange | undefined {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const range = ranges[middle]!;
    const before = range.family === family ? range.last < number : range.family < family;
    if (before) low = middle + 1;
    else high = middle;
  }
  const found = ranges[low];
  return found?.family === family && found.first <= number ? found : undefined;
}
