/** Which workload has a pod or an address, by manifests or a live cluster's pods. */
import { formatAddress, parseAddress } from '../manifests/addresses.ts';
import type { PodShape, Workload } from '../manifests/objects.ts';

/** A pod as far as it is known. */
export interface KnownPod {
  readonly workload: Workload;
  /** Shapes that it may have: one, or several where its name tells the workload alone. */
  readonly shapes: readonly PodShape[];
}

/** What the controllers add to the name of a workload for the names of its pods. */
const suffixes: ReadonlyMap<string, RegExp> = new Map([
  ['Deployment', /^[a-z0-9]{1,10}-[a-z0-9]{5}$/],
  ['ReplicaSet', /^[a-z0-9]{5}$/],
  ['DaemonSet', /^[a-z0-9]{5}$/],
  ['ReplicationController', /^[a-z0-9]{5}$/],
  ['Job', /^[a-z0-9]{5}$/],
  ['CronJob', /^\d{1,20}-[a-z0-9]{5}$/],
  ['StatefulSet', /^\d{1,6}$/],
]);

/** Finds pods. An address that two workloads claim is nobody's. */
export class PodDirectory {
  /** Whether any pod has an address: templates have none. */
  readonly knowsAddresses: boolean;
  readonly #byAddress = new Map<string, KnownPod | 'claimed twice'>();
  readonly #byName = new Map<string, KnownPod>();
  readonly #byNamespace = new Map<string, Workload[]>();

  constructor(workloads: readonly Workload[]) {
    for (const workload of workloads) {
      const others = this.#byNamespace.get(workload.namespace) ?? [];
      this.#byNamespace.set(workload.namespace, [...others, workload]);
      for (const shape of workload.shapes) {
        const pod = { workload, shapes: [shape] };
        if (shape.name !== undefined) this.#byName.set(`${workload.namespace}/${shape.name}`, pod);
        // The address of a pod on the network of its node is the node's, and everybody's there.
        if (!shape.hostNetwork) for (const text of shape.addresses) this.#claim(text, pod);
      }
    }
    this.knowsAddresses = this.#byAddress.size > 0;
  }

  /** The pod that has an address in canonical form. */
  byAddress(address: string): KnownPod | undefined {
    const found = this.#byAddress.get(address);
    return found === 'claimed twice' ? undefined : found;
  }

  /** The pod of this name, or the workload whose pods have such names. */
  byName(namespace: string, pod: string): KnownPod | undefined {
    const known = this.#byName.get(`${namespace}/${pod}`);
    if (known !== undefined) return known;
    const fitting = (this.#byNamespace.get(namespace) ?? []).filter(
      ({ kind, name }) =>
        pod.startsWith(`${name}-`) &&
        (suffixes.get(kind)?.test(pod.slice(name.length + 1)) ?? false),
    );
    return only(fitting);
  }

  /** The workload of this name, or the one that a common beginning of pod names belongs to. */
  byWorkload(namespace: string, name: string): KnownPod | undefined {
    const all = this.#byNamespace.get(namespace) ?? [];
    const exact = all.filter((one) => one.name === name);
    if (exact.length > 0) return only(exact);
    // A log that aggregates cuts the last part off, which leaves a Deployment's hash.
    return only(
      all.filter(
        (one) => one.kind === 'Deployment' && name.replace(/-[a-z0-9]{1,10}$/, '') === one.name,
      ),
    );
  }

  #claim(text: string, pod: KnownPod): void {
    const parsed = parseAddress(text);
    if (parsed === undefined) return;
    const address = formatAddress(parsed);
    const other = this.#byAddress.get(address);
    const same =
      other === undefined || (other !== 'claimed twice' && other.workload === pod.workload);
    this.#byAddress.set(address, same ? pod : 'claimed twice');
  }
}

function only(workloads: readonly Workload[]): KnownPod | undefined {
  const [workload, ...others] = workloads;
  if (workload === undefined || others.length > 0) return undefined;
  return { workload, shapes: workload.shapes };
}
