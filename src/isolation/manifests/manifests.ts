/**
 * From manifests to what is true in the cluster that they describe: namespaces, workloads, policies, and every complaint.
 *
 * Nothing is thrown for what a manifest says: a mistake costs the object it stands in and is reported with file and line.
 */
import { Complaints, type Complaint } from './complaints.ts';
import {
  manifestLimits,
  parseDocuments,
  type ManifestDocument,
  type ManifestLimits,
} from './documents.ts';
import { parseConfiguration, type EmbeddedConfiguration } from './kinds/configurations.ts';
import {
  exposuresOf,
  parseHostPorts,
  parseIngress,
  parseService,
  type Exposure,
  type IngressObject,
  type ServiceObject,
} from './kinds/exposures.ts';
import { shown, type Field } from './field.ts';
import type { Labels } from './labels.ts';
import { isStaged, isWorkload, mayBePolicy } from './kinds/known-kinds.ts';
import type { Namespace, ServiceAccount, Workload } from './objects.ts';
import { mergeReplicas } from './owners.ts';
import { crossCheck, parsePolicy, type PolicyObject } from './kinds/policy-objects.ts';
import {
  parseStrimziCluster,
  parseStrimziPodSet,
  parseStrimziPool,
  predictPodSets,
  predictPolicies,
  type StrimziCluster,
  type StrimziPool,
} from './kinds/strimzi.ts';
import { parseWorkload, type WorkloadObject } from './kinds/workloads.ts';
import { Unpacker } from './unpacker.ts';

/** One file, or one stream, of manifests. */
export interface ManifestFile {
  readonly name: string;
  readonly text: string;
}

/** What the manifests say. Lists are sorted, so that the same manifests in another order give the same value. */
export interface Manifests {
  readonly namespaces: readonly Namespace[];
  readonly workloads: readonly Workload[];
  readonly serviceAccounts: readonly ServiceAccount[];
  readonly policies: readonly PolicyObject[];
  /** Labels of the policies, which tell who owns them, by `Kind namespace/name` (`Kind name` for those of the whole cluster). */
  readonly policyLabels: ReadonlyMap<string, Labels>;
  /** Ways into pods from nodes and from outside. */
  readonly exposures: readonly Exposure[];
  /** What the service is told by ConfigMaps. */
  readonly configurations: readonly EmbeddedConfiguration[];
  readonly complaints: readonly Complaint[];
}

/** Parses manifests: YAML streams, JSON, and lists of objects of any nesting. */
export function parseManifests(
  files: Iterable<ManifestFile>,
  options: {
    readonly limits?: Partial<ManifestLimits>;
    readonly complaints?: Complaints;
    /** Whether to judge the NetworkPolicies that the Strimzi operator adds by itself; `ignore` where it is told not to. */
    readonly strimziPolicies?: 'predict' | 'ignore';
  } = {},
): Manifests {
  const limits = { ...manifestLimits, ...options.limits };
  const complaints = options.complaints ?? new Complaints();
  const reading = new Reading(complaints, limits.objects);
  for (const file of files)
    for (const document of parseDocuments(file.name, file.text, limits, complaints))
      reading.read(document);
  return reading.result(options.strimziPolicies ?? 'predict');
}

/** An object that was read as a value and not as text, such as from the API server; `name` stands for its file. */
export interface ManifestObject {
  readonly name: string;
  readonly value: unknown;
}

/** Parses objects that stand in no file: their origins have line 0. */
export function parseObjects(
  objects: Iterable<ManifestObject>,
  options: {
    readonly complaints?: Complaints;
    readonly strimziPolicies?: 'predict' | 'ignore';
  } = {},
): Manifests {
  const complaints = options.complaints ?? new Complaints();
  const reading = new Reading(complaints, manifestLimits.objects);
  for (const { name, value } of objects) reading.read({ file: name, value, lineOf: () => 0 });
  return reading.result(options.strimziPolicies ?? 'predict');
}

