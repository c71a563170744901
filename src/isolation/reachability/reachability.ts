/** The connections that a cluster's policies allow: egress of the source and ingress of the destination, for every pair. */
import type { AddressRange } from '../manifests/addresses.ts';
import type { Workload } from '../manifests/objects.ts';
import type { PolicyObject } from '../manifests/kinds/policy-objects.ts';
import { formatRange, type AddressSet } from './address-set.ts';
import { hasBit, membersOf } from './bit-set.ts';
import { compilePolicies } from './flavours.ts';
import { inOrder, judge, type Profile } from './judge.ts';
import type { PortSet } from './port-set.ts';
import { PortTable } from './port-table.ts';
import type { Direction, Policy } from './rules.ts';
import type { Cluster } from './pod-classes.ts';
import { Universe, type Interpretation } from './universe.ts';

/** A workload, or a range of addresses outside of the cluster, under the name that lists give it. */
export interface Endpoint {
  readonly label: string;
  /** Bits of the endpoint: classes of the workload, or the one bit of the range. */
  readonly bits: readonly number[];
  /** The range of an endpoint outside of the cluster; undefined for workloads. */
  readonly range: AddressRange | undefined;
  /** The workload; undefined for ranges. */
  readonly workload: Workload | undefined;
}

/** Everything that one source may reach. */
export interface Row {
  readonly source: Endpoint;
  /** In the order of the labels; only those with at least one allowed port. */
  readonly reached: readonly { readonly destination: Endpoint; readonly ports: PortSet }[];
}

/** What to judge: a cluster and the policies of everybody in it. */
export interface Judged extends Cluster {
  readonly policies: readonly PolicyObject[];
}

/** How to judge where the specification leaves a choice, and where to cut ranges beyond what the policies ask for. */
export interface ReachabilityOptions extends Partial<Interpretation> {
  readonly cuts?: Readonly<Record<Direction, readonly AddressSet[]>>;
}

/** The interpretation that netpol-analyzer has. */
export const defaultInterpretation: Interpretation = { ipblockPods: 'ignore', hostNetwork: 'pod' };

/** The allowed connections of one cluster. Made once, asked often. */
export class Reachability {
  /** Workloads and source ranges, sorted by label. */
  readonly sources: readonly Endpoint[];
  /** Workloads and destination ranges, sorted by label. */
  readonly destinations: readonly Endpoint[];
  /** The compiled policies in the order in which they are judged. */
  readonly policies: readonly Policy[];
  readonly universe: Universe;
  readonly #table = new PortTable();
  readonly #profiles: Readonly<Record<Direction, readonly Profile[]>>;
  readonly #families: Readonly<Record<Direction, Uint8Array>>;
  /** Profile of each class. */
  readonly #profileOf: Readonly<Record<Direction, readonly Profile[]>>;

