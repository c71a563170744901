/** Workload objects of every kind to pods in shapes: what a policy could tell apart. */
import type { Field } from '../field.ts';
import type { Labels } from '../labels.ts';
import type { ContainerPort, Origin, PodShape, Protocol } from '../objects.ts';

/** A controller, or a pod as a controller of itself, before replicas are merged. */
export interface WorkloadObject {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  /** The controller of this object, where one is named; its kind may be missing. */
  readonly owner: { readonly kind: string | undefined; readonly name: string } | undefined;
  readonly shapes: readonly PodShape[];
  readonly origin: Origin;
}

/** More replicas than this are not told apart by ordinal. */
const mostOrdinals = 10_000;

const protocols = ['TCP', 'UDP', 'SCTP'] as const;

/** Parses a workload object of any kind that carries a pod template, or a pod; undefined when the pod has ended. */
export function parseWorkload(root: Field, kind: string): WorkloadObject | undefined {
  const metadata = root.at('metadata');
  const origin = root.lazyOrigin();
  const namespace = metadata.at('namespace').text() ?? 'default';
  const given = metadata.at('name').exists ? metadata.at('name') : metadata.at('generateName');
  const name = given.required();
  const shapes =
    kind === 'Pod'
      ? [parsePod(root, origin, name)]
      : ordinals(root, kind, name, parseTemplate(root, kind, name, origin));
  if (kind === 'Pod' && hasEnded(root)) return undefined;
  return { namespace, kind, name, owner: parseOwner(metadata), shapes, origin };
}

/** Pods that ended have no network any more and must not be judged. */
function hasEnded(root: Field): boolean {
  const phase = root.at('status').at('phase').raw;
  return phase === 'Succeeded' || phase === 'Failed';
}

function parseOwner(metadata: Field): WorkloadObject['owner'] {
  const owners = metadata.at('ownerReferences').items();
  const owner = owners.find((one) => one.at('controller').raw === true) ?? owners[0];
  const name = owner?.at('name').text();
  return name === undefined ? undefined : { kind: owner?.at('kind').text(), name };
}

function parseTemplate(root: Field, kind: string, name: string, origin: Origin): PodShape {
  const spec = root.at('spec');
  const template = (kind === 'CronJob' ? spec.at('jobTemplate').at('spec') : spec).at('template');
  const shape = parsePod(template, origin, undefined);
  if (kind !== 'Job') return shape;
  // The job controller adds these (batch/v1, JobNameLabel and its legacy form).
  const added: Labels = new Map([
    ...shape.labels,
    ['batch.kubernetes.io/job-name', name],
    ['job-name', name],
  ]);
  return { ...shape, labels: added };
}

/** A StatefulSet's pods differ by name and ordinal (apps/v1, StatefulSetPodNameLabel and PodIndexLabel). */
function ordinals(
  root: Field,
  kind: string,
  name: string,
  template: PodShape,
): readonly PodShape[] {
  if (kind !== 'StatefulSet') return [template];
  const spec = root.at('spec');
  const replicas = spec.at('replicas').integer(0, 2 ** 31) ?? 1;
  const first =
    spec
      .at('ordinals')
      .at('start')
      .integer(0, 2 ** 31) ?? 0;
  if (replicas === 0 || replicas > mostOrdinals) return [template];
  return Array.from({ length: replicas }, (_, index) => {
    const ordinal = String(first + index);
    const pod = `${name}-${ordinal}`;
    const labels = new Map([
      ...template.labels,
      ['statefulset.kubernetes.io/pod-name', pod],
      ['apps.kubernetes.io/pod-index', ordinal],
    ]);
    return { ...template, name: pod, labels };
  });
}

/** Parses a pod or a pod template. */
export function parsePod(pod: Field, origin: Origin, name: string | undefined): PodShape {
  const spec = pod.at('spec');
  const status = pod.at('status');
  const addresses = [
    ...status
      .at('podIPs')
      .items()
      .map((one) => one.at('ip').text()),
    status.at('podIP').text(),
  ];
  return {
    name,
    labels: pod.at('metadata').at('labels').labels(),
    ports: parsePorts(spec),
    hostNetwork: spec.at('hostNetwork').boolean() ?? false,
    addresses: [...new Set(addresses)].flatMap((one) => (one ? [one] : [])),
    node: spec.at('nodeName').text(),
    serviceAccount:
      spec.at('serviceAccountName').text() ?? spec.at('serviceAccount').text() ?? 'default',
    origin,
  };
}

/**
 * Ports of containers and of sidecars: init containers that keep running count, those that end before the pod is up have
 * no ports that anybody could meet.
 */
function parsePorts(spec: Field): readonly ContainerPort[] {
  const sidecars = spec
    .at('initContainers')
    .items()
    .filter((one) => one.at('restartPolicy').raw === 'Always');
  return [...spec.at('containers').items(), ...sidecars].flatMap((container) =>
    container
      .at('ports')
      .items()
      .flatMap((port) => parsePort(port) ?? []),
  );
}

function parsePort(port: Field): ContainerPort | undefined {
  const number = port.at('containerPort').integer(1, 65_535);
  if (number === undefined) return undefined;
  const protocol: Protocol = port.at('protocol').choice(protocols) ?? 'TCP';
  return { name: port.at('name').text(), number, protocol };
}