class Reading {
  readonly #complaints: Complaints;
  readonly #unpacker: Unpacker;
  readonly #namespaces = new Map<string, Namespace>();
  readonly #workloads = new Map<string, WorkloadObject>();
  readonly #accounts = new Map<string, ServiceAccount>();
  readonly #policies = new Map<string, PolicyObject>();
  readonly #policyLabels = new Map<string, Labels>();
  readonly #services = new Map<string, ServiceObject>();
  readonly #ingresses = new Map<string, IngressObject>();
  readonly #hostPorts: Exposure[] = [];
  readonly #configurations: EmbeddedConfiguration[] = [];
  readonly #strimziClusters = new Map<string, StrimziCluster>();
  readonly #strimziPools: StrimziPool[] = [];

  constructor(complaints: Complaints, mostObjects: number) {
    this.#complaints = complaints;
    this.#unpacker = new Unpacker(complaints, mostObjects);
  }

  read(document: ManifestDocument): void {
    for (const { root, kind, group } of this.#unpacker.objects(document))
      this.#dispatch(root, kind, group);
  }

  #dispatch(root: Field, kind: string, group: string | undefined): void {
    if (kind === 'Namespace' && (group ?? '') === '') this.#namespace(root);
    else if (kind === 'ServiceAccount' && (group ?? '') === '') this.#account(root);
    else if (isWorkload(kind, group)) this.#workload(root, kind);
    else if (kind === 'ConfigMap' && (group ?? '') === '') this.#configMap(root);
    else if (kind === 'Service' && (group ?? '') === '') this.#service(root);
    else if (kind === 'Ingress' && /^(networking\.k8s\.io|extensions)?$/.test(group ?? ''))
      this.#ingress(root);
    else if (group?.endsWith('strimzi.io') === true) this.#strimzi(root, kind);
    else {
      const policy = parsePolicy(root, kind, group);
      if (policy === undefined) this.#unknown(root, kind, group ?? '');
      else if (policy !== 'none') this.#policy(root, policy);
    }
  }

