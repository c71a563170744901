/** What a flow map asks of policies, before any flavour: one allow policy per workload and direction, everything normalised and sorted. */
import { createHash } from 'node:crypto';
import { named } from './names.ts';
import { peerOf, mergePeers, selectorOf, type Peer, type PodPeer } from './peers.ts';
import type { FlowMap } from '../topology/flow-map.ts';
import type { Flow, Party } from '../topology/flow-draft.ts';

export type Direction = 'ingress' | 'egress';

export interface AllowedPort {
  readonly protocol: Flow['protocol'];
  readonly port: number;
}

/** Every one of the peers on every one of the ports. Both lists are sorted and not empty. */
export interface AllowRule {
  readonly peers: readonly Peer[];
  readonly ports: readonly AllowedPort[];
}

/** What one workload may do in one direction. */
export interface AllowPolicy {
  /** Name of a Kubernetes object, unique among those of its namespace. */
  readonly name: string;
  readonly subject: PodPeer;
  readonly direction: Direction;
  readonly rules: readonly AllowRule[];
  /** Flows that it allows, such as `anonymizer > broker main/11 TCP 9093`; sorted. */
  readonly flows: readonly string[];
}

/** Everything that is generated from one map. */
export interface PolicySet {
  /** Namespaces where everything else is denied; sorted. */
  readonly scope: readonly string[];
  /** Sorted by namespace and name. */
  readonly allows: readonly AllowPolicy[];
  /** SHA-256 of what is enforced, in hexadecimal: not of reasons, nor of when Kafka was asked. */
  readonly digest: string;
}

interface Collected {
  readonly subject: PodPeer;
  readonly direction: Direction;
  readonly owners: Set<string>;
  readonly flows: Set<string>;
  /** By key of the peer. */
  readonly reached: Map<string, { readonly peer: Peer; readonly ports: Map<string, AllowedPort> }>;
}

/** Collects the flows of every workload in scope. Ends that no policy can select are left out; `unselectable` tells which. */
export function policySet(map: Pick<FlowMap, 'flows' | 'parties' | 'scope'>): PolicySet {
  const parties = new Map(map.parties.map((party) => [party.id, party]));
  const scope = [...new Set(map.scope)].toSorted();
  const collected = new Map<string, Collected>();
  for (const flow of map.flows) {
    const [from, to] = [endOf(flow.from, parties), endOf(flow.to, parties)];
    if (from === null || to === null) continue;
    if (inScope(from, scope))
      collect(collected, { subject: from, peer: to, direction: 'egress', owner: flow.from, flow });
    if (inScope(to, scope))
      collect(collected, { subject: to, peer: from, direction: 'ingress', owner: flow.to, flow });
  }
  const names = named(
    [...collected].map(([key, { subject, direction, owners }]) => ({
      key,
      namespace: subject.namespace,
      text: [...owners].toSorted()[0] ?? '',
      suffix: direction,
    })),
  );
  const allows = [...collected].map(([key, { subject, direction, reached, flows }]) => ({
    name: names.get(key) ?? '',
    subject,
    direction,
    rules: rulesOf([...reached.values()]),
    flows: [...flows].toSorted(),
  }));
  return {
    scope,
    allows: allows.toSorted(
      (a, b) => compare(a.subject.namespace, b.subject.namespace) || compare(a.name, b.name),
    ),
    digest: digestOf(map, scope),
  };
}

/** A flow in one line: its identity in annotations. */
export const flowId = ({ from, to, protocol, port }: Omit<Flow, 'why'>): string =>
  `${from} > ${to} ${protocol} ${port}`;

function endOf(id: string, parties: ReadonlyMap<string, Party>): Peer | null {
  const place = parties.get(id)?.place ?? null;
  return place === null ? null : peerOf(place);
}

function inScope(peer: Peer, scope: readonly string[]): peer is PodPeer {
  return peer.kind === 'pods' && scope.includes(peer.namespace);
}

function collect(
  into: Map<string, Collected>,
  {
    subject,
    peer,
    direction,
    owner,
    flow,
  }: {
    readonly subject: PodPeer;
    readonly peer: Peer;
    readonly direction: Direction;
    readonly owner: string;
    readonly flow: Flow;
  },
): void {
  const key = JSON.stringify([subject.namespace, selectorOf(subject), direction]);
  const found: Collected = into.get(key) ?? {
    subject,
    direction,
    owners: new Set(),
    flows: new Set(),
    reached: new Map(),
  };
  into.set(key, found);
  found.owners.add(owner);
  found.flows.add(flowId(flow));
  const peerKey = JSON.stringify(peer);
  const reached = found.reached.get(peerKey) ?? { peer, ports: new Map<string, AllowedPort>() };
  found.reached.set(peerKey, reached);
  const { protocol, port } = flow;
  reached.ports.set(`${protocol} ${String(port).padStart(5, '0')}`, { protocol, port });
}

/** Peers with the same ports share a rule. */
function rulesOf(
  reached: readonly { readonly peer: Peer; readonly ports: ReadonlyMap<string, AllowedPort> }[],
): readonly AllowRule[] {
  const groups = new Map<
    string,
    { readonly ports: readonly AllowedPort[]; readonly peers: Peer[] }
  >();
  for (const { peer, ports } of reached) {
    const key = [...ports.keys()].toSorted().join();
    const group = groups.get(key) ?? {
      ports: [...ports].toSorted(([a], [b]) => compare(a, b)).map(([, port]) => port),
      peers: [],
    };
    groups.set(key, group);
    group.peers.push(peer);
  }
  return [...groups]
    .toSorted(([a], [b]) => compare(a, b))
    .map(([, { ports, peers }]) => ({ peers: mergePeers(peers), ports }));
}

function digestOf(map: Pick<FlowMap, 'flows' | 'parties'>, scope: readonly string[]): string {
  const flows = map.flows.map(flowId).toSorted();
  const places = map.parties
    .map(({ id, place }) => JSON.stringify([id, place === null ? null : (peerOf(place) ?? place)]))
    .toSorted();
  return createHash('sha256').update(JSON.stringify({ scope, flows, places })).digest('hex');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
