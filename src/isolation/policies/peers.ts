/** Ends of connections as policies can name them: pods by namespace and labels, everything else by a single address. */
import { bitsOf, formatAddress, parseAddress } from '../manifests/addresses.ts';
import type { Place } from '../topology/broker-pods.ts';

/** Every key with the values that it may have: one, or any of several. Sorted by key; values sorted. */
export type Labels = readonly (readonly [key: string, values: readonly string[]])[];

export interface PodPeer {
  readonly kind: 'pods';
  readonly namespace: string;
  readonly labels: Labels;
}

/** One address, as `10.0.0.7/32` or `fd00::7/128`. */
export interface AddressPeer {
  readonly kind: 'address';
  readonly cidr: string;
}

export type Peer = PodPeer | AddressPeer;

/** The peer at a place; `null` for a host name, which no portable policy can name. */
export function peerOf(place: Place): Peer | null {
  if (place.kind === 'pods')
    return { kind: 'pods', namespace: place.namespace, labels: labelsOf(place.podSelector) };
  const address = parseAddress(place.address);
  if (address === undefined) return null;
  return { kind: 'address', cidr: `${formatAddress(address)}/${bitsOf(address.family)}` };
}

/** A label selector of `meta/v1`. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In';
    readonly values: readonly string[];
  }[];
}

/** The selector of a peer's pods; `rename` writes keys as a flavour wants them. */
export function selectorOf(
  { labels }: PodPeer,
  rename: (key: string) => string = (key) => key,
): LabelSelector {
  const single = labels.filter(([, values]) => values.length === 1);
  const several = labels.filter(([, values]) => values.length > 1);
  return {
    ...(single.length > 0 && {
      matchLabels: Object.fromEntries(single.map(([key, [value = '']]) => [rename(key), value])),
    }),
    ...(several.length > 0 && {
      matchExpressions: several.map(([key, values]) => ({
        key: rename(key),
        operator: 'In' as const,
        values,
      })),
    }),
  };
}

/**
 * The same peers in fewer words, sorted: pods of one namespace whose labels differ in the value of one key become one peer, so that a hundred
 * brokers are one line and not a hundred.
 */
export function mergePeers(peers: readonly Peer[]): readonly Peer[] {
  const pods = peers.filter((peer) => peer.kind === 'pods');
  const merged = keysOf(pods).reduce<readonly PodPeer[]>(mergeBy, pods);
  const all: readonly Peer[] = [...merged, ...peers.filter((peer) => peer.kind === 'address')];
  const sorted = new Map(all.map((peer) => [JSON.stringify(peer), peer]));
  return [...sorted].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, peer]) => peer);
}

const keysOf = (pods: readonly PodPeer[]): readonly string[] =>
  [...new Set(pods.flatMap(({ labels }) => labels.map(([key]) => key)))].toSorted();

/** Merges peers that are the same but for the values of `key`. */
function mergeBy(pods: readonly PodPeer[], key: string): readonly PodPeer[] {
  const groups = new Map<string, { readonly peer: PodPeer; readonly values: Set<string> }>();
  const others: PodPeer[] = [];
  for (const peer of pods) {
    const own = peer.labels.find(([name]) => name === key)?.[1];
    if (own === undefined) {
      others.push(peer);
      continue;
    }
    const rest = JSON.stringify([peer.namespace, peer.labels.filter(([name]) => name !== key)]);
    const group = groups.get(rest) ?? { peer, values: new Set() };
    groups.set(rest, group);
    for (const value of own) group.values.add(value);
  }
  const merged = [...groups.values()].map(({ peer, values }): PodPeer => ({
    ...peer,
    labels: peer.labels.map(([name, own]) => [name, name === key ? [...values].toSorted() : own]),
  }));
  return [...merged, ...others];
}

const labelsOf = (podSelector: Readonly<Record<string, string>>): Labels =>
  Object.entries(podSelector)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => [key, [value]]);
