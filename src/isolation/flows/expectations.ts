/** What the flow map says about a connection that was seen. */
import { parseAddress } from '../manifests/addresses.ts';
import { holdsRaw, type MappedBroker } from '../topology/flow-scene.ts';
import type { FlowMap } from '../topology/flow-map.ts';
import type { Party } from '../topology/flow-draft.ts';
import type { ObservedFlow } from './observed-flow.ts';
import { nameOf, type Peer } from './peers.ts';

/** How far a connection is declared. */
export type Standing =
  /** It must be possible. */
  | 'declared'
  /** Among brokers outside of Kubernetes, which the map leaves to them; or of a workload with itself. */
  | 'internal'
  /** Declared to some of the parties that the log's words may mean, and not to all. */
  | 'ambiguous'
  /** Declared to a party whose address nobody told, at this port. */
  | 'by-port'
  | 'undeclared';

/** A connection next to the map. */
export interface Match {
  readonly standing: Standing;
  /** Indices of the map's flows that this may be. */
  readonly flows: readonly number[];
  /** Who it was taken for by its port alone. */
  readonly taken: Party | null;
}

type Connection = Pick<ObservedFlow, 'protocol' | 'port'>;

/** The flow map, looked up by parties. */
export class Expectations {
  readonly map: FlowMap;
  readonly #byPair = new Map<string, number[]>();
  readonly #bySource = new Map<string, number[]>();
  readonly #brokers: ReadonlyMap<string, MappedBroker>;
  readonly #unplaced: ReadonlyMap<string, Party>;

  constructor(map: FlowMap) {
    this.map = map;
    for (const [index, { from, to }] of map.flows.entries()) {
      add(this.#byPair, pairKey(from, to), index);
      add(this.#bySource, from, index);
    }
    this.#brokers = new Map(map.brokers.map((broker) => [`broker ${broker.name}`, broker]));
    this.#unplaced = new Map(
      map.parties.filter(({ place }) => !isConcrete(place)).map((party) => [party.id, party]),
    );
  }

  /** The brokers that a peer may be. */
  brokersOf({ parties }: Peer): readonly MappedBroker[] {
    return parties.flatMap(({ id }) => this.#brokers.get(id) ?? []);
  }

  /** Whether a peer may be a broker with raw records. */
  isRaw(peer: Peer): boolean {
    return this.brokersOf(peer).some(holdsRaw);
  }

  isAnonymizer({ parties }: Peer): boolean {
    return parties.some(({ kind }) => kind === 'anonymizer');
  }

  match(source: Peer, destination: Peer, connection: Connection): Match {
    const flows = source.parties.flatMap((from) =>
      destination.parties.flatMap((to) => this.#between(from, to, connection)),
    );
    if (flows.length > 0) {
      const reached = new Set(flows.map((index) => this.map.flows[index]?.to));
      const all = destination.parties.every(({ id }) => reached.has(id));
      return { standing: all ? 'declared' : 'ambiguous', flows, taken: null };
    }
    if (this.#internal(source, destination)) return { standing: 'internal', flows, taken: null };
    const byPort = destination.parties.length === 0 ? this.#byPort(source, connection) : undefined;
    if (byPort !== undefined) return byPort;
    return { standing: 'undeclared', flows, taken: null };
  }

  #between(from: Party, to: Party, connection: Connection): readonly number[] {
    return (this.#byPair.get(pairKey(from.id, to.id)) ?? []).filter((index) =>
      fits(this.map.flows[index]!, connection),
    );
  }

  #internal(source: Peer, destination: Peer): boolean {
    if (nameOf(source) === nameOf(destination) && source.resolved) return true;
    const outside = (peer: Peer): readonly MappedBroker[] =>
      this.brokersOf(peer).filter(({ place }) => place?.kind === 'address');
    const clusters = new Set(outside(source).map(({ cluster }) => cluster));
    return outside(destination).some(({ cluster }) => clusters.has(cluster));
  }

  /** A registry that is declared by its name, or a server behind which nobody knows the brokers: their addresses are not in the map. */
  #byPort(source: Peer, connection: Connection): Match | undefined {
    for (const { id } of source.parties)
      for (const index of this.#bySource.get(id) ?? []) {
        const flow = this.map.flows[index]!;
        const taken = this.#unplaced.get(flow.to);
        if (taken !== undefined && fits(flow, connection))
          return { standing: 'by-port', flows: [index], taken };
      }
    return undefined;
  }
}

function fits(
  flow: { readonly protocol: string; readonly port: number },
  { protocol, port }: Connection,
): boolean {
  return flow.protocol === protocol && (port === null || flow.port === port);
}

/** A place that can be recognised in a log: pods, or an address that is not a name. */
function isConcrete(place: Party['place']): boolean {
  if (place === null) return false;
  return place.kind === 'pods' || parseAddress(place.address) !== undefined;
}

const pairKey = (from: string, to: string): string => `${from}\0${to}`;

function add(into: Map<string, number[]>, key: string, index: number): void {
  const list = into.get(key);
  if (list === undefined) into.set(key, [index]);
  else list.push(index);
}
