/** Ends of attacks as the evaluator knows them: workloads by their labels, and ranges outside. */
import type { Address, AddressRange, Family } from '../manifests/addresses.ts';
import type { Endpoint, Reachability } from '../reachability/reachability.ts';

/** One end of an attack, as the evaluator knows it. */
export type Post =
  | { readonly kind: 'staged'; readonly label: string }
  /** Every address outside of the cluster of one family, but for those that `spared` names. */
  | {
      readonly kind: 'world';
      readonly family: Family;
      readonly spared: (range: AddressRange) => boolean;
      /** The address to name, where it is as good as any. */
      readonly example: Address;
    }
  /** One address outside of the cluster. */
  | { readonly kind: 'address'; readonly address: Address };

/** Looks ends up, for one evaluation. */
export class Ends {
  readonly #labels: Readonly<Record<Side, ReadonlyMap<string, Endpoint>>>;
  readonly #ranges: Readonly<Record<Side, readonly Endpoint[]>>;

  constructor({ sources, destinations }: Reachability) {
    this.#labels = { source: byLabel(sources), destination: byLabel(destinations) };
    this.#ranges = {
      source: sources.filter(isOutside),
      destination: destinations.filter(isOutside),
    };
  }

  /**
   * Every endpoint that the end may mean; those that hold the example first.
   *
   * @throws RangeError when the end is no workload of the cluster
   */
  of(post: Post, side: Side): readonly Endpoint[] {
    switch (post.kind) {
      case 'staged': {
        const found = this.#labels[side].get(post.label);
        if (found === undefined) throw new RangeError('add every end before judging');
        return [found];
      }
      case 'world': {
        const { family, spared, example } = post;
        const far = ({ range }: Endpoint): number =>
          range !== undefined && inside(range, example) === example ? 0 : 1;
        return this.#ranges[side]
          .filter(({ range }) => range?.family === family && !spared(range))
          .toSorted((a, b) => far(a) - far(b));
      }
      case 'address':
        return this.#ranges[side].filter(
          ({ range }) => range !== undefined && inside(range, post.address) === post.address,
        );
    }
  }
}

type Side = 'source' | 'destination';

const isOutside = ({ range }: Endpoint): boolean => range !== undefined;

const byLabel = (all: readonly Endpoint[]): ReadonlyMap<string, Endpoint> =>
  new Map(all.map((one) => [one.label, one]));

/** The example where the range has it, else the first address of the range. */
export const inside = ({ family, first, last }: AddressRange, example: Address): Address =>
  example.family === family && first <= example.number && example.number <= last
    ? example
    : { family, number: first };
