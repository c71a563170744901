/** Merges pods and intermediate controllers into the workload that a human would name. */
import { workloadLabel, type PodShape, type Workload } from './objects.ts';
import type { WorkloadObject } from './kinds/workloads.ts';

/**
 * Follows owner references as far as the manifests go: a pod of a ReplicaSet of a Deployment that are all declared belongs to the
 * Deployment; where the owner is not declared, its name in the reference is taken. An owner without a kind names a "Pod".
 * The result is sorted by label, in code unit order.
 */
export function mergeReplicas(objects: readonly WorkloadObject[]): readonly Workload[] {
  const declared = new Map(objects.map((one) => [keyOf(one.namespace, one.kind, one.name), one]));
  const merged = new Map<string, { top: Omit<Workload, 'shapes'>; shapes: PodShape[] }>();
  for (const object of objects) {
    const top = topOf(object, declared);
    const key = keyOf(top.namespace, top.kind, top.name);
    const entry = merged.get(key) ?? { top, shapes: [] };
    entry.shapes.push(...object.shapes);
    merged.set(key, entry);
  }
  return [...merged.values()]
    .map(({ top, shapes }) => ({ ...top, shapes: distinct(shapes) }))
    .map((workload) => ({ workload, label: workloadLabel(workload) }))
    .toSorted((a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0))
    .map(({ workload }) => workload);
}

function topOf(
  object: WorkloadObject,
  declared: ReadonlyMap<string, WorkloadObject>,
): Omit<Workload, 'shapes'> {
  let top: WorkloadObject = object;
  const seen = new Set<WorkloadObject>();
  // Owner references of a hostile manifest may form a ring.
  while (!seen.has(top)) {
    seen.add(top);
    const owner: WorkloadObject['owner'] = top.owner;
    // A static pod is owned by its node, which is no workload.
    if (owner === undefined || owner.kind === 'Node') break;
    const kind = owner.kind ?? 'Pod';
    const next = declared.get(keyOf(top.namespace, kind, owner.name));
    if (next === undefined)
      return { namespace: top.namespace, kind, name: owner.name, origin: top.origin };
    top = next;
  }
  return { namespace: top.namespace, kind: top.kind, name: top.name, origin: top.origin };
}

const keyOf = (namespace: string, kind: string, name: string): string =>
  `${namespace}/${kind}/${name}`;

/** Replicas that a policy can't tell apart become one shape that has all their addresses. */
function distinct(shapes: readonly PodShape[]): readonly PodShape[] {
  if (shapes.length === 1) return shapes;
  const found = new Map<string, PodShape>();
  for (const shape of shapes) {
    const key = JSON.stringify([
      [...shape.labels].toSorted(([a], [b]) => (a < b ? -1 : 1)),
      shape.ports,
      shape.hostNetwork,
      shape.node,
      shape.serviceAccount,
    ]);
    const twin = found.get(key);
    found.set(
      key,
      twin === undefined
        ? shape
        : { ...twin, name: undefined, addresses: [...twin.addresses, ...shape.addresses] },
    );
  }
  return [...found.values()];
}
