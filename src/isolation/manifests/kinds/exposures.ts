/** Ways into a pod that don't go through the network of pods: Services with a door on every node or outside, Ingresses, and ports of the node itself. */
import type { Field } from '../field.ts';
import type { Labels } from '../labels.ts';
import type { Origin, PodShape } from '../objects.ts';

/** What opens the way. */
export type ExposureKind = 'NodePort' | 'LoadBalancer' | 'ExternalIPs' | 'Ingress' | 'hostPort';

/** One way in. */
export interface Exposure {
  readonly kind: ExposureKind;
  /** As `Service kafka/bootstrap`. */
  readonly by: string;
  readonly namespace: string;
  /** Labels of the pods behind it, in that namespace. */
  readonly selector: Labels;
  readonly origin: Origin;
}

/** A Service, as far as it opens ways in; a selector that is empty selects nothing here, since its addresses are written by somebody else. */
export interface ServiceObject {
  readonly namespace: string;
  readonly name: string;
  readonly selector: Labels;
  readonly kinds: readonly ExposureKind[];
  readonly origin: Origin;
}

/** Names of the Services behind one Ingress. */
export interface IngressObject {
  readonly namespace: string;
  readonly name: string;
  readonly services: readonly string[];
  readonly origin: Origin;
}

/** Parses a Service. */
export function parseService(root: Field): ServiceObject {
  const metadata = root.at('metadata');
  const spec = root.at('spec');
  const type = spec.at('type').text();
  const kinds: ExposureKind[] = [];
  if (type === 'NodePort' || type === 'LoadBalancer') kinds.push(type);
  if (spec.at('externalIPs').items().length > 0) kinds.push('ExternalIPs');
  return {
    namespace: metadata.at('namespace').text() ?? 'default',
    name: metadata.at('name').required(),
    selector: spec.at('selector').labels(),
    kinds,
    origin: root.lazyOrigin(),
  };
}

/** Parses an Ingress, `networking.k8s.io/v1` and its forms before. */
export function parseIngress(root: Field): IngressObject {
  const metadata = root.at('metadata');
  const spec = root.at('spec');
  const backends = [
    spec.at('defaultBackend'),
    spec.at('backend'),
    ...spec
      .at('rules')
      .items()
      .flatMap((rule) => rule.at('http').at('paths').items())
      .map((path) => path.at('backend')),
  ];
  return {
    namespace: metadata.at('namespace').text() ?? 'default',
    name: metadata.at('name').required(),
    services: backends.flatMap(
      (one) => one.at('service').at('name').text() ?? one.at('serviceName').text() ?? [],
    ),
    origin: root.lazyOrigin(),
  };
}

/** A pod or controller whose containers take ports of the node; undefined where none does. */
export function parseHostPorts(root: Field, kind: string): Exposure | undefined {
  const spec = root.at('spec');
  const template = (kind === 'CronJob' ? spec.at('jobTemplate').at('spec') : spec).at('template');
  const pod = kind === 'Pod' ? root : template;
  const taken = [
    ...pod.at('spec').at('containers').items(),
    ...pod.at('spec').at('initContainers').items(),
  ]
    .flatMap((container) => container.at('ports').items())
    .some((port) => (port.at('hostPort').integer(0, 65_535) ?? 0) > 0);
  if (!taken) return undefined;
  const namespace = root.at('metadata').at('namespace').text() ?? 'default';
  const name = root.at('metadata').at('name').text() ?? '';
  const selector = pod.at('metadata').at('labels').labels();
  const by = `${kind} ${namespace}/${name}`;
  return { kind: 'hostPort', by, namespace, selector, origin: root.lazyOrigin() };
}

/** All ways in: each Service by each of its doors, each Ingress by each of its Services. Sorted as given. */
export function exposuresOf(
  services: readonly ServiceObject[],
  ingresses: readonly IngressObject[],
): readonly Exposure[] {
  const named = new Map(services.map((one) => [`${one.namespace}/${one.name}`, one]));
  return [
    ...services.flatMap(({ namespace, name, selector, kinds, origin }) =>
      selector.size === 0
        ? []
        : kinds.map((kind) => ({
            kind,
            by: `Service ${namespace}/${name}`,
            namespace,
            selector,
            origin,
          })),
    ),
    ...ingresses.flatMap(({ namespace, name, services: backends, origin }) =>
      [...new Set(backends)].flatMap((service) => {
        const selector = named.get(`${namespace}/${service}`)?.selector;
        if (selector === undefined || selector.size === 0) return [];
        const by = `Ingress ${namespace}/${name}`;
        return [{ kind: 'Ingress' as const, by, namespace, selector, origin }];
      }),
    ),
  ];
}

/** Whether a pod is behind it. */
export const isBehind = (exposure: Exposure, namespace: string, shape: PodShape): boolean =>
  exposure.namespace === namespace &&
  [...exposure.selector].every(([key, value]) => shape.labels.get(key) === value);
