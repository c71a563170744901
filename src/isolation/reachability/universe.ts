/**
 * Who can be a peer, as numbers: pods that no policy at hand can tell apart form one class, addresses outside of the cluster form
 * ranges that no `ipBlock` at hand splits. Work then grows with the number of classes, not of pods.
 */
import {
  keysOf,
  namespaceLabel,
  namespaceName,
  onHostNetwork,
  serviceAccountLabel,
  serviceAccountName,
  textMatches,
  type Predicate,
} from '../topology/labels.ts';
import {
  parseAddress,
  type Address,
  type AddressRange,
  type Family,
} from '../topology/addresses.ts';
import {
  workloadLabel,
  type Namespace,
  type PodShape,
  type ServiceAccount,
  type Workload,
} from '../topology/objects.ts';
import { partition, type AddressSet } from './address-set.ts';
import {
  addAll,
  addBit,
  emptyBits,
  fullBits,
  hasBit,
  isEmptyBits,
  keepAll,
  removeAll,
  type BitSet,
} from './bit-set.ts';
import { PortSet } from './port-set.ts';
import type { Direction, Peer, Policy, PortMatch, Rule } from './rules.ts';

/** What the specification leaves to the implementation, decided one way or the other. */
export interface Interpretation {
  /** Whether an `ipBlock` also matches pods by their address: Calico and kube-router say yes, Cilium says no. */
  readonly ipblockPods: 'match' | 'ignore';
  /** Whether policies treat a pod on the network of its node as a pod, or as a part of the node that they neither select nor match. */
  readonly hostNetwork: 'pod' | 'node';
}

/** The objects that are judged. */
export interface Cluster {
  readonly namespaces: readonly Namespace[];
  readonly workloads: readonly Workload[];
  readonly serviceAccounts: readonly ServiceAccount[];
}

/** Pods that are alike for every policy at hand. */
export interface PodClass {
  /** The labels and facts that some policy looks at. */
  readonly labels: ReadonlyMap<string, string>;
  readonly ports: PodShape['ports'];
  readonly hostNetwork: boolean;
  /** An address that stands for all of the class; undefined where none is known or none matters. */
  readonly address: Address | undefined;
}

/** A workload and its classes. */
export interface Member {
  readonly label: string;
  readonly workload: Workload;
  readonly classes: readonly number[];
}

/** Classes and ranges; a bit set over one direction has the classes first and the ranges of that direction behind them. */
export class Universe {
  readonly members: readonly Member[];
  readonly classes: readonly PodClass[];
  /** Ranges of addresses outside: as sources (`ingress`) and as destinations (`egress`). */
  readonly external: Readonly<Record<Direction, readonly AddressRange[]>>;
  readonly #interpretation: Interpretation;
  /** Classes by value by key. */
  readonly #postings = new Map<string, Map<string, number[]>>();
  readonly #selected = new Map<string, BitSet>();
  readonly #peers = new Map<string, BitSet>();
  readonly #asPods: BitSet;

  /** @param cuts further sets that must not be split by any range, so that two universes can be compared range by range */
  constructor(
    cluster: Cluster,
    policies: readonly Policy[],
    interpretation: Interpretation,
    cuts: Readonly<Record<Direction, readonly AddressSet[]>> = addressSets(policies),
  ) {
    this.#interpretation = interpretation;
    const families = familiesOf(cluster, cuts);
    const ranges = (direction: Direction): readonly AddressRange[] =>
      families.flatMap((family) => partition(family, cuts[direction]));
    this.external = { ingress: ranges('ingress'), egress: ranges('egress') };
    const atoms =
      interpretation.ipblockPods === 'match' || policies.some(needsPodAddresses)
        ? families.flatMap((family) => partition(family, [...cuts.ingress, ...cuts.egress]))
        : [];
    const { members, classes } = classify(cluster, policies, atoms);
    this.members = members;
    this.classes = classes;
    this.#asPods = fullBits(classes.length);
    for (const [index, { labels, hostNetwork }] of classes.entries()) {
      if (hostNetwork && interpretation.hostNetwork === 'node')
        this.#asPods[index >>> 5]! &= ~(1 << (index & 31));
      for (const [key, value] of labels) {
        const values = this.#postings.get(key) ?? new Map<string, number[]>();
        this.#postings.set(key, values);
        const posting = values.get(value);
        if (posting === undefined) values.set(value, [index]);
        else posting.push(index);
      }
    }
  }

