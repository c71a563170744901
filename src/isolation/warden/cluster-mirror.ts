/** Everything of the cluster that decides who reaches whom, followed as it changes. */
import { serializeError } from '../../foundation/errors.ts';
import { resourceName, isObject, type ListedObject, type Resource } from '../cluster/listing.ts';
import { liveWorkloads, nameOf, namespaceOf } from '../cluster/live-workloads.ts';
import { builtIn } from '../cluster/resources.ts';
import { Complaints } from '../manifests/complaints.ts';
import { parseObjects, type Manifests } from '../manifests/manifests.ts';
import { pause } from './pause.ts';
import { keyOf, livePolicy, type LivePolicy, type PolicyReference } from './policy-objects.ts';
import { ResourceMirror, type WatchEnd } from './resource-mirror.ts';
import type { WardenFlavour } from './settings.ts';
import type { WardenApi } from './warden-api.ts';

export interface ClusterMirrorOptions {
  readonly api: Pick<WardenApi, 'discover' | 'list' | 'watch'>;
  readonly changed: () => void;
  readonly ended: (resource: Resource, why: WatchEnd) => void;
  /** Milliseconds between looks at which kinds the server has. */
  readonly discoverEvery?: number;
}

/** What a mirror shows for deciding. */
export interface ClusterView {
  /** `null` while the policies can't be seen as they are. */
  readonly policies: ReadonlyMap<string, LivePolicy> | null;
  readonly forbidden: readonly string[];
  readonly unreadable: readonly string[];
}

/** Kinds that each flavour writes. */
const written: Readonly<Record<WardenFlavour, readonly string[]>> = {
  networkpolicy: ['networking.k8s.io NetworkPolicy'],
  clusternetworkpolicy: [
    'networking.k8s.io NetworkPolicy',
    'policy.networking.k8s.io ClusterNetworkPolicy',
  ],
  cilium: ['cilium.io CiliumNetworkPolicy', 'cilium.io CiliumClusterwideNetworkPolicy'],
  calico: ['projectcalico.org NetworkPolicy', 'projectcalico.org GlobalNetworkPolicy'],
};

const standard: readonly Resource[] = [
  builtIn.namespaces,
  builtIn.pods,
  builtIn.serviceAccounts,
  builtIn.services,
  builtIn.ingresses,
  ...builtIn.controllers,
];

const quickLook = 1000;

export class ClusterMirror {
  readonly #options: ClusterMirrorOptions;
  readonly #mirrors = new Map<string, ResourceMirror>();
  readonly #policies = new Set<string>();
  /** Objects are replaced and never changed: each is parsed once. */
  readonly #parsed = new WeakMap<ListedObject, LivePolicy>();
  /** Why it isn't known which kinds the server has; `null` where it is. */
  #undiscovered: string | null = 'starting';
  #unknownGroups: readonly string[] = [];

  constructor(options: ClusterMirrorOptions) {
    this.#options = options;
    for (const resource of standard) this.#add(resource, false);
  }

