/** From what a log calls a peer to who it is: the workload, and the party of the flow map. */
import { formatAddress, parseAddress } from '../manifests/addresses.ts';
import { workloadLabel, type Workload } from '../manifests/objects.ts';
import { RecentCache } from './recent-cache.ts';
import { isPrivate } from './private-addresses.ts';
import type { FlowMap } from '../topology/flow-map.ts';
import type { Party } from '../topology/flow-draft.ts';
import type { KnownPod, PodDirectory } from './pod-directory.ts';
import type { FlowPeer } from './observed-flow.ts';

/** Who a peer is. */
export interface Peer {
  /** Different for every peer that was recognised apart. */
  readonly id: number;
  /** Such as `shop/web[Deployment]`, `shop/web-1[Pod]`, `10.0.0.1` or `world`; equal for peers that are told apart by nothing. */
  readonly label: string;
  readonly workload: Workload | null;
  /** The one shape that the pod has, as an index of the workload's; null where it may be any. */
  readonly shape: number | null;
  /** Parties that it may be; several where the log names a workload whose pods are different parties. */
  readonly parties: readonly Party[];
  readonly address: string | null;
  /** Whether labels or the workload are known, so that "no party" is knowledge and not ignorance. */
  readonly resolved: boolean;
  /** Whether it is none of the cluster's pods: a public address, a node, a network. */
  readonly outside: boolean;
}

/** Labels that hold the name of their pod. */
const podNameLabels = ['statefulset.kubernetes.io/pod-name', 'strimzi.io/pod-name'];

/** Peers that are remembered. */
const mostPeers = 20_000;

/** What people call a peer: a broker by its cluster and node, everybody else by the label. */
export function nameOf({ parties, label }: Peer): string {
  const [party, ...others] = parties;
  return party?.kind === 'broker' && others.length === 0 ? party.id : label;
}

/** Recognises peers; asked once for each, remembered after. */
export class Peers {
  readonly #parties: readonly Party[];
  readonly #directory: PodDirectory;
  readonly #known = new RecentCache<string, Peer>(mostPeers);
  readonly #byAddress = new Map<string, Party[]>();
  #next = 0;

  constructor({ parties }: Pick<FlowMap, 'parties'>, directory: PodDirectory) {
    this.#parties = parties;
    this.#directory = directory;
    for (const party of parties) {
      if (party.place?.kind !== 'address') continue;
      const address = parseAddress(party.place.address);
      if (address === undefined) continue;
      const text = formatAddress(address);
      this.#byAddress.set(text, [...(this.#byAddress.get(text) ?? []), party]);
    }
  }

  /** Who this is. */
  of(peer: FlowPeer): Peer {
    const { namespace, pod, workload, address, labels, reserved } = peer;
    const key = `${namespace ?? ''}|${pod ?? ''}|${workload ?? ''}|${address ?? ''}|${reserved ?? ''}|${labels === null ? '' : labels.join(',')}`;
    let found = this.#known.get(key);
    if (found === undefined) {
      found = this.#recognise(peer);
      this.#known.set(key, found);
    }
    return found;
  }

  #recognise(peer: FlowPeer): Peer {
    const pod = this.#pod(peer);
    const workload = pod?.workload ?? null;
    const namespace = peer.namespace ?? workload?.namespace ?? null;
    const candidates = labelSets(peer, pod);
    const beginning = peer.pod === null && pod === undefined ? peer.workload : null;
    const placed = namespace === null ? [] : this.#matching(namespace, candidates, beginning);
    const byAddress = peer.address === null ? [] : (this.#byAddress.get(peer.address) ?? []);
    const shape = pod?.shapes.length === 1 ? pod.workload.shapes.indexOf(pod.shapes[0]!) : null;
    this.#next += 1;
    return {
      id: this.#next,
      label: labelOf(peer, workload),
      workload,
      shape,
      parties: [...new Set([...placed, ...byAddress])],
      address: peer.address,
      resolved:
        workload !== null || (peer.labels !== null && namespace !== null) || byAddress.length > 0,
      outside: isOutside(peer),
    };
  }

  #pod({ namespace, pod, workload, address }: FlowPeer): KnownPod | undefined {
    if (namespace !== null && pod !== null) {
      const byName = this.#directory.byName(namespace, pod);
      if (byName !== undefined && byName.shapes.length === 1) return byName;
      const byAddress = address === null ? undefined : this.#directory.byAddress(address);
      // An address may have had another pod before: the name in the log is the newer word.
      return byAddress?.workload === byName?.workload ? (byAddress ?? byName) : byName;
    }
    if (namespace !== null && workload !== null)
      return this.#directory.byWorkload(namespace, workload);
    return address === null ? undefined : this.#directory.byAddress(address);
  }

  #matching(
    namespace: string,
    candidates: readonly ReadonlyMap<string, string>[],
    beginning: string | null,
  ): readonly Party[] {
    // Where the log tells only how the pod's name begins, every pod with such a name may be meant.
    const fits = (labels: ReadonlyMap<string, string>, key: string, value: string): boolean =>
      labels.get(key) === value ||
      (beginning !== null && podNameLabels.includes(key) && value.startsWith(`${beginning}-`));
    return this.#parties.filter(({ place }) => {
      if (place?.kind !== 'pods' || place.namespace !== namespace) return false;
      const wanted = Object.entries(place.podSelector);
      return candidates.some((labels) => wanted.every(([key, value]) => fits(labels, key, value)));
    });
  }
}

/**
 * The labels that the pod may have: those of the log and those of each shape. Sources leave out what changes from pod to pod, such as the labels
 * that hold the pod's name, so these are made from the name.
 */
function labelSets(
  { labels, pod }: FlowPeer,
  known: KnownPod | undefined,
): readonly ReadonlyMap<string, string>[] {
  const own = (labels ?? []).map((label): [string, string] => {
    const at = label.indexOf('=');
    return [label.slice(0, at), label.slice(at + 1)];
  });
  const implied: [string, string][] = pod === null ? [] : podNameLabels.map((key) => [key, pod]);
  const shapes = known?.shapes ?? [];
  if (shapes.length === 0) return [new Map([...implied, ...own])];
  // What the log says is newer than the manifests.
  return shapes.map((shape) => new Map([...shape.labels, ...implied, ...own]));
}

function isOutside({ pod, workload, address, reserved }: FlowPeer): boolean {
  if (pod !== null || workload !== null) return false;
  if (reserved !== null) return true;
  const parsed = address === null ? undefined : parseAddress(address);
  return parsed !== undefined && !isPrivate(parsed);
}

function labelOf(
  { namespace, pod, workload, address, reserved }: FlowPeer,
  known: Workload | null,
): string {
  if (known !== null) return workloadLabel(known);
  if (pod !== null) return `${namespace ?? ''}/${pod}[Pod]`;
  if (workload !== null) return `${namespace ?? ''}/${workload}[Pods]`;
  const outside = reserved === 'world' || reserved?.endsWith('network') === true;
  if (address !== null && (reserved === null || outside)) return address;
  return reserved ?? address ?? 'unknown';
}
