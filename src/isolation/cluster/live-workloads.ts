/** From live pods and controllers to objects as manifests would have them: each pod under the controller that a human would name. */
import { isObject, type ListedObject } from './listing.ts';

interface Reference {
  readonly kind: string;
  readonly name: string;
}

/**
 * Pods as they are, with the topmost controller as their owner, and controllers that have no pod at present, by their template. Controllers with
 * pods are left out: their pods say more, and an old template would be a second kind of pod that isn't there.
 */
export function liveWorkloads(
  pods: readonly ListedObject[],
  controllers: readonly ListedObject[],
): readonly ListedObject[] {
  const known = new Map(controllers.map((one) => [keyOf(namespaceOf(one), referenceTo(one)), one]));
  const busy = new Set<string>();
  const placed = pods.map((pod) => {
    const namespace = namespaceOf(pod);
    const top = topOf(pod, known, (key) => busy.add(key));
    if (top === undefined) return pod;
    busy.add(keyOf(namespace, top));
    const metadata = isObject(pod['metadata']) ? pod['metadata'] : {};
    return { ...pod, metadata: { ...metadata, ownerReferences: [{ ...top, controller: true }] } };
  });
  const idle = controllers.filter(
    (one) =>
      !busy.has(keyOf(namespaceOf(one), referenceTo(one))) && topOf(one, known) === undefined,
  );
  return [...placed, ...idle];
}

/** The last controller of the chain, also where nobody listed it; undefined for an object without one. */
function topOf(
  object: ListedObject,
  known: ReadonlyMap<string, ListedObject>,
  passed: (key: string) => void = () => undefined,
): Reference | undefined {
  let [top, at] = [undefined as Reference | undefined, object as ListedObject | undefined];
  const seen = new Set<string>();
  while (at !== undefined) {
    const owner = ownerOf(at);
    if (owner === undefined) break;
    const key = keyOf(namespaceOf(object), owner);
    if (seen.has(key)) break;
    seen.add(key);
    passed(key);
    top = owner;
    at = known.get(key);
  }
  return top;
}

function ownerOf(object: ListedObject): Reference | undefined {
  const metadata = object['metadata'];
  const owners = isObject(metadata) ? metadata['ownerReferences'] : undefined;
  if (!Array.isArray(owners)) return undefined;
  const owner = owners.filter(isObject).find((one) => one['controller'] === true);
  const [kind, name] = [owner?.['kind'], owner?.['name']];
  // A static pod is owned by its node, which is no workload.
  return typeof kind === 'string' && typeof name === 'string' && kind !== 'Node'
    ? { kind, name }
    : undefined;
}

const referenceTo = (object: ListedObject): Reference => ({
  kind: text(object['kind']),
  name: nameOf(object),
});

const keyOf = (namespace: string, { kind, name }: Reference): string =>
  `${namespace}/${kind}/${name}`;

/** Namespace of an object; empty for those of the whole cluster. */
export const namespaceOf = (object: ListedObject): string =>
  isObject(object['metadata']) ? text(object['metadata']['namespace']) : '';

export const nameOf = (object: ListedObject): string =>
  isObject(object['metadata']) ? text(object['metadata']['name']) : '';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