  /** Number of bits of a set of peers in this direction. */
  size(direction: Direction): number {
    return this.classes.length + this.external[direction].length;
  }

  /** The classes that a condition selects. Do not change the result: it is remembered. */
  select(where: Predicate): BitSet {
    const key = JSON.stringify(where);
    let bits = this.#selected.get(key);
    if (bits === undefined) {
      bits = this.#evaluate(where);
      keepAll(bits, this.#asPods);
      this.#selected.set(key, bits);
    }
    return bits;
  }

  /** Whether the rule speaks for this class among the subjects of its policy. */
  speaksFor(rule: Rule, direction: Direction, subject: number): boolean {
    return rule.subjects === undefined || hasBit(this.#peer(rule.subjects, direction), subject);
  }

  /** The peers that a rule names. Do not change the result: it is remembered. */
  peers(rule: Rule, direction: Direction): BitSet {
    const [only] = rule.peers;
    if (rule.peers.length === 1 && only !== undefined) return this.#peer(only, direction);
    const bits = emptyBits(this.size(direction));
    for (const peer of rule.peers) addAll(bits, this.#peer(peer, direction));
    return bits;
  }

  #peer(peer: Peer, direction: Direction): BitSet {
    const key = direction + peerKey(peer);
    let bits = this.#peers.get(key);
    if (bits === undefined) {
      bits = this.#match(peer, direction);
      this.#peers.set(key, bits);
    }
    return bits;
  }

  #match(peer: Peer, direction: Direction): BitSet {
    const bits = emptyBits(this.size(direction));
    switch (peer.kind) {
      case 'any':
        return fullBits(this.size(direction));
      case 'pods':
        addInto(bits, this.select(peer.where));
        return bits;
      case 'nodes':
        for (const [index, one] of this.classes.entries()) if (one.hostNetwork) addBit(bits, index);
        return bits;
      case 'all': {
        const all = fullBits(this.size(direction));
        for (const part of peer.of) keepAll(all, this.#peer(part, direction));
        return all;
      }
      case 'not': {
        const rest = fullBits(this.size(direction));
        removeAll(rest, this.#peer(peer.of, direction));
        return rest;
      }
      case 'addresses': {
        const { set } = peer;
        for (const [index, { family, first }] of this.external[direction].entries())
          if (set.contains({ family, number: first })) addBit(bits, this.classes.length + index);
        if (matchesPods(peer, this.#interpretation))
          for (const [index, { address }] of this.classes.entries())
            if (address !== undefined && set.contains(address)) addBit(bits, index);
        return bits;
      }
    }
  }

  #evaluate(where: Predicate): BitSet {
    const size = this.classes.length;
    const bits = emptyBits(size);
    switch (where.kind) {
      case 'all': {
        const all = fullBits(size);
        for (const part of where.of) {
          keepAll(all, this.#evaluate(part));
          if (isEmptyBits(all)) break;
        }
        return all;
      }
      case 'any':
        for (const part of where.of) addAll(bits, this.#evaluate(part));
        return bits;
      case 'not': {
        const all = fullBits(size);
        removeAll(all, this.#evaluate(where.of));
        return all;
      }
      case 'has':
        for (const posting of this.#postings.get(where.key)?.values() ?? [])
          for (const index of posting) addBit(bits, index);
        return bits;
      case 'in':
        for (const value of where.values)
          for (const index of this.#postings.get(where.key)?.get(value) ?? []) addBit(bits, index);
        return bits;
      case 'text':
        for (const [text, posting] of this.#postings.get(where.key) ?? [])
          if (textMatches(where.test, text, where.value))
            for (const index of posting) addBit(bits, index);
        return bits;
    }
  }
}

/** Resolves a port of a rule at a destination; addresses outside of the cluster (undefined) serve no named port. */
export function resolvePort(match: PortMatch, destination: PodClass | undefined): PortSet {
  if (match.kind === 'range') return PortSet.of(match.protocol, match.first, match.last);
  return PortSet.union(
    (destination?.ports ?? [])
      .filter((port) => port.name === match.name)
      .filter((port) => match.protocol === 'any' || match.protocol === port.protocol)
      .map((port) => PortSet.of(port.protocol, port.number, port.number)),
  );
}

/** All port sets that the rule may mean at this destination. */
export function resolvePorts(rule: Rule, destination: PodClass | undefined): PortSet {
  if (rule.ports === 'any') return PortSet.all;
  return PortSet.union(rule.ports.map((match) => resolvePort(match, destination)));
}

/** The rules of a policy in one direction. */
export const rulesOf = (policy: Policy, direction: Direction): readonly Rule[] =>
  policy[direction]?.rules ?? [];

type SimplePeer = Exclude<Peer, { kind: 'all' | 'not' }>;

/** All peers that a rule is made of, down to those that are made of no other. */
export const simplePeersOf = (rule: Rule): readonly SimplePeer[] =>
  [...rule.peers, ...(rule.subjects === undefined ? [] : [rule.subjects])].flatMap((peer) => [
    ...simplePeers(peer),
  ]);

function* simplePeers(peer: Peer): Generator<SimplePeer> {
  switch (peer.kind) {
    case 'all':
      for (const part of peer.of) yield* simplePeers(part);
      return;
    case 'not':
      yield* simplePeers(peer.of);
      return;
    case 'any':
    case 'pods':
    case 'addresses':
    case 'nodes':
      yield peer;
  }
}

function matchesPods(
  { pods }: Extract<Peer, { kind: 'addresses' }>,
  { ipblockPods }: Interpretation,
): boolean {
  return pods === 'always' || (pods === 'open' && ipblockPods === 'match');
}

const needsPodAddresses = (policy: Policy): boolean =>
  [...rulesOf(policy, 'ingress'), ...rulesOf(policy, 'egress')].some((rule) =>
    simplePeersOf(rule).some((peer) => peer.kind === 'addresses' && peer.pods === 'always'),
  );

/** The `ipBlock`s of the policies, by direction. */
export function addressSets(
  policies: readonly Policy[],
): Readonly<Record<Direction, readonly AddressSet[]>> {
  const sets = (direction: Direction): readonly AddressSet[] =>
    policies
      .flatMap((policy) => rulesOf(policy, direction))
      .flatMap((rule) => simplePeersOf(rule))
      .flatMap((peer) => (peer.kind === 'addresses' ? [peer.set] : []));
  return { ingress: sets('ingress'), egress: sets('egress') };
}

/** IPv4 always; IPv6 where an `ipBlock` or a pod uses it. */
function familiesOf(
  cluster: Cluster,
  cuts: Readonly<Record<Direction, readonly AddressSet[]>>,
): readonly Family[] {
  const blocks = [...cuts.ingress, ...cuts.egress].some((set) => set.boundaries(6).length > 0);
  return blocks || usesIpv6(cluster) ? [4, 6] : [4];
}

/** Whether a pod of the cluster has an IPv6 address. */
export const usesIpv6 = (cluster: Cluster): boolean =>
  cluster.workloads.some((workload) =>
    workload.shapes.some((shape) => shape.addresses.some((address) => address.includes(':'))),
  );

function classify(
  cluster: Cluster,
  policies: readonly Policy[],
  atoms: readonly AddressRange[],
): { readonly members: readonly Member[]; readonly classes: readonly PodClass[] } {
  const facts = new Facts(cluster, policies);
  const classes: PodClass[] = [];
  const known = new Map<string, number>();
  const classOf = (shape: PodShape, namespace: string, address: Address | undefined): number => {
    const labels = facts.labels(shape, namespace);
    const ports = facts.ports(shape);
    const key = JSON.stringify([
      [...labels].toSorted(([a], [b]) => (a < b ? -1 : 1)),
      ports.map(({ name, number, protocol }) => `${name ?? ''} ${protocol} ${number}`),
      shape.hostNetwork,
      address === undefined ? '' : `${address.family} ${address.number}`,
    ]);
    let index = known.get(key);
    if (index === undefined) {
      index = classes.push({ labels, ports, hostNetwork: shape.hostNetwork, address }) - 1;
      known.set(key, index);
    }
    return index;
  };
  const members = cluster.workloads.map((workload) => ({
    label: workloadLabel(workload),
    workload,
    classes: [
      ...new Set(
        workload.shapes.flatMap((shape) =>
          standIns(shape, atoms).map((address) => classOf(shape, workload.namespace, address)),
        ),
      ),
    ],
  }));
  return { members, classes };
}

/** One address for each range that the pods of a shape live in; undefined where addresses are unknown or don't matter. */
function standIns(
  shape: PodShape,
  atoms: readonly AddressRange[],
): readonly (Address | undefined)[] {
  if (atoms.length === 0) return [undefined];
  const found = new Map<bigint, Address>();
  for (const text of shape.addresses) {
    const address = parseAddress(text);
    const atom = address === undefined ? undefined : rangeOf(address, atoms);
    if (atom !== undefined) found.set(atom.first, { family: atom.family, number: atom.first });
  }
  return found.size === 0 ? [undefined] : [...found.values()];
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

/** What the policies at hand may look at: everything else must not split a class. */
class Facts {
  readonly #keys = new Set<string>();
  readonly #portNames = new Set<string>();
  readonly #ofNamespace = new Map<string, readonly (readonly [string, string])[]>();
  readonly #ofAccount = new Map<string, readonly (readonly [string, string])[]>();

  constructor(cluster: Cluster, policies: readonly Policy[]) {
    for (const policy of policies) this.#collect(policy);
    for (const { name, labels } of cluster.namespaces)
      this.#ofNamespace.set(name, [
        ...this.#mentioned([[namespaceName, name]]),
        ...this.#mentioned([...labels].map(([key, value]) => [namespaceLabel(key), value])),
      ]);
    for (const { namespace, name, labels } of cluster.serviceAccounts)
      this.#ofAccount.set(
        `${namespace}/${name}`,
        this.#mentioned([...labels].map(([key, value]) => [serviceAccountLabel(key), value])),
      );
  }

  labels(shape: PodShape, namespace: string): ReadonlyMap<string, string> {
    const account = shape.serviceAccount;
    return new Map([
      ...this.#mentioned([...shape.labels]),
      ...(this.#ofNamespace.get(namespace) ?? this.#mentioned([[namespaceName, namespace]])),
      ...this.#mentioned([
        [serviceAccountName, account],
        [onHostNetwork, String(shape.hostNetwork)],
      ]),
      ...(this.#ofAccount.get(`${namespace}/${account}`) ?? []),
    ]);
  }

  ports(shape: PodShape): PodShape['ports'] {
    return shape.ports.filter(({ name }) => name !== undefined && this.#portNames.has(name));
  }

  #mentioned(entries: readonly (readonly [string, string])[]): (readonly [string, string])[] {
    return entries.filter(([key]) => this.#keys.has(key));
  }

  #collect(policy: Policy): void {
    for (const key of keysOf(policy.subjects)) this.#keys.add(key);
    for (const rule of [...rulesOf(policy, 'ingress'), ...rulesOf(policy, 'egress')]) {
      for (const peer of simplePeersOf(rule))
        if (peer.kind === 'pods') for (const key of keysOf(peer.where)) this.#keys.add(key);
      if (rule.ports === 'any') continue;
      for (const port of rule.ports) if (port.kind === 'named') this.#portNames.add(port.name);
    }
  }
}

/** Copies a set over the classes into the lower part of a wider set. */
function addInto(wide: BitSet, narrow: BitSet): void {
  for (let i = 0; i < narrow.length; i += 1) wide[i]! |= narrow[i]!;
}

function peerKey(peer: Peer): string {
  switch (peer.kind) {
    case 'any':
    case 'nodes':
      return peer.kind;
    case 'pods':
      return JSON.stringify(peer.where);
    case 'addresses':
      return `${peer.pods} ${peer.set.key}`;
    case 'all':
      return `(${peer.of.map(peerKey).join(' & ')})`;
    case 'not':
      return `!${peerKey(peer.of)}`;
  }
}
