/** Judges classes of pods in one direction: which peers may connect, at which ports. */
import {
  addAll,
  addBit,
  commonBits,
  fullBits,
  isEmptyBits,
  membersOf,
  removeAll,
  type BitSet,
} from './bit-set.ts';
import { PortSet } from './port-set.ts';
import { PortTable } from './port-table.ts';
import { compareStages, type Direction, type Policy, type Rule } from './rules.ts';
import { resolvePort, resolvePorts, rulesOf } from './rule-parts.ts';
import type { Universe } from './universe.ts';

/** Peers that share one answer. */
export interface Grant {
  readonly peers: BitSet;
  /** Number of the port set; never that of the empty set. */
  readonly ports: number;
}

/** Classes that the same policies select, and what those policies allow them. */
export interface Profile {
  readonly subjects: readonly number[];
  /** Disjoint. */
  readonly grants: readonly Grant[];
}

/** Sorts policies into the order in which they are judged. */
export function inOrder(policies: readonly Policy[]): readonly Policy[] {
  const key = ({ ref }: Policy): string => `${ref.name} ${ref.namespace ?? ''} ${ref.kind}`;
  return policies.toSorted(
    (a, b) =>
      compareStages(a.stage, b.stage) ||
      (a.order === b.order ? 0 : a.order - b.order) ||
      (key(a) < key(b) ? -1 : 1),
  );
}

/** Judges every class in one direction. `policies` must be in order. */
export function judge(
  universe: Universe,
  policies: readonly Policy[],
  direction: Direction,
  table: PortTable,
): readonly Profile[] {
  const judging = policies.filter((policy) => policy[direction] !== undefined);
  return group(universe, judging, direction).map(({ subjects, selecting }) => ({
    subjects,
    grants: grantsOf(universe, selecting, direction, subjects[0]!, table),
  }));
}

/**
 * Groups classes that exactly the same policies select, by refining one group policy by policy. Where a rule means
 * different things for different classes (named ports, conditions on the subject), the group is split by what it means.
 */
function group(
  universe: Universe,
  policies: readonly Policy[],
  direction: Direction,
): readonly { readonly subjects: readonly number[]; readonly selecting: readonly Policy[] }[] {
  const nodes: { readonly parent: number; readonly policy: Policy | undefined }[] = [
    { parent: -1, policy: undefined },
  ];
  const at = new Uint32Array(universe.classes.length);
  for (const policy of policies) {
    const next = new Map<number, number>();
    for (const index of membersOf(universe.select(policy.subjects))) {
      const from = at[index]!;
      let to = next.get(from);
      if (to === undefined) {
        to = nodes.push({ parent: from, policy }) - 1;
        next.set(from, to);
      }
      at[index] = to;
    }
  }
  const groups = new Map<number, number[]>();
  for (const [index, node] of at.entries()) {
    const found = groups.get(node);
    if (found === undefined) groups.set(node, [index]);
    else found.push(index);
  }
  return [...groups].flatMap(([node, subjects]) => {
    const selecting: Policy[] = [];
    for (let one = nodes[node]!; one.policy !== undefined; one = nodes[one.parent]!)
      selecting.push(one.policy);
    selecting.reverse();
    const parts = new Map<string, number[]>();
    const telling = selecting.flatMap((policy) => rulesOf(policy, direction)).filter(tellsApart);
    for (const subject of subjects) {
      const key = JSON.stringify([
        telling.length === 0 ? [] : universe.classes[subject]!.ports,
        telling.map((rule) => universe.speaksFor(rule, direction, subject)),
      ]);
      const part = parts.get(key);
      if (part === undefined) parts.set(key, [subject]);
      else part.push(subject);
    }
    return [...parts.values()].map((part) => ({ subjects: part, selecting }));
  });
}

/** Whether a rule may mean different things for two classes that the same policies select. */
const tellsApart = ({ ports, subjects }: Rule): boolean =>
  subjects !== undefined || (ports !== 'any' && ports.some(({ kind }) => kind === 'named'));

/** Peers in the same state, by port set: allowed for good, not decided yet, passed on to the next stage. */
interface State {
  readonly allowed: number;
  readonly open: number;
  readonly passed: number;
}

