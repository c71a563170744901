/**
 * The cluster with attackers in it. Sources and targets become workloads of their own beside everything that is there, so that one
 * evaluation answers all attacks; since no policy depends on which pods exist, nobody else's verdict changes.
 */
import type { Decider } from '../findings/finding.ts';
import { explain, type Explanation } from '../reachability/explain.ts';
import { refText, type PolicyRef } from '../reachability/rules.ts';
import { Verdicts, type Choice, type Verdict } from '../reachability/verdict.ts';
import {
  formatAddress,
  parseAddress,
  type AddressRange,
  type Family,
} from '../manifests/addresses.ts';
import type { Endpoint } from '../reachability/reachability.ts';
import type { Manifests } from '../manifests/manifests.ts';
import {
  undeclaredShape,
  workloadLabel,
  type PodShape,
  type Protocol,
  type Workload,
} from '../manifests/objects.ts';
import { looser, type AttackSource, type AttackVerdict } from './attack.ts';
import { Ends, inside, type Post } from './ends.ts';
import type { TargetPod } from './scene.ts';

/** What the evaluator says about one attack. */
export interface Ruling {
  readonly verdict: AttackVerdict;
  readonly dependsOn: readonly Choice[];
  readonly deciders: readonly Decider[];
  readonly protocol: Protocol;
  readonly port: number;
  /** An address that shows the verdict, where an end is anywhere outside. */
  readonly witness: string | undefined;
}

/** What is tried: one port, or whichever the policies let through. */
export interface Knock {
  readonly protocol: Protocol;
  /** Where `sweep` is set, the port that is named when no port gets through. */
  readonly port: number;
  readonly sweep: boolean;
}

/** No manifest can declare a kind of this spelling. */
const stagedKind = '(attack)';

/** Collects who is to be added, then judges. */
export class Stage {
  readonly #manifests: Manifests;
  readonly #namespaces: Manifests['namespaces'][number][];
  readonly #workloads: Workload[];
  readonly #known = new Map<string, Post>();
  readonly #spare: Readonly<Record<Family, readonly string[]>>;
  #verdicts: Verdicts | undefined;
  #lookup: Ends | undefined;
  readonly #explanations = new Map<string, readonly Explanation[]>();

  /** @param addresses that a pod which is not there may have, by family */
  constructor(manifests: Manifests, addresses: Readonly<Record<Family, readonly string[]>>) {
    this.#manifests = manifests;
    this.#namespaces = [...manifests.namespaces];
    this.#workloads = [...manifests.workloads];
    this.#spare = addresses;
    // One pod with an IPv6 address makes the evaluator look at that family outside, too.
    this.#add(stagedKind, { ...undeclaredShape, addresses: ['fd00::1'] });
  }

