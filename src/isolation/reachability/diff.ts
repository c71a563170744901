/** What one set of manifests allows and another does not: by connection, not by text. */
import type { AddressRange } from '../manifests/addresses.ts';
import { AddressSet, formatRange } from './address-set.ts';
import { compilePolicies } from './flavours.ts';
import { PortSet } from './port-set.ts';
import {
  Reachability,
  type Endpoint,
  type Judged,
  type ReachabilityOptions,
  type Row,
} from './reachability.ts';
import type { Direction } from './rules.ts';
import { addressSets } from './rule-parts.ts';
import { usesIpv6 } from './universe.ts';

/** One connection that differs. */
export interface Difference {
  readonly kind: 'added' | 'removed' | 'changed';
  readonly source: string;
  readonly destination: string;
  readonly before: PortSet;
  readonly after: PortSet;
  /** Workloads of this connection that only one side has. */
  readonly workloads: readonly { readonly label: string; readonly change: 'added' | 'removed' }[];
}

/** A difference between the endpoints themselves, before ranges are joined and labels printed. */
interface Pair {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly before: PortSet;
  readonly after: PortSet;
}

/** All differences, sorted by source and destination. Ranges outside are cut as both sides need it, and joined where the change is one. */
export function diffConnections(
  before: Judged,
  after: Judged,
  options: Omit<ReachabilityOptions, 'cuts'> = {},
): readonly Difference[] {
  const cuts = commonCuts(before, after);
  const [first, second] = [before, after].map((one) => new Reachability(one, { ...options, cuts }));
  const pairs = [...compare(first!, second!)];
  const [left, right] = [first!, second!].map(
    ({ universe }) => new Set(universe.members.map(({ label }) => label)),
  );
  return joinRanges(pairs)
    .map(({ source, destination, ...ports }) => ({
      kind: kindOf(ports),
      source,
      destination,
      ...ports,
      workloads: [source, destination].flatMap((label) => {
        if (label.endsWith('[External]') || left!.has(label) === right!.has(label)) return [];
        return [{ label, change: right!.has(label) ? ('added' as const) : ('removed' as const) }];
      }),
    }))
    .toSorted((a, b) => {
      const [x, y] = [`${a.source} => ${a.destination}`, `${b.source} => ${b.destination}`];
      return x < y ? -1 : x > y ? 1 : 0;
    });
}

/** Prints differences in the text format of netpol-analyzer; nothing at all where there are none. */
export function* renderDifferences(differences: readonly Difference[]): Generator<string> {
  if (differences.length > 0) yield 'Connectivity diff:\n';
  for (const { kind, source, destination, before, after, workloads } of differences) {
    const info = workloads.map(({ label, change }) => `workload ${label} ${change}`).join(' and ');
    yield `diff-type: ${kind}, source: ${source}, destination: ${destination}, dir1: ${before.toString()}, dir2: ${after.toString()}${info === '' ? '' : `, workloads-diff-info: ${info}`}\n`;
  }
}

function kindOf({ before, after }: Pick<Pair, 'before' | 'after'>): Difference['kind'] {
  if (before.isEmpty) return 'added';
  return after.isEmpty ? 'removed' : 'changed';
}

function commonCuts(...sides: readonly Judged[]): Record<Direction, readonly AddressSet[]> {
  const sets = sides.map((side) => addressSets(compilePolicies(side.policies)));
  // The set of everything cuts nothing, but makes both sides list IPv6 where one of them does.
  const both = sides.some((side) => usesIpv6(side)) ? [AddressSet.all] : [];
  const of = (direction: Direction): readonly AddressSet[] => [
    ...both,
    ...sets.flatMap((one) => one[direction]),
  ];
  return { ingress: of('ingress'), egress: of('egress') };
}

/** Walks both lists side by side, source by source. */
function* compare(first: Reachability, second: Reachability): Generator<Pair> {
  const [lefts, rights] = [first.rows(), second.rows()];
  let [left, right] = [lefts.next().value, rights.next().value] as [Row?, Row?];
  while (left !== undefined || right !== undefined) {
    const source =
      right === undefined || (left !== undefined && left.source.label <= right.source.label)
        ? left!.source
        : right.source;
    const leftReached = left?.source.label === source.label ? left.reached : [];
    const rightReached = right?.source.label === source.label ? right.reached : [];
    const after = new Map(rightReached.map((one) => [one.destination.label, one]));
    for (const { destination, ports } of leftReached) {
      const twin = after.get(destination.label)?.ports ?? PortSet.none;
      after.delete(destination.label);
      if (!twin.equals(ports)) yield { source, destination, before: ports, after: twin };
    }
    for (const { destination, ports } of after.values())
      yield { source, destination, before: PortSet.none, after: ports };
    if (left?.source.label === source.label) left = lefts.next().value as Row | undefined;
    if (right?.source.label === source.label) right = rights.next().value as Row | undefined;
  }
}

interface Joined {
  readonly source: string;
  readonly destination: string;
  readonly before: PortSet;
  readonly after: PortSet;
}

/** Neighbouring ranges that change in the same way towards the same workload are one. */
function joinRanges(pairs: readonly Pair[]): readonly Joined[] {
  const joined: Joined[] = [];
  const groups = new Map<string, { readonly pair: Pair; readonly ranges: AddressRange[] }>();
  for (const pair of pairs) {
    const { source, destination, before, after } = pair;
    const range = source.range ?? destination.range;
    if (range === undefined) {
      joined.push({ source: source.label, destination: destination.label, before, after });
      continue;
    }
    const inside = source.range === undefined ? source.label : destination.label;
    const side = source.range === undefined ? '>' : '<';
    const key = [inside, side, range.family, before.key, after.key].join(' ');
    const group = groups.get(key) ?? { pair, ranges: [] };
    group.ranges.push(range);
    groups.set(key, group);
  }
  for (const { pair, ranges } of groups.values()) {
    const { source, destination, before, after } = pair;
    const all = ranges.reduce((set, one) => set.union(AddressSet.of(one)), AddressSet.none);
    for (const range of all.ranges()) {
      const label = `${formatRange(range)}[External]`;
      joined.push({
        source: source.range === undefined ? source.label : label,
        destination: destination.range === undefined ? destination.label : label,
        before,
        after,
      });
    }
  }
  return joined;
}