function grantsOf(
  universe: Universe,
  policies: readonly Policy[],
  direction: Direction,
  subject: number,
  table: PortTable,
): readonly Grant[] {
  const start: State = { allowed: PortTable.none, open: PortTable.all, passed: PortTable.none };
  let cells = new Cells([[start, fullBits(universe.size(direction))]]);
  for (let i = 0; i < policies.length;) {
    const { stage } = policies[i]!;
    let isolates = false;
    for (; i < policies.length && compareStages(policies[i]!.stage, stage) === 0; i += 1) {
      const rules = policies[i]![direction]!;
      isolates ||= rules.isolates;
      for (const rule of rules.rules.filter((one) => universe.speaksFor(one, direction, subject)))
        for (const part of partsOf(universe, rule, direction, subject, table))
          cells.apply(part.peers, (state) => decide(state, rule, part.ports, table));
    }
    cells = cells.map(({ allowed, open, passed }) => ({
      allowed,
      open: isolates ? passed : table.union(open, passed),
      passed: PortTable.none,
    }));
  }
  const ended = cells.map(({ allowed, open }) => ({
    allowed: table.union(allowed, open),
    open: PortTable.none,
    passed: PortTable.none,
  }));
  return ended
    .entries()
    .map(([state, peers]) => ({ peers, ports: state.allowed }))
    .filter(({ ports }) => ports !== PortTable.none);
}

function decide(state: State, rule: Rule, ports: number, table: PortTable): State {
  const decided = table.intersect(state.open, ports);
  const open = table.subtract(state.open, ports);
  switch (rule.action) {
    case 'allow':
      return { ...state, open, allowed: table.union(state.allowed, decided) };
    case 'deny':
      return { ...state, open };
    case 'pass':
      return { ...state, open, passed: table.union(state.passed, decided) };
  }
}

/** The rule's peers by the ports that it means for them: one part, or several where egress meets named ports. */
function partsOf(
  universe: Universe,
  rule: Rule,
  direction: Direction,
  subject: number,
  table: PortTable,
): readonly Grant[] {
  const peers = universe.peers(rule, direction);
  if (rule.ports === 'any') return [{ peers, ports: PortTable.all }];
  if (direction === 'ingress') {
    const ports = table.id(resolvePorts(rule, universe.classes[subject]));
    return [{ peers, ports }];
  }
  const fixed = PortSet.union(
    rule.ports.flatMap((port) => (port.kind === 'range' ? [resolvePort(port, undefined)] : [])),
  );
  const named = rule.ports.filter((port) => port.kind === 'named');
  const parts = new Map<number, BitSet>();
  for (const index of named.length === 0 ? [] : membersOf(peers)) {
    const found = universe.classes[index];
    const ports = table.id(PortSet.union(named.map((port) => resolvePort(port, found))));
    const bits = parts.get(ports) ?? new Uint32Array(peers.length);
    addBit(bits, index);
    parts.set(ports, bits);
  }
  return [
    { ports: table.id(fixed), peers },
    ...[...parts].map(([ports, bits]) => ({ ports, peers: bits })),
  ];
}

/** A partition of the peers by state; peers in equal states share a cell, so that there are few. */
class Cells {
  readonly #cells = new Map<string, { readonly state: State; readonly peers: BitSet }>();

  constructor(entries: Iterable<readonly [State, BitSet]>) {
    for (const [state, peers] of entries) this.#add(state, peers);
  }

  entries(): readonly (readonly [State, BitSet])[] {
    return [...this.#cells.values()].map(({ state, peers }) => [state, peers] as const);
  }

  map(change: (state: State) => State): Cells {
    return new Cells(this.entries().map(([state, peers]) => [change(state), peers] as const));
  }

  /** Changes the state of the given peers only. */
  apply(peers: BitSet, change: (state: State) => State): void {
    const moved: [State, BitSet][] = [];
    for (const [key, cell] of this.#cells) {
      const next = change(cell.state);
      if (keyOf(next) === key) continue;
      const bits = commonBits(cell.peers, peers);
      if (bits === undefined) continue;
      removeAll(cell.peers, bits);
      if (isEmptyBits(cell.peers)) this.#cells.delete(key);
      moved.push([next, bits]);
    }
    for (const [state, bits] of moved) this.#add(state, bits);
  }

  #add(state: State, peers: BitSet): void {
    const key = keyOf(state);
    const cell = this.#cells.get(key);
    if (cell === undefined) this.#cells.set(key, { state, peers });
    else addAll(cell.peers, peers);
  }
}

const keyOf = ({ allowed, open, passed }: State): string => `${allowed} ${open} ${passed}`;