  #namespace(root: Field): void {
    const name = root.at('metadata').at('name').required();
    const labels = new Map(root.at('metadata').at('labels').labels());
    // Set and guarded by the API server (KEP-2161), so that no manifest can claim another.
    labels.set('kubernetes.io/metadata.name', name);
    this.#once(root, this.#namespaces, name, { name, labels, origin: root.lazyOrigin() });
  }

  #account(root: Field): void {
    const metadata = root.at('metadata');
    const namespace = metadata.at('namespace').text() ?? 'default';
    const name = metadata.at('name').required();
    const account = { namespace, name, labels: metadata.at('labels').labels() };
    this.#once(root, this.#accounts, `${namespace}/${name}`, account);
  }

  #configMap(root: Field): void {
    const configuration = parseConfiguration(root);
    if (configuration !== undefined) this.#configurations.push(configuration);
  }

  #service(root: Field): void {
    const service = parseService(root);
    this.#once(root, this.#services, `Service ${service.namespace}/${service.name}`, service);
  }

  #ingress(root: Field): void {
    const ingress = parseIngress(root);
    this.#once(root, this.#ingresses, `Ingress ${ingress.namespace}/${ingress.name}`, ingress);
  }

  #workload(root: Field, kind: string): void {
    const workload = parseWorkload(root, kind);
    if (workload === undefined) return;
    const hostPorts = parseHostPorts(root, kind);
    if (hostPorts !== undefined) this.#hostPorts.push(hostPorts);
    const key = `${kind} ${workload.namespace}/${workload.name}`;
    this.#once(root, this.#workloads, key, workload);
  }

  #strimzi(root: Field, kind: string): void {
    switch (kind) {
      case 'Kafka': {
        const cluster = parseStrimziCluster(root);
        this.#once(root, this.#strimziClusters, `${cluster.namespace}/${cluster.name}`, cluster);
        return;
      }
      case 'KafkaNodePool':
        this.#strimziPools.push(parseStrimziPool(root));
        return;
      case 'StrimziPodSet': {
        const set = parseStrimziPodSet(root);
        const key = `${kind} ${set?.namespace ?? ''}/${set?.name ?? ''}`;
        if (set !== undefined) this.#once(root, this.#workloads, key, set);
        return;
      }
      case 'KafkaTopic':
      case 'KafkaUser':
      case 'KafkaConnector':
      case 'KafkaRebalance':
        return;
      default: {
        const message = `add the pods and policies that the operator makes of "${shown(kind)}": they are not predicted`;
        root.complain('warning', 'MISSING_OBJECT', message);
      }
    }
  }

  #predict(clusters: readonly StrimziCluster[]): void {
    const key = (namespace: string, name: string): string => `NetworkPolicy ${namespace}/${name}`;
    const isDeclared = (namespace: string, name: string): boolean =>
      this.#policies.has(key(namespace, name));
    for (const policy of predictPolicies(clusters, isDeclared, this.#complaints))
      this.#policies.set(key(policy.namespace, policy.name), policy);
  }

  #policy(root: Field, policy: PolicyObject): void {
    const key = `${policy.kind} ${policy.namespace ?? ''}/${policy.name}`;
    if (this.#policies.has(key)) {
      const message = `remove one of the two: "${shown(key)}" is declared twice`;
      root.complain('error', 'DUPLICATE_OBJECT', message);
    }
    this.#policies.set(key, policy);
    const { namespace, name } = policy;
    this.#policyLabels.set(
      `${policy.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`,
      root.at('metadata').at('labels').labels(),
    );
  }

  #unknown(root: Field, kind: string, group: string): void {
    const what = shown(group === '' ? kind : `${group} ${kind}`);
    if (isStaged(kind, group)) {
      root.complain(
        'info',
        'UNKNOWN_KIND',
        `left out: "${what}" is a preview that nobody enforces`,
      );
    } else if (mayBePolicy(kind, group)) {
      const message = `judge "${what}" by hand: it may allow or deny connections, and this evaluator does not know it`;
      root.complain('error', 'UNKNOWN_POLICY', message);
    } else if (root.at('spec').at('template').at('spec').at('containers').exists) {
      root.complain('info', 'UNKNOWN_KIND', `taken as a workload: "${what}" has a pod template`);
      this.#workload(root, kind);
    } else if (group !== '' || !quiet.has(kind)) {
      root.complain('info', 'UNKNOWN_KIND', `left out: "${what}" carries neither pods nor policy`);
    }
  }

  #once<T>(root: Field, into: Map<string, T>, key: string, value: T): void {
    if (into.has(key)) {
      const message = `remove one of the two: "${shown(key)}" is declared twice, the later one counts`;
      root.complain('warning', 'DUPLICATE_OBJECT', message);
    }
    into.set(key, value);
  }

  result(strimziPolicies: 'predict' | 'ignore'): Manifests {
    const clusters = [...this.#strimziClusters.values()];
    const declared = [...this.#workloads.values()];
    const workloads = mergeReplicas([
      ...declared,
      ...predictPodSets(clusters, this.#strimziPools, declared),
    ]);
    if (strimziPolicies === 'predict') this.#predict(clusters);
    const policies = [...this.#policies].toSorted(byKey).map(([, policy]) => policy);
    crossCheck(policies, this.#complaints);
    const used = [
      ...workloads.map((one) => one.namespace),
      ...policies.flatMap((one) => one.namespace ?? []),
    ];
    for (const name of used) {
      if (this.#namespaces.has(name)) continue;
      const labels = new Map([['kubernetes.io/metadata.name', name]]);
      this.#namespaces.set(name, { name, labels, origin: undefined });
    }
    return {
      namespaces: [...this.#namespaces].toSorted(byKey).map(([, namespace]) => namespace),
      workloads,
      serviceAccounts: [...this.#accounts].toSorted(byKey).map(([, account]) => account),
      policies,
      policyLabels: this.#policyLabels,
      exposures: [
        ...exposuresOf([...this.#services.values()], [...this.#ingresses.values()]),
        ...this.#hostPorts,
      ],
      configurations: this.#configurations.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      complaints: this.#complaints.all(),
    };
  }
}

/** Core kinds that every application has and that need no mention. */
const quiet: ReadonlySet<string> = new Set([
  'Endpoints',
  'PersistentVolumeClaim',
  'Secret',
  'Service',
]);

function byKey(first: readonly [string, unknown], second: readonly [string, unknown]): number {
  return first[0] < second[0] ? -1 : first[0] > second[0] ? 1 : 0;
}
