/** Policies as objects: those that should stand, and those that stand. */
import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { kubernetesYaml } from '../manifests/yaml-dialect.ts';
import type { GeneratedFile } from '../policies/generate.ts';

type Json = Readonly<Record<string, unknown>>;

/** Which object. */
export interface PolicyReference {
  readonly apiVersion: string;
  readonly kind: string;
  /** `null` for policies of the whole cluster. */
  readonly namespace: string | null;
  readonly name: string;
}

/** A policy that should stand. */
export interface WantedPolicy extends PolicyReference {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Json;
}

/** Who wrote which part of an object, as the API server keeps account of it. */
export interface FieldManager {
  readonly manager: string;
  /** ISO 8601; empty where it isn't told. */
  readonly time: string;
  /** Whether any of it decides: the spec, or the labels that tell the owner. */
  readonly decides: boolean;
}

/** A policy as it stands. */
export interface LivePolicy extends PolicyReference {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Json;
  readonly managers: readonly FieldManager[];
  /** Being deleted, and held up by a finalizer. */
  readonly deleting: boolean;
}

/** What tells a policy from all others, such as `NetworkPolicy.networking.k8s.io kafka/lethe-default-deny`. */
export function keyOf({ apiVersion, kind, namespace, name }: PolicyReference): string {
  const group = apiVersion.includes('/') ? apiVersion.replace(/\/.*$/, '') : '';
  return `${kind}.${group} ${namespace === null ? '' : `${namespace}/`}${name}`;
}

/** For people: `NetworkPolicy kafka/lethe-default-deny`. */
export const shownPolicy = ({ kind, namespace, name }: PolicyReference): string =>
  `${kind} ${namespace === null ? '' : `${namespace}/`}${name}`;

/** The label by which policies are known as ours, and the annotation by which they are known as those of one warden. */
export const ownerLabel = { key: 'app.kubernetes.io/managed-by', value: 'lethe' } as const;
export const wardenAnnotation = 'lethe/warden';
/** One line for each flow that a policy allows. */
export const flowsAnnotation = 'lethe/flows';

/** Name under which the API server keeps account of what the warden wrote. */
export const fieldManager = 'lethe-warden';

/** Generated files as objects, marked as those of the warden `identity`, by key. */
export function wantedPolicies(
  files: readonly GeneratedFile[],
  identity: string,
): ReadonlyMap<string, WantedPolicy> {
  const found = new Map<string, WantedPolicy>();
  for (const { path, text } of files) {
    if (path === 'kustomization.yaml') continue;
    for (const document of parseAllDocuments(text, kubernetesYaml)) {
      const wanted = wantedOf(document.toJS(), identity);
      found.set(keyOf(wanted), wanted);
    }
  }
  return found;
}

function wantedOf(value: unknown, identity: string): WantedPolicy {
  const root = objectOf(value);
  const metadata = objectOf(root['metadata']);
  return {
    ...referenceOf(root, metadata),
    labels: textsOf(metadata['labels']),
    annotations: { ...textsOf(metadata['annotations']), [wardenAnnotation]: identity },
    spec: objectOf(root['spec']),
  };
}

/** An object of the API server as a policy. Nothing in it is trusted to be there. */
export function livePolicy(value: unknown): LivePolicy {
  const root = objectOf(value);
  const metadata = objectOf(root['metadata']);
  const managed = metadata['managedFields'];
  return {
    ...referenceOf(root, metadata),
    uid: textOf(metadata['uid']),
    resourceVersion: textOf(metadata['resourceVersion']),
    labels: textsOf(metadata['labels']),
    annotations: textsOf(metadata['annotations']),
    spec: objectOf(root['spec']),
    managers: Array.isArray(managed) ? managed.map(managerOf) : [],
    deleting: metadata['deletionTimestamp'] !== undefined,
  };
}

function referenceOf(root: Json, metadata: Json): PolicyReference {
  const namespace = textOf(metadata['namespace']);
  return {
    apiVersion: textOf(root['apiVersion']),
    kind: textOf(root['kind']),
    namespace: namespace === '' ? null : namespace,
    name: textOf(metadata['name']),
  };
}

function managerOf(value: unknown): FieldManager {
  const entry = objectOf(value);
  const fields = objectOf(entry['fieldsV1']);
  const labels = objectOf(objectOf(fields['f:metadata'])['f:labels']);
  return {
    manager: textOf(entry['manager']),
    time: textOf(entry['time']),
    decides: fields['f:spec'] !== undefined || labels[`f:${ownerLabel.key}`] !== undefined,
  };
}

/** What is sent to the API server. */
export const manifestOf = ({
  apiVersion,
  kind,
  namespace,
  name,
  labels,
  annotations,
  spec,
}: WantedPolicy): Json => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace !== null && { namespace }), labels, annotations },
  spec,
});

/** Whether a live policy is one that the warden `identity` may remove: by label and annotation, never by name. */
export const isOwn = ({ labels, annotations }: LivePolicy, identity: string): boolean =>
  labels[ownerLabel.key] === ownerLabel.value && annotations[wardenAnnotation] === identity;

/** Whether labels and annotations that we set are as we set them; others may add theirs. */
export const sameMetadata = (live: LivePolicy, wanted: WantedPolicy): boolean =>
  includes(live.labels, wanted.labels) && includes(live.annotations, wanted.annotations);

/** Whether the label that tells the owner is as we set it. */
export const sameOwner = (live: LivePolicy): boolean =>
  live.labels[ownerLabel.key] === ownerLabel.value;

export const sameSpec = (one: Json, other: Json): boolean => isDeepStrictEqual(one, other);

function includes(
  all: Readonly<Record<string, string>>,
  some: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(some).every(([key, value]) => all[key] === value);
}

/** Who else than the warden wrote what decides, latest first. */
export const meddlers = ({ managers }: LivePolicy): readonly string[] => [
  ...new Set(
    managers
      .filter(({ manager, decides }) => decides && manager !== fieldManager)
      .toSorted((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0))
      .map(({ manager }) => (manager === '' ? 'unknown' : manager)),
  ),
];

const objectOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const textsOf = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(objectOf(value)).flatMap(([key, text]) =>
      typeof text === 'string' ? [[key, text]] : [],
    ),
  );
