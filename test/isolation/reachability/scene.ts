/** Small clusters for tests: manifests as YAML text, answers as text. */
import assert from 'node:assert/strict';
import {
  Reachability,
  type ReachabilityOptions,
} from '../../../src/isolation/reachability/reachability.ts';
import { parseManifests, type Manifests } from '../../../src/isolation/manifests/manifests.ts';

/** Reads YAML that must be free of complaints of severity `error`. */
export function read(...texts: readonly string[]): Manifests {
  const manifests = parseManifests([{ name: 'scene.yaml', text: texts.join('\n---\n') }]);
  assert.deepEqual(
    manifests.complaints.filter(({ severity }) => severity === 'error'),
    [],
  );
  return manifests;
}

/** A pod named by its labels: `pod('a/x', 'app: x', 'web 80')`. */
export function pod(
  place: string,
  labels = '',
  ports: readonly string[] = [],
  more: { readonly hostNetwork?: boolean; readonly ip?: string; readonly node?: string } = {},
): string {
  const [namespace, name] = place.split('/');
  const asPort = (port: string): string => {
    const [title, number, protocol = 'TCP'] = port.split(' ');
    return `{name: ${title}, containerPort: ${number}, protocol: ${protocol}}`;
  };
  return `apiVersion: v1
kind: Pod
metadata: {name: "${name}", namespace: "${namespace}", labels: {${labels}}}
spec:
  hostNetwork: ${more.hostNetwork ?? false}
  ${more.node === undefined ? '' : `nodeName: ${more.node}`}
  containers: [{ports: [${ports.map(asPort).join(', ')}]}]
status: {${more.ip === undefined ? '' : `podIP: "${more.ip}"`}}`;
}

/** A NetworkPolicy of the namespace; `spec` is YAML in flow style or indented by two. */
export const policy = (place: string, spec: string): string => {
  const [namespace, name] = place.split('/');
  return `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: "${name}", namespace: "${namespace}"}
spec: ${spec}`;
};

/** What `from` may reach on `to`, both as `namespace/pod` or as an external label. */
export function ports(
  manifests: Manifests,
  from: string,
  to: string,
  options: ReachabilityOptions = {},
): string {
  const reachability = new Reachability(manifests, options);
  const label = (place: string): string => (place.includes('[') ? place : `${place}[Pod]`);
  const [source, destination] = [
    reachability.source(label(from)),
    reachability.destination(label(to)),
  ];
  assert.ok(source !== undefined && destination !== undefined, `${from} => ${to}`);
  return reachability.between(source, destination).toString();
}
