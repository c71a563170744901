/** Pods that no policy at hand can tell apart, as one class each. */
import {
  parseAddress,
  type Address,
  type AddressRange,
  type Family,
} from '../manifests/addresses.ts';
import {
  keysOf,
  namespaceLabel,
  namespaceName,
  onHostNetwork,
  serviceAccountLabel,
  serviceAccountName,
} from '../manifests/labels.ts';
import {
  workloadLabel,
  type Namespace,
  type PodShape,
  type ServiceAccount,
  type Workload,
} from '../manifests/objects.ts';
import { rangeOf } from './address-set.ts';
import { rulesOf, simplePeersOf } from './rule-parts.ts';
import type { Policy } from './rules.ts';

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
  /** The family of all packets of the class, where its pods have another class for the other family; undefined otherwise. */
  readonly family: Family | undefined;
}

/** A workload and its classes. */
export interface Member {
  readonly label: string;
  readonly workload: Workload;
  readonly classes: readonly number[];
}

/** Finds the classes of all workloads. `atoms`: ranges that no `ipBlock` splits, empty where addresses of pods don't matter. */
export function classify(
  cluster: Cluster,
  policies: readonly Policy[],
  atoms: readonly AddressRange[],
): { readonly members: readonly Member[]; readonly classes: readonly PodClass[] } {
  const facts = new Facts(cluster, policies);
  const classes: PodClass[] = [];
  const known = new Map<string, number>();
  const classOf = (shape: PodShape, namespace: string, { address, family }: StandIn): number => {
    const labels = facts.labels(shape, namespace);
    const ports = facts.ports(shape);
    const key = JSON.stringify([
      [...labels].toSorted(([a], [b]) => (a < b ? -1 : 1)),
      ports.map(({ name, number, protocol }) => `${name ?? ''} ${protocol} ${number}`),
      shape.hostNetwork,
      address === undefined ? '' : `${address.family} ${address.number} ${family ?? ''}`,
    ]);
    let index = known.get(key);
    if (index === undefined) {
      index = classes.push({ labels, ports, hostNetwork: shape.hostNetwork, address, family }) - 1;
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
          standIns(shape, atoms).map((one) => classOf(shape, workload.namespace, one)),
        ),
      ),
    ],
  }));
  return { members, classes };
}

type StandIn = Pick<PodClass, 'address' | 'family'>;

const anyAddress: StandIn = { address: undefined, family: undefined };

/** One address for each range that the pods of a shape live in; none where addresses are unknown or don't matter. */
function standIns(shape: PodShape, atoms: readonly AddressRange[]): readonly StandIn[] {
  if (atoms.length === 0) return [anyAddress];
  const found = new Map<string, Address>();
  for (const text of shape.addresses) {
    const address = parseAddress(text);
    const atom = address === undefined ? undefined : rangeOf(address, atoms);
    if (atom === undefined) continue;
    found.set(`${atom.family} ${atom.first}`, { family: atom.family, number: atom.first });
  }
  if (found.size === 0) return [anyAddress];
  const addresses = [...found.values()];
  const dual = new Set(addresses.map(({ family }) => family)).size === 2;
  return addresses.map((address) => ({ address, family: dual ? address.family : undefined }));
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
