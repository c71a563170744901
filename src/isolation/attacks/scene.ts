/** Who is who, from the flow map and the workloads: raw brokers as pods, the anonymizer, clients and operators, and room for intruders. */
import { holdsRaw, type MappedBroker } from '../topology/flow-scene.ts';
import type { Finding } from '../findings/finding.ts';
import type { Party } from '../topology/flow-draft.ts';
import type { FlowMap } from '../topology/flow-map.ts';
import type { Manifests } from '../manifests/manifests.ts';
import {
  undeclaredShape,
  workloadLabel,
  type PodShape,
  type Workload,
} from '../manifests/objects.ts';
import type { AttackSource } from './attack.ts';

/** One pod that is there, or is thought to be there. */
export interface TargetPod {
  readonly namespace: string;
  readonly shape: PodShape;
  /** The workload of the pod; null where the manifests have none. */
  readonly workload: Workload | null;
}

/** A broker with raw records, as a pod. */
export interface RawBroker {
  readonly broker: MappedBroker;
  /** Null for a broker outside of the cluster. */
  readonly pod: TargetPod | null;
  /** Where a broker outside is. */
  readonly address: string | null;
  /** Parties that must reach its Kafka port, as the flow map has it; other brokers are not among them. */
  readonly guests: readonly Identity[];
  /** Ports that other brokers must reach, by name of the broker. */
  readonly peers: ReadonlyMap<string, readonly number[]>;
}

/** A party with the pods that it is. */
export interface Identity {
  readonly party: Party;
  readonly namespace: string;
  /** At least one; the declared labels alone where the manifests have no such pod. */
  readonly pods: readonly TargetPod[];
}

/** Everything that attacks are derived from. */
export interface AttackScene {
  readonly flows: FlowMap;
  readonly manifests: Manifests;
  readonly raw: readonly RawBroker[];
  /** Pods of brokers that are in pods, raw or not, by name. */
  readonly brokerPods: ReadonlyMap<string, TargetPod>;
  /** Parties in pods, by id, in the order of ids. */
  readonly identities: ReadonlyMap<string, Identity>;
  /** What can't be attacked because nobody knows where it is. */
  readonly gaps: readonly Finding[];
  /** The namespace of strangers. */
  readonly attackerNamespace: string;
  /** A namespace name that nobody uses yet. */
  readonly freshNamespace: (name: string) => string;
}

/** Looks everybody up. */
export function attackScene(
  flows: FlowMap,
  manifests: Manifests,
  attackerNamespace?: string,
): AttackScene {
  const gaps: Finding[] = [];
  const taken = new Set(manifests.namespaces.map((one) => one.name));
  const freshNamespace = (name: string): string => {
    let fresh = name;
    for (let n = 1; taken.has(fresh); n += 1) fresh = `${name}-${n}`;
    return fresh;
  };
  const identities = new Map<string, Identity>();
  for (const party of flows.parties) {
    if (party.kind === 'broker' || party.place?.kind !== 'pods') continue;
    const { namespace, podSelector } = party.place;
    const pods = podsOf(manifests, namespace, podSelector);
    if (pods.length === 0) gaps.push(absent(party.id, namespace));
    identities.set(party.id, {
      party,
      namespace,
      pods: pods.length > 0 ? pods : [supposed(namespace, podSelector)],
    });
  }
  const brokerPods = new Map<string, TargetPod>();
  for (const { name, place } of flows.brokers)
    if (place?.kind === 'pods') {
      const [pod] = podsOf(manifests, place.namespace, place.podSelector);
      if (pod === undefined) gaps.push(absent(name, place.namespace));
      brokerPods.set(name, pod ?? supposed(place.namespace, place.podSelector));
    }
  const raw = flows.brokers.filter(holdsRaw);
  if (raw.length === 0) gaps.push(nothingRaw);
  if (!identities.has('anonymizer')) gaps.push(unknown('anonymizer', 'isolation.anonymizer'));
  return {
    flows,
    manifests,
    raw: raw.flatMap((broker) => rawBroker(broker, flows, { brokerPods, identities, gaps })),
    brokerPods,
    identities,
    gaps,
    attackerNamespace: attackerNamespace ?? freshNamespace('intruder'),
    freshNamespace,
  };
}