  /** Adds a source. `node` names the node of the destination, which the source may have to share. */
  source(source: AttackSource, family: Family, node: string): Post {
    switch (source.kind) {
      case 'external':
        return this.world(source.address, family, () => false);
      case 'workload':
        return { kind: 'staged', label: source.workload };
      case 'pod': {
        const place = { destination: node, another: `not ${node}`, any: undefined }[source.node];
        const { namespace, labels, hostNetwork, serviceAccount } = source;
        this.#namespace(namespace, source.namespaceLabels);
        return this.#add(namespace, {
          ...undeclaredShape,
          labels: new Map(Object.entries(labels)),
          hostNetwork,
          addresses: this.#spare[family],
          node: place,
          serviceAccount,
        });
      }
    }
  }

  /** Adds a pod as an end of its own, apart from the other pods of its workload. */
  target({ namespace, shape }: TargetPod, node: string): Post {
    this.#namespace(namespace, { 'kubernetes.io/metadata.name': namespace });
    return this.#add(namespace, { ...shape, node: shape.node ?? node });
  }

  /** An address outside; a host by name may be any. */
  address(text: string, family: Family): Post {
    const address = parseAddress(text);
    return address === undefined
      ? this.world(text, family, () => false)
      : { kind: 'address', address };
  }

  /** Every address outside but for those that are spared. */
  world(example: string, family: Family, spared: (range: AddressRange) => boolean): Post {
    const address = parseAddress(example) ?? { family, number: 1n };
    return { kind: 'world', family, spared, example: address };
  }

  /**
   * Judges one connection, the loosest of all that the ends may mean; add every end before.
   *
   * @throws RangeError when an end is no workload of the cluster
   */
  judge(from: Post, to: Post, knock: Knock): Ruling {
    let best: Ruling | undefined;
    for (const source of this.#ends().of(from, 'source'))
      for (const destination of this.#ends().of(to, 'destination')) {
        const ports = this.verdicts.between(source.label, destination.label);
        const { protocol, port } = chosen(knock, ports);
        const verdict = ports.allowed.contains(protocol, port)
          ? 'allowed'
          : ports.denied.contains(protocol, port)
            ? 'denied'
            : 'implementation-defined';
        if (best !== undefined && !looser(verdict, best.verdict)) continue;
        const range = source.range ?? destination.range;
        const end = source.range === undefined ? to : from;
        best = {
          verdict,
          protocol,
          port,
          dependsOn: verdict === 'implementation-defined' ? ports.dependsOn : [],
          deciders: this.#deciders(source, destination, verdict, protocol, port),
          witness:
            range === undefined || end.kind !== 'world'
              ? undefined
              : formatAddress(inside(range, end.example)),
        };
      }
    // Nobody is left outside whom the declaration does not name.
    return best ?? { ...knock, verdict: 'denied', dependsOn: [], deciders: [], witness: undefined };
  }

  /** Whether any connection at all may be allowed; quicker than a verdict. */
  reaches(from: Post, to: Post): boolean {
    const { base } = this.verdicts;
    return this.#ends()
      .of(from, 'source')
      .some((source) =>
        this.#ends()
          .of(to, 'destination')
          .some((destination) => !base.between(source, destination).isEmpty),
      );
  }

  /** The evaluator over everything that was added until now. */
  get verdicts(): Verdicts {
    return (this.#verdicts ??= new Verdicts({
      ...this.#manifests,
      namespaces: this.#namespaces,
      workloads: this.#workloads,
    }));
  }

  /** Explains each pair once: it takes long, and many attacks differ in the port alone. */
  #explained(source: Endpoint, destination: Endpoint): readonly Explanation[] {
    const key = `${source.label} ${destination.label}`;
    let found = this.#explanations.get(key);
    if (found === undefined) {
      found = explain(this.verdicts.base, source, destination);
      this.#explanations.set(key, found);
    }
    return found;
  }

  #ends(): Ends {
    return (this.#lookup ??= new Ends(this.verdicts.base));
  }

  #namespace(name: string, labels: Readonly<Record<string, string>>): void {
    const found = this.#namespaces.find((one) => one.name === name);
    if (found === undefined)
      this.#namespaces.push({ name, labels: new Map(Object.entries(labels)), origin: undefined });
    else if (!this.#manifests.namespaces.includes(found) && !sameLabels(found.labels, labels))
      throw new RangeError(`stage namespace ${name} with one set of labels`);
  }

  #add(namespace: string, shape: PodShape): Post {
    const { labels, ports, hostNetwork, addresses, node, serviceAccount } = shape;
    const key = JSON.stringify([
      namespace,
      [...labels].toSorted(([a], [b]) => (a < b ? -1 : 1)),
      [ports, hostNetwork, addresses, node, serviceAccount],
    ]);
    let post = this.#known.get(key);
    if (post === undefined) {
      const name = String(this.#known.size);
      const { origin } = shape;
      const workload = { namespace, kind: stagedKind, name, shapes: [shape], origin };
      this.#workloads.push(workload);
      post = { kind: 'staged', label: workloadLabel(workload) };
      this.#known.set(key, post);
      this.#verdicts = undefined;
      this.#lookup = undefined;
      this.#explanations.clear();
    }
    return post;
  }

  /** The policies and rules that speak about the port, and of a denial those that deny. */
  #deciders(
    source: Endpoint,
    destination: Endpoint,
    verdict: AttackVerdict,
    protocol: Protocol,
    port: number,
  ): readonly Decider[] {
    const all = this.#explained(source, destination);
    const fitting =
      all.find(({ allowed }) => allowed.contains(protocol, port) === (verdict === 'allowed')) ??
      all[0];
    const found = new Map<string, Decider>();
    const add = (policy: PolicyRef, rule: string | null, origin: Decider['origin']): void => {
      const text = refText(policy);
      found.set(`${text} ${rule ?? ''}`, { policy: text, rule, origin });
    };
    for (const side of [fitting?.egress, fitting?.ingress]) {
      if (side === undefined) continue;
      const passes = side.allowed.contains(protocol, port);
      if (verdict === 'denied' && passes) continue;
      for (const { policy, rule, origin, action, decided } of side.steps)
        if (decided.contains(protocol, port) && (action === 'allow') === passes)
          add(policy, rule, origin);
      if (side.isolated.contains(protocol, port))
        for (const policy of side.isolatedBy) add(policy, null, policy.origin);
    }
    return [...found.values()];
  }
}

const sameLabels = (
  one: ReadonlyMap<string, string>,
  other: Readonly<Record<string, string>>,
): boolean =>
  one.size === Object.keys(other).length && [...one].every(([key, value]) => other[key] === value);

/** The port to look at: the one that is asked for, or the first that gets furthest. */
function chosen(
  { protocol, port, sweep }: Knock,
  { allowed, implementationDefined }: Verdict,
): { readonly protocol: Protocol; readonly port: number } {
  if (!sweep) return { protocol, port };
  for (const set of [allowed, implementationDefined]) {
    if (set.contains(protocol, port)) return { protocol, port };
    for (const one of ['TCP', 'UDP', 'SCTP'] as const) {
      const [range] = set.ranges(one);
      if (range !== undefined) return { protocol: one, port: range.first };
    }
  }
  return { protocol, port };
}
