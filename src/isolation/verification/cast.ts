/** Everybody who is judged: who is there, split by party; parties that are not there; pods that anybody may add. */
import {
  matches,
  namespaceLabel,
  namespaceName,
  onHostNetwork,
  serviceAccountName,
} from '../manifests/labels.ts';
import {
  workloadLabel,
  type Namespace,
  type PodShape,
  type Workload,
} from '../manifests/objects.ts';
import { compilePolicies } from '../reachability/flavours.ts';
import { rulesOf } from '../reachability/rule-parts.ts';
import { anyNamespace, imagine, witnesses, type ImaginedPod } from './imagined-pods.ts';
import { isPods, type PartyMatch } from './party-match.ts';
import type { VerificationInput } from './verification.ts';

/** How much of an endpoint is there. */
export type Presence = 'real' | 'declared' | 'somewhere' | 'anywhere';

/** A workload, or the part of one that is certain parties. */
export interface Role {
  readonly workload: Workload;
  readonly parties: readonly string[];
  readonly presence: Presence;
}

/** Everybody, and the namespaces that they are in. */
export interface Cast {
  readonly workloads: readonly Role[];
  readonly namespaces: readonly Namespace[];
  readonly imagined: readonly ImaginedPod[];
}

/** Finds everybody. */
export function castOf(input: VerificationInput, match: PartyMatch): Cast {
  const { manifests, flows } = input;
  const real = manifests.workloads.flatMap((workload) => split(workload, match));
  const present = new Set(real.flatMap(({ parties }) => parties));
  const known = new Set(manifests.namespaces.map(({ name }) => name));
  const absent = flows.parties.filter(isPods).filter(({ id }) => !present.has(id));
  const declared = absent.map(({ id, place }) => {
    const { namespace, podSelector } = place;
    const labels = new Map(Object.entries(podSelector));
    return { id, pod: imagine({ namespace, exists: known.has(namespace) }, labels) };
  });
  const namespaces = [...manifests.namespaces];
  const add = (namespace: Namespace | undefined): void => {
    if (namespace === undefined || known.has(namespace.name)) return;
    known.add(namespace.name);
    namespaces.push(namespace);
  };
  for (const { pod } of declared) add(pod.namespace);
  const labels = new Set(declared.map(({ pod }) => workloadLabel(pod.workload)));
  const imagined: ImaginedPod[] = [];
  for (const pod of strangers(input, match, namespaces, [...real, ...declared.map(asRole)])) {
    const [shape] = pod.workload.shapes;
    const label = workloadLabel(pod.workload);
    if (shape === undefined || labels.has(label)) continue;
    if (match.partiesOf(pod.workload.namespace, shape.labels).length > 0) continue;
    labels.add(label);
    add(pod.namespace);
    imagined.push(pod);
  }
  return {
    workloads: [
      ...real,
      ...declared.map(asRole),
      ...imagined.map(({ workload, anywhere }) => ({
        workload,
        parties: [],
        presence: anywhere ? ('anywhere' as const) : ('somewhere' as const),
      })),
    ],
    namespaces,
    imagined,
  };
}

const asRole = ({ id, pod }: { readonly id: string; readonly pod: ImaginedPod }): Role => ({
  workload: pod.workload,
  parties: [id],
  presence: 'declared',
});

/** A workload by party: a StatefulSet's pods are brokers of their own. Pods that are nobody stay together. */
function split(workload: Workload, match: PartyMatch): readonly Role[] {
  const groups = new Map<
    string,
    { readonly parties: readonly string[]; readonly shapes: PodShape[] }
  >();
  for (const shape of workload.shapes) {
    const parties = match.partiesOf(workload.namespace, shape.labels);
    const key = JSON.stringify(parties);
    const group = groups.get(key) ?? { parties, shapes: [] };
    group.shapes.push(shape);
    groups.set(key, group);
  }
  if (groups.size === 1)
    return [...groups.values()].map(({ parties }) => ({ workload, parties, presence: 'real' }));
  return [...groups.values()].map(({ parties, shapes }, index) => {
    const [only, ...others] = shapes;
    const single = only?.name !== undefined && others.length === 0;
    const part: Workload = single
      ? { ...workload, kind: 'Pod', name: only.name, shapes }
      : { ...workload, name: `${workload.name} (part ${index + 1})`, shapes };
    return { workload: part, parties, presence: 'real' };
  });
}

/** Pods without labels in every namespace that matters and in any other, and one for each way that a rule on a party opens. */
function* strangers(
  { manifests }: VerificationInput,
  match: PartyMatch,
  namespaces: readonly Namespace[],
  roles: readonly Role[],
): Generator<ImaginedPod> {
  const none = new Map<string, string>();
  for (const namespace of match.namespaces) yield imagine({ namespace, exists: true }, none);
  yield imagine({ namespace: anyNamespace, exists: false }, none);
  const labelsOf = new Map(namespaces.map(({ name, labels }) => [name, labels]));
  const looks = roles
    .filter(({ parties }) => parties.length > 0)
    .flatMap(({ workload }) =>
      workload.shapes.map((shape) => (key: string): string | undefined => {
        if (key === namespaceName) return workload.namespace;
        if (key === onHostNetwork) return String(shape.hostNetwork);
        if (key === serviceAccountName) return shape.serviceAccount;
        if (key.startsWith(prefix))
          return labelsOf.get(workload.namespace)?.get(key.slice(prefix.length));
        return shape.labels.get(key);
      }),
    );
  for (const policy of compilePolicies(manifests.policies)) {
    if (!looks.some((look) => matches(policy.subjects, look))) continue;
    for (const direction of ['ingress', 'egress'] as const)
      for (const rule of rulesOf(policy, direction)) {
        if (rule.action !== 'allow') continue;
        for (const peer of rule.peers) {
          if (peer.kind === 'pods') yield* witnesses(peer.where, namespaces);
        }
      }
  }
}

const prefix = namespaceLabel('');
