/**
 * Where everything of a flow map stands in a picture: parties in columns, a slot for each end of each line, so that no label covers another,
 * and a lane below all boxes for each line that would pass behind one.
 */
import type { Flow, Party } from '../flow-draft.ts';
import type { FlowMap } from '../flow-map.ts';
import type { BrokerStanding, MappedBroker } from '../flow-scene.ts';

/** One party's box; pixels from the upper left corner of the picture. */
export interface Box {
  readonly party: Party;
  readonly broker: MappedBroker | null;
  readonly column: number;
  /** Parties that ask it for names; those lines are not drawn. */
  readonly asking: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** All flows from one party to another. */
export interface Line {
  readonly from: Box;
  readonly to: Box;
  readonly flows: readonly Flow[];
  /** Ends of the line. */
  readonly start: Point;
  readonly end: Point;
  /** Height at which the line passes below the boxes of the columns between; `null` where there are none. */
  readonly lane: number | null;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
  /** What brokers and controllers do among themselves, which would be a line from each to each. */
  readonly among: readonly Flow[];
}

const boxWidth = 270;
const columnGap = 230;
const rowGap = 18;
const slotHeight = 17;
/** Room for the words in a box. */
const wordsHeight = 52;
const margin = 24;
const laneHeight = 14;
/** Room for the title above and the legend below. */
export const headHeight = 64;
export const footHeight = 96;

const columns: Readonly<Record<Party['kind'], number>> = {
  client: 0,
  operator: 0,
  broker: 1,
  controller: 1,
  anonymizer: 2,
  registry: 3,
  dns: 3,
  server: 3,
  other: 0,
};

const standings: readonly BrokerStanding[] = ['raw', 'shared', 'free', 'open'];
/** Raw brokers first, what is no broker last. */
const rankOf = (broker: MappedBroker | null): number =>
  broker === null ? standings.length : standings.indexOf(broker.standing);

interface Placed {
  readonly party: Party;
  readonly broker: MappedBroker | null;
  readonly column: number;
  readonly rank: number;
}

interface Pair {
  readonly from: Placed;
  readonly to: Placed;
  readonly flows: readonly Flow[];
}

/** Lays a map out. The same map gives the same numbers. */
export function layOut(map: FlowMap): Layout {
  const { placed, pairs, among, asking } = paired(map);
  const ends = endsOf(pairs);
  const boxes = stacked(placed, ends, asking);
  const all = [...boxes.values()];
  const bottom = all.map(({ y, height }) => y + height).reduce(largest, headHeight);
  let lanes = 0;
  const lines = pairs.map((pair): Line => {
    const [from, to] = [boxes.get(pair.from.party.id)!, boxes.get(pair.to.party.id)!];
    const [out, into] = sidesOf(pair);
    const [low = 0, high = 0] = [from.column, to.column].toSorted((a, b) => a - b);
    const between = all.some(({ column }) => column > low && column < high);
    if (between) lanes += 1;
    return {
      lane: between ? bottom + lanes * laneHeight : null,
      from,
      to,
      flows: pair.flows,
      start: slotOf(from, out, keyOf(pair, 'from'), ends),
      end: slotOf(to, into, keyOf(pair, 'to'), ends),
    };
  });
  return {
    width: all.map(({ x, width }) => x + width).reduce(largest, 0) + margin,
    height: bottom + lanes * laneHeight + footHeight,
    boxes: all,
    lines,
    among,
  };
}

const largest = (most: number, at: number): number => Math.max(most, at);

/** Parties in the order in which they stand, and one pair for each two that are connected. */
function paired(map: FlowMap): {
  readonly placed: readonly Placed[];
  readonly pairs: readonly Pair[];
  readonly among: readonly Flow[];
  readonly asking: ReadonlyMap<string, number>;
} {
  const brokers = new Map(map.brokers.map((broker) => [`broker ${broker.name}`, broker]));
  const used = new Set(map.flows.flatMap(({ from, to }) => [from, to]));
  const reached = new Set(map.flows.map(({ to }) => to));
  const placed = map.parties
    .filter(({ id, kind }) => used.has(id) || kind === 'broker' || kind === 'anonymizer')
    .map((party): Omit<Placed, 'rank'> => ({
      party,
      broker: brokers.get(party.id) ?? null,
      column: party.kind === 'other' && reached.has(party.id) ? 3 : columns[party.kind],
    }))
    .toSorted(
      (a, b) =>
        a.column - b.column ||
        rankOf(a.broker) - rankOf(b.broker) ||
        (a.broker?.node ?? 0) - (b.broker?.node ?? 0) ||
        (a.party.id < b.party.id ? -1 : 1),
    )
    .map((one, rank): Placed => ({ ...one, rank }));
  const byId = new Map(placed.map((one) => [one.party.id, one]));
  const pairs = new Map<
    string,
    { readonly from: Placed; readonly to: Placed; readonly flows: Flow[] }
  >();
  const among: Flow[] = [];
  const askers = new Map<string, Set<string>>();
  for (const flow of map.flows) {
    const [from, to] = [byId.get(flow.from)!, byId.get(flow.to)!];
    if (inCluster(from) && inCluster(to)) {
      among.push(flow);
      continue;
    }
    if (to.party.kind === 'dns') {
      askers.set(flow.to, (askers.get(flow.to) ?? new Set()).add(flow.from));
      continue;
    }
    const key = `${flow.from}\0${flow.to}`;
    const pair = pairs.get(key) ?? { from, to, flows: [] };
    pairs.set(key, pair);
    pair.flows.push(flow);
  }
  const sorted = [...pairs.values()].toSorted(
    (a, b) => a.from.rank - b.from.rank || a.to.rank - b.to.rank,
  );
  const asking = new Map([...askers].map(([id, from]) => [id, from.size]));
  return { placed, pairs: sorted, among, asking };
}

const inCluster = ({ party: { kind } }: Placed): boolean =>
  kind === 'broker' || kind === 'controller';

type Edge = 'left' | 'right';

/** Lines leave and arrive on the sides that face each other; within a column both on the right. */
function sidesOf({ from, to }: Pair): readonly [Edge, Edge] {
  if (from.column === to.column) return ['right', 'right'];
  return from.column < to.column ? ['right', 'left'] : ['left', 'right'];
}

/** Slots by the side of a box, and by the end of a line, in the order of what is at the other ends. */
type Ends = ReadonlyMap<string, ReadonlyMap<string, number>>;

const sideKey = (id: string, edge: Edge): string => `${edge} ${id}`;

function endsOf(pairs: readonly Pair[]): Ends {
  const found = new Map<string, { readonly key: string; readonly rank: number }[]>();
  const add = (side: string, key: string, rank: number): void => {
    const own = found.get(side) ?? [];
    found.set(side, own);
    own.push({ key, rank });
  };
  for (const pair of pairs) {
    const [out, into] = sidesOf(pair);
    add(sideKey(pair.from.party.id, out), keyOf(pair, 'from'), pair.to.rank);
    add(sideKey(pair.to.party.id, into), keyOf(pair, 'to'), pair.from.rank);
  }
  return new Map(
    [...found].map(([side, own]) => [
      side,
      new Map(
        own
          .toSorted((a, b) => a.rank - b.rank || (a.key < b.key ? -1 : 1))
          .map(({ key }, at) => [key, at]),
      ),
    ]),
  );
}

const keyOf = ({ from, to }: Pair, end: 'from' | 'to'): string =>
  `${end}\0${from.party.id}\0${to.party.id}`;

function stacked(
  placed: readonly Placed[],
  ends: Ends,
  asking: ReadonlyMap<string, number>,
): ReadonlyMap<string, Box> {
  const heights = new Map<number, number>();
  const boxes = new Map<string, Box>();
  const used = [...new Set(placed.map(({ column }) => column))].toSorted((a, b) => a - b);
  for (const { party, broker, column } of placed) {
    const count = (edge: Edge): number => ends.get(sideKey(party.id, edge))?.size ?? 0;
    const slots = Math.max(count('left'), count('right'));
    const height = Math.max(wordsHeight, slots * slotHeight) + 8;
    const y = heights.get(column) ?? headHeight;
    heights.set(column, y + height + rowGap);
    const x = margin + used.indexOf(column) * (boxWidth + columnGap);
    boxes.set(party.id, {
      party,
      broker,
      column,
      asking: asking.get(party.id) ?? 0,
      x,
      y,
      width: boxWidth,
      height,
    });
  }
  return boxes;
}

function slotOf(box: Box, edge: Edge, key: string, ends: Ends): Point {
  const own = ends.get(sideKey(box.party.id, edge));
  const at = own?.get(key) ?? 0;
  return {
    x: edge === 'left' ? box.x : box.x + box.width,
    y: Math.round(box.y + (box.height * (at + 1)) / ((own?.size ?? 1) + 1)),
  };
}
