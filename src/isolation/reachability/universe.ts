/**
 * Who can be a peer, as numbers: pods that no policy at hand can tell apart form one class, addresses outside of the cluster form
 * ranges that no `ipBlock` at hand splits. Work then grows with the number of classes, not of pods.
 */
import type { AddressRange, Family } from '../manifests/addresses.ts';
import { textMatches, type Predicate } from '../manifests/labels.ts';
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
import { classify, type Cluster, type Member, type PodClass } from './pod-classes.ts';
import { addressSets, needsPodAddresses } from './rule-parts.ts';
import type { Direction, Peer, Policy, Rule } from './rules.ts';

/** What the specification leaves to the implementation, decided one way or the other. */
export interface Interpretation {
  /** Whether an `ipBlock` also matches pods by their address: Calico and kube-router say yes, Cilium says no. */
  readonly ipblockPods: 'match' | 'ignore';
  /** Whether policies treat a pod on the network of its node as a pod, or as a part of the node that they neither select nor match. */
  readonly hostNetwork: 'pod' | 'node';
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
  /** The same by the condition itself: explanations ask for every policy again and again. */
  readonly #selectedBy = new WeakMap<Predicate, BitSet>();
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

  /**
   * The family of each bit: 0 where it doesn't matter, since packets of the class may be of any family. A class that stands for
   * addresses of one family and a range or class of the other never meet in one packet.
   */
  families(direction: Direction): Uint8Array {
    return Uint8Array.from([
      ...this.classes.map(({ family }) => family ?? 0),
      ...this.external[direction].map(({ family }) => family),
    ]);
  }

  /** The classes that a condition selects. Do not change the result: it is remembered. */
  select(where: Predicate): BitSet {
    const known = this.#selectedBy.get(where);
    if (known !== undefined) return known;
    const key = JSON.stringify(where);
    let bits = this.#selected.get(key);
    if (bits === undefined) {
      bits = this.#evaluate(where);
      keepAll(bits, this.#asPods);
      this.#selected.set(key, bits);
    }
    this.#selectedBy.set(where, bits);
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

function matchesPods(
  { pods }: Extract<Peer, { kind: 'addresses' }>,
  { ipblockPods }: Interpretation,
): boolean {
  return pods === 'always' || (pods === 'open' && ipblockPods === 'match');
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
