import { PortSet } from './port-set.ts';

/**
 * Port sets as small numbers. A cluster knows few different sets, but millions of pairs combine them: results are remembered,
 * and a pair costs one look-up.
 */
export class PortTable {
  readonly #sets: PortSet[] = [];
  readonly #ids = new Map<string, number>();
  readonly #unions = new Map<number, number>();
  readonly #intersections = new Map<number, number>();
  readonly #differences = new Map<number, number>();

  /** Number of the empty set. */
  static readonly none = 0;
  /** Number of the set of all ports. */
  static readonly all = 1;

  constructor() {
    this.id(PortSet.none);
    this.id(PortSet.all);
  }

  id(set: PortSet): number {
    let id = this.#ids.get(set.key);
    if (id === undefined) {
      id = this.#sets.push(set) - 1;
      this.#ids.set(set.key, id);
    }
    return id;
  }

  set(id: number): PortSet {
    return this.#sets[id]!;
  }

  union(a: number, b: number): number {
    if (a === b || b === PortTable.none || a === PortTable.all) return a;
    if (a === PortTable.none || b === PortTable.all) return b;
    return this.#remembered(this.#unions, Math.min(a, b), Math.max(a, b), (x, y) => x.union(y));
  }

  intersect(a: number, b: number): number {
    if (a === b || a === PortTable.none || b === PortTable.all) return a;
    if (b === PortTable.none || a === PortTable.all) return b;
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    return this.#remembered(this.#intersections, low, high, (x, y) => x.intersect(y));
  }

  subtract(a: number, b: number): number {
    if (a === b || b === PortTable.all) return PortTable.none;
    if (a === PortTable.none || b === PortTable.none) return a;
    return this.#remembered(this.#differences, a, b, (x, y) => x.subtract(y));
  }

  #remembered(
    known: Map<number, number>,
    a: number,
    b: number,
    compute: (a: PortSet, b: PortSet) => PortSet,
  ): number {
    const key = a * 2 ** 26 + b;
    let id = known.get(key);
    if (id === undefined) {
      id = this.id(compute(this.#sets[a]!, this.#sets[b]!));
      known.set(key, id);
    }
    return id;
  }
}
