/**
 * Pods that nobody has started yet. Policies select by labels, so what they let in is not only who is there now: a pod without labels in
 * each namespace, and one for each rule, made so that the rule means it.
 */
import {
  matches,
  namespaceName,
  namespaceLabel,
  onHostNetwork,
  serviceAccountName,
  type Labels,
  type Predicate,
} from '../manifests/labels.ts';
import { undeclaredShape, type Namespace, type Workload } from '../manifests/objects.ts';

/** The name of a namespace that stands for all that nobody mentioned; no real one can have it. */
export const anyNamespace = '(any namespace)';

const nameKey = 'kubernetes.io/metadata.name';
const namespacePrefix = namespaceLabel('');

/** A pod that is not there. */
export interface ImaginedPod {
  readonly workload: Workload;
  /** The namespace, where it is not there either. */
  readonly namespace: Namespace | undefined;
  /** Whether anybody may start it in a namespace of their choice. */
  readonly anywhere: boolean;
}

/** Where an imagined pod is. */
interface ImaginedPlace {
  readonly namespace: string;
  /** Labels that the namespace must have; only for namespaces that are not there. */
  readonly namespaceLabels?: Labels;
  /** Whether the namespace is there. */
  readonly exists: boolean;
}

/** A pod with these labels. */
export function imagine(
  { namespace, namespaceLabels = new Map<string, string>(), exists }: ImaginedPlace,
  labels: Labels,
  serviceAccount = 'default',
): ImaginedPod {
  const told = [...namespaceLabels].filter(([key]) => key !== nameKey);
  const where = told.length === 0 ? namespace : `${namespace} with ${textOf(told)}`;
  const account = serviceAccount === 'default' ? '' : ` of account ${serviceAccount}`;
  const name = `(any pod${labels.size === 0 ? '' : ` with ${textOf([...labels])}`}${account})`;
  const shape = { ...undeclaredShape, labels, serviceAccount };
  return {
    workload: { namespace: where, kind: 'Pod', name, shapes: [shape], origin: shape.origin },
    namespace: exists
      ? undefined
      : { name: where, labels: new Map([...namespaceLabels, [nameKey, where]]), origin: undefined },
    anywhere: where === anyNamespace,
  };
}

const textOf = (labels: readonly (readonly [string, string])[]): string =>
  labels
    .map(([key, value]) => `${key}=${value}`)
    .toSorted()
    .join(',');

/** More values of one rule than this are not tried one by one. */
const mostWitnesses = 200;

/** Pods that meet the condition, one for each value that it lists; none where none was found, which says nothing about whether there is one. */
export function witnesses(
  where: Predicate,
  namespaces: readonly Namespace[],
): readonly ImaginedPod[] {
  const found: ImaginedPod[] = [];
  let tried = 0;
  for (const one of alternatives(where)) {
    const pod = witness(one, namespaces, where);
    if (pod !== undefined) found.push(pod);
    tried += 1;
    // Lists of lists have more combinations than anybody could read.
    if (tried === mostWitnesses) break;
  }
  return found;
}

/** The condition with each of its lists narrowed to one value, one list at a time; all of them where nothing is listed. */
function* alternatives(where: Predicate): Generator<Predicate> {
  if (where.kind === 'in' && where.values.length > 1) {
    for (const value of where.values) yield { ...where, values: [value] };
    return;
  }
  if (where.kind === 'any') {
    for (const part of where.of) yield* alternatives(part);
    return;
  }
  const listed = where.kind === 'all' ? where.of.findIndex((part) => hasChoice(part)) : -1;
  if (where.kind !== 'all' || listed === -1) {
    yield where;
    return;
  }
  for (const part of alternatives(where.of[listed]!))
    yield* alternatives({ kind: 'all', of: where.of.with(listed, part) });
}

const hasChoice = (where: Predicate): boolean =>
  (where.kind === 'in' && where.values.length > 1) ||
  (where.kind === 'any' && where.of.length > 0) ||
  (where.kind === 'all' && where.of.some(hasChoice));

/** One pod that meets a narrowed condition, and so the whole one. */
function witness(
  where: Predicate,
  namespaces: readonly Namespace[],
  whole: Predicate,
): ImaginedPod | undefined {
  const wanted = new Map<string, string>();
  if (!settle(where, wanted)) return undefined;
  const labels = new Map<string, string>();
  const ofNamespace = new Map<string, string>();
  let [named, account] = [wanted.get(namespaceName), 'default'];
  for (const [key, value] of wanted) {
    if (key === namespaceName || key === onHostNetwork) continue;
    if (key === serviceAccountName) account = value;
    else if (key === namespacePrefix + nameKey) named ??= value;
    else if (key.startsWith(namespacePrefix))
      ofNamespace.set(key.slice(namespacePrefix.length), value);
    else if (!key.startsWith('%')) labels.set(key, value);
  }
  const fits = ({ name, labels: has }: Namespace): boolean =>
    (named === undefined || named === name) &&
    [...ofNamespace].every(([key, value]) => has.get(key) === value);
  const known = named === undefined && ofNamespace.size === 0 ? undefined : namespaces.find(fits);
  // A namespace that is there and has other labels can't be the one that is meant.
  if (named !== undefined && known === undefined && namespaces.some(({ name }) => name === named))
    return undefined;
  const place =
    known !== undefined
      ? { namespace: known.name, exists: true }
      : { namespace: named ?? anyNamespace, namespaceLabels: ofNamespace, exists: false };
  const pod = imagine(place, labels, account);
  const namespaceHas = (key: string): string | undefined =>
    key === nameKey ? pod.workload.namespace : (known?.labels ?? ofNamespace).get(key);
  const meets = matches(whole, (key) => {
    if (key === namespaceName) return pod.workload.namespace;
    if (key === onHostNetwork) return 'false';
    if (key === serviceAccountName) return account;
    if (key.startsWith(namespacePrefix)) return namespaceHas(key.slice(namespacePrefix.length));
    return labels.get(key);
  });
  return meets ? pod : undefined;
}

/** Collects what the condition asks for, taking the first way where there are several; false where that contradicts itself. */
function settle(where: Predicate, wanted: Map<string, string>): boolean {
  const want = (key: string, value: string): boolean => {
    const before = wanted.get(key);
    wanted.set(key, before ?? value);
    return before === undefined || before === value;
  };
  switch (where.kind) {
    case 'all':
      return where.of.every((part) => settle(part, wanted));
    case 'any':
      return where.of.some((part) => settle(part, wanted));
    case 'in': {
      const before = wanted.get(where.key);
      if (before !== undefined) return where.values.includes(before);
      return where.values[0] !== undefined && want(where.key, where.values[0]);
    }
    case 'has':
      return want(where.key, wanted.get(where.key) ?? 'any');
    case 'text':
      return want(where.key, where.value);
    case 'not':
      return true; // checked at the end, against the whole pod
  }
}