function rawBroker(
  broker: MappedBroker,
  flows: FlowMap,
  found: Pick<AttackScene, 'brokerPods' | 'identities'> & { readonly gaps: Finding[] },
): readonly RawBroker[] {
  const { name, place, port } = broker;
  const to = `broker ${name}`;
  const coming = flows.flows.filter((flow) => flow.to === to && flow.protocol === 'TCP');
  const guests = coming
    .filter((flow) => flow.port === port)
    .flatMap(({ from }) => found.identities.get(from) ?? []);
  if (place === null) {
    found.gaps.push(unknown(name, 'isolation.brokers'));
    return [];
  }
  const peers = new Map<string, number[]>();
  for (const flow of coming)
    if (flow.from.startsWith('broker ')) {
      const peer = flow.from.slice('broker '.length);
      peers.set(peer, [...(peers.get(peer) ?? []), flow.port]);
    }
  const pod = found.brokerPods.get(name) ?? null;
  const address = place.kind === 'address' ? place.address : null;
  return [{ broker, pod, address, guests, peers }];
}

/** Every pod that a declaration means. */
export function podsOf(
  { workloads }: Manifests,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): readonly TargetPod[] {
  const wanted = Object.entries(labels);
  return workloads
    .filter((workload) => workload.namespace === namespace)
    .flatMap((workload) =>
      workload.shapes
        .filter((shape) => wanted.every(([key, value]) => shape.labels.get(key) === value))
        .map((shape) => ({ namespace, shape, workload })),
    );
}

/** A pod that has exactly the declared labels, since no manifest says more. */
function supposed(namespace: string, labels: Readonly<Record<string, string>>): TargetPod {
  return {
    namespace,
    workload: null,
    shape: { ...undeclaredShape, labels: new Map(Object.entries(labels)) },
  };
}

/** Labels of a namespace, with its name among them. */
export function namespaceLabels(
  { namespaces }: Manifests,
  name: string,
): Readonly<Record<string, string>> {
  const found = namespaces.find((one) => one.name === name);
  return { ...Object.fromEntries(found?.labels ?? []), 'kubernetes.io/metadata.name': name };
}

/** A pod of the party's own workload; where none is there, a pod that is like it. */
export function insider(scene: AttackScene, { namespace, pods }: Identity): AttackSource {
  const pod = pods[0]!;
  return pod.workload === null
    ? lookAlike(scene, namespace, pod.shape)
    : {
        kind: 'workload',
        workload: workloadLabel(pod.workload),
        namespace,
        labels: Object.fromEntries(pod.shape.labels),
        serviceAccount: pod.shape.serviceAccount,
      };
}

/** A pod that is not there, in a namespace that is, with the labels and the service account of another. */
export const lookAlike = (
  { manifests }: AttackScene,
  namespace: string,
  { labels, serviceAccount }: Pick<PodShape, 'labels' | 'serviceAccount'>,
): Extract<AttackSource, { kind: 'pod' }> => ({
  kind: 'pod',
  namespace,
  namespaceLabels: namespaceLabels(manifests, namespace),
  labels: Object.fromEntries(labels),
  serviceAccount,
  hostNetwork: false,
  node: 'any',
});

const nothingRaw: Finding = {
  code: 'ATTACK_TARGET_UNKNOWN',
  severity: 'error',
  subject: 'raw brokers',
  message: 'no broker holds a raw topic, so nothing was attacked',
  deciders: [],
  path: [],
  remedy: 'declare the raw topics in routes, create them, and take the snapshot again',
};

const unknown = (subject: string, setting: string): Finding => ({
  code: 'ATTACK_TARGET_UNKNOWN',
  severity: 'error',
  subject,
  message: 'nobody knows which pods these are, so attacks on them or by them were not judged',
  deciders: [],
  path: [],
  remedy: `complete ${setting}`,
});

const absent = (subject: string, namespace: string): Finding => ({
  code: 'ATTACK_TARGET_ABSENT',
  severity: 'warning',
  subject,
  message: `no pod of namespace "${namespace}" in the manifests has the declared labels: it was judged as a pod that has these and no others`,
  deciders: [],
  path: [],
  remedy: 'add its workload to the manifests, or correct the declared labels',
});