  constructor(judged: Judged, options: ReachabilityOptions = {}) {
    const { cuts, ...chosen } = options;
    const interpretation = { ...defaultInterpretation, ...chosen };
    this.policies = inOrder(compilePolicies(judged.policies));
    this.universe = new Universe(judged, this.policies, interpretation, cuts);
    this.sources = endpoints(this.universe, 'ingress');
    this.destinations = endpoints(this.universe, 'egress');
    this.#profiles = {
      ingress: judge(this.universe, this.policies, 'ingress', this.#table),
      egress: judge(this.universe, this.policies, 'egress', this.#table),
    };
    this.#families = {
      ingress: this.universe.families('ingress'),
      egress: this.universe.families('egress'),
    };
    this.#profileOf = {
      ingress: byClass(this.#profiles.ingress),
      egress: byClass(this.#profiles.egress),
    };
  }

  /** The source of this label; undefined where there is none. */
  source(label: string): Endpoint | undefined {
    return this.sources.find((one) => one.label === label);
  }

  /** The destination of this label; undefined where there is none. */
  destination(label: string): Endpoint | undefined {
    return this.destinations.find((one) => one.label === label);
  }

  /** The ports at which any pod of the source reaches any pod of the destination. */
  between(source: Endpoint, destination: Endpoint): PortSet {
    let ports: number = PortTable.none;
    for (const from of source.bits)
      for (const to of destination.bits)
        if (this.meet(from, to))
          ports = this.#table.union(
            ports,
            this.#table.intersect(
              source.range !== undefined
                ? PortTable.all
                : grantTo(this.#profileOf.egress[from], to),
              destination.range !== undefined
                ? PortTable.all
                : grantTo(this.#profileOf.ingress[to], from),
            ),
          );
    return source.range !== undefined && destination.range !== undefined
      ? this.#table.set(PortTable.none)
      : this.#table.set(ports);
  }

  /** Source by source, in the order of the labels. A workload's connections to itself are left out unless asked for. */
  *rows(options: { readonly own?: boolean } = {}): Generator<Row> {
    const size = this.universe.size('egress');
    const [out, into, allowed] = [
      new Uint32Array(size),
      new Uint32Array(size),
      new Uint32Array(size),
    ];
    for (const source of this.sources) {
      allowed.fill(PortTable.none);
      for (const from of source.bits) {
        this.#fillEgress(source, from, out);
        this.#fillIngress(source, from, into);
        // The hot loop: every pair of classes passes here once.
        for (let to = 0; to < size; to += 1) {
          const [a, b] = [out[to]!, into[to]!];
          if (a === PortTable.none || b === PortTable.none || !this.meet(from, to)) continue;
          const ports = a === PortTable.all ? b : this.#table.intersect(a, b);
          allowed[to] = this.#table.union(allowed[to]!, ports);
        }
      }
      yield { source, reached: this.#reached(source, allowed, options.own ?? false) };
    }
  }

  /** Whether one packet can have both as its ends. */
  meet(from: number, to: number): boolean {
    const [a, b] = [this.#families.ingress[from]!, this.#families.egress[to]!];
    return a === 0 || b === 0 || a === b;
  }

  #reached(source: Endpoint, allowed: Uint32Array, own: boolean): Row['reached'] {
    const reached: { destination: Endpoint; ports: PortSet }[] = [];
    for (const destination of this.destinations) {
      let ports: number = PortTable.none;
      for (const to of destination.bits) ports = this.#table.union(ports, allowed[to]!);
      if (
        ports === PortTable.none ||
        (source.range !== undefined && destination.range !== undefined)
      )
        continue;
      if (!own && destination.label === source.label) continue;
      reached.push({ destination, ports: this.#table.set(ports) });
    }
    return reached;
  }

  #fillEgress(source: Endpoint, from: number, out: Uint32Array): void {
    if (source.range !== undefined) {
      out.fill(PortTable.all);
      return;
    }
    out.fill(PortTable.none);
    for (const { peers, ports } of this.#profileOf.egress[from]!.grants)
      for (const to of membersOf(peers)) out[to] = ports;
  }

  #fillIngress(source: Endpoint, from: number, into: Uint32Array): void {
    // Destinations outside of the cluster have no ingress rules.
    into.fill(
      source.range !== undefined ? PortTable.none : PortTable.all,
      this.universe.classes.length,
    );
    into.fill(PortTable.none, 0, this.universe.classes.length);
    for (const { subjects, grants } of this.#profiles.ingress)
      for (const { peers, ports } of grants)
        if (hasBit(peers, from)) for (const to of subjects) into[to] = ports;
  }
}

function grantTo(profile: Profile | undefined, peer: number): number {
  return profile?.grants.find(({ peers }) => hasBit(peers, peer))?.ports ?? PortTable.none;
}

function byClass(profiles: readonly Profile[]): readonly Profile[] {
  const found: Profile[] = [];
  for (const profile of profiles) for (const subject of profile.subjects) found[subject] = profile;
  return found;
}

function endpoints(universe: Universe, direction: Direction): readonly Endpoint[] {
  const inside = universe.members.map(({ label, classes, workload }) => ({
    label,
    bits: classes,
    range: undefined,
    workload,
  }));
  const outside = universe.external[direction].map((range, index) => ({
    label: `${formatRange(range)}[External]`,
    bits: [universe.classes.length + index],
    range,
    workload: undefined,
  }));
  return [...inside, ...outside].toSorted((a, b) =>
    a.label < b.label ? -1 : a.label > b.label ? 1 : 0,
  );
}