  /** Follows until the signal; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const running = new Map<string, Promise<void>>();
    while (!signal.aborted) {
      await this.#discover();
      for (const [name, mirror] of this.#mirrors)
        if (!running.has(name)) running.set(name, mirror.run(signal));
      const wait =
        this.#undiscovered === null ? (this.#options.discoverEvery ?? 60_000) : quickLook;
      await pause(wait, signal);
    }
    await Promise.all(running.values());
  }

  view(flavour: WardenFlavour): ClusterView {
    const forbidden: string[] = [];
    const unreadable: string[] = [];
    if (this.#undiscovered !== null) unreadable.push(`discovery ${this.#undiscovered}`);
    unreadable.push(...this.#unknownGroups);
    for (const { resource, state } of this.#mirrors.values()) {
      const name = resourceName(resource);
      // Kinds that are found by discovery may be taken away again.
      if (state.kind === 'absent' && !this.#policies.has(name)) unreadable.push(`${name} absent`);
      if (state.kind === 'starting') unreadable.push(`${name} starting`);
      if (state.kind === 'broken') unreadable.push(`${name} ${state.code}`);
      if (state.kind === 'forbidden') forbidden.push(name);
    }
    const policies = this.#livePolicies(flavour);
    if (typeof policies === 'string') unreadable.push(policies);
    return {
      policies: typeof policies === 'string' ? null : policies,
      forbidden: forbidden.toSorted(),
      unreadable: unreadable.toSorted(),
    };
  }

  /** Everything as manifests would say it, for verification. What could not be read is a complaint of severity `error`. */
  manifests(): Manifests {
    const complaints = new Complaints();
    for (const name of this.#undiscovered === null ? this.#unknownGroups : ['all groups'])
      complain(complaints, name);
    for (const { resource, state } of this.#mirrors.values())
      if (state.kind !== 'current' && state.kind !== 'absent')
        complain(complaints, resourceName(resource));
    const of = ({ plural, group }: Resource): readonly ListedObject[] => [
      ...(this.#mirrors.get(resourceName({ plural, group } as Resource))?.objects() ?? []),
    ];
    const objects = [
      ...of(builtIn.namespaces),
      ...of(builtIn.serviceAccounts),
      ...of(builtIn.services),
      ...of(builtIn.ingresses),
      ...liveWorkloads(of(builtIn.pods), builtIn.controllers.flatMap(of)),
      ...[...this.#policies].flatMap((name) => [...(this.#mirrors.get(name)?.objects() ?? [])]),
    ];
    return parseObjects(
      objects.map((value) => ({ name: originOf(value), value })),
      { complaints, strimziPolicies: 'ignore' },
    );
  }

  /** Labels of a pod; `null` where it isn't seen. */
  labelsOf(namespace: string, pod: string): Readonly<Record<string, string>> | null {
    for (const object of this.#mirrors.get('pods')?.objects() ?? [])
      if (namespaceOf(object) === namespace && nameOf(object) === pod)
        return livePolicy(object).labels;
    return null;
  }

  /** Takes in what a write answered. */
  wrote(reference: PolicyReference, object: ListedObject): void {
    this.#mirrorOf(reference)?.put(object);
  }

  removed(reference: PolicyReference): void {
    this.#mirrorOf(reference)?.drop(reference);
  }

  /** As role-based access control and paths name it; undefined for a kind that the server doesn't have. */
  resourceOf(reference: PolicyReference): Resource | undefined {
    return this.#mirrorOf(reference)?.resource;
  }

  #mirrorOf({ apiVersion, kind }: PolicyReference): ResourceMirror | undefined {
    const group = apiVersion.replace(/\/.*$/, '');
    return [...this.#mirrors.values()].find(
      ({ resource }) => resource.kind === kind && resource.group === group,
    );
  }

  /** The policies of the flavour's kinds, or what can't be read. */
  #livePolicies(flavour: WardenFlavour): ReadonlyMap<string, LivePolicy> | string {
    const found = new Map<string, LivePolicy>();
    for (const name of written[flavour]) {
      const [group = '', kind = ''] = name.split(' ');
      const mirror = this.#mirrorOf({ apiVersion: `${group}/`, kind, namespace: null, name: '' });
      if (mirror?.state.kind !== 'current') return `${kind}.${group} not followed`;
      for (const object of mirror.objects()) {
        const policy = this.#parsed.get(object) ?? livePolicy(object);
        this.#parsed.set(object, policy);
        found.set(keyOf(policy), policy);
      }
    }
    return found;
  }

  async #discover(): Promise<void> {
    try {
      const { policies, unknown } = await this.#options.api.discover();
      this.#unknownGroups = unknown.map(({ group }) => group);
      for (const resource of policies) this.#add(resource, true);
      this.#undiscovered = null;
    } catch (error) {
      this.#undiscovered = serializeError(error).code;
    }
    this.#options.changed();
  }

  #add(resource: Resource, isPolicy: boolean): void {
    const name = resourceName(resource);
    if (isPolicy) this.#policies.add(name);
    if (this.#mirrors.has(name)) return;
    const { api, changed, ended } = this.#options;
    // Who wrote what is asked of policies alone, and takes half of the memory of an object.
    const keep = isPolicy ? undefined : withoutManagers;
    this.#mirrors.set(
      name,
      new ResourceMirror({ api, resource, changed, ended, ...(keep && { keep }) }),
    );
  }
}

function complain(complaints: Complaints, name: string): void {
  const message = `let the warden list and watch "${name}": what it holds was not judged`;
  complaints.add('error', 'UNREADABLE', `kubernetes: list ${name}`, message);
}

function withoutManagers(object: ListedObject): ListedObject {
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  return { ...object, metadata: { ...metadata, managedFields: undefined } };
}

/** `Kind/namespace/name`, or `Kind/name` for objects of the whole cluster. */
function originOf(object: ListedObject): string {
  const kind = typeof object['kind'] === 'string' ? object['kind'] : 'Object';
  return [kind, namespaceOf(object), nameOf(object)].filter((part) => part !== '').join('/');
}
