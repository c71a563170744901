/** What the API server is told about the node and the pods of the network lab. */
import { NODE, type Wired } from './lab-wiring.ts';

export interface PodSpec {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount?: string;
  /** The workload that it belongs to, such as a StatefulSet. */
  readonly owner?: { readonly apiVersion: string; readonly kind: string; readonly name: string };
}

const stamp = '2026-01-01T00:00:00Z';
const ready = { type: 'Ready', status: 'True', lastTransitionTime: stamp };

/** The node, and the same with its status. */
export function nodeObjects(): readonly [object, object] {
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE.name } };
  return [
    { ...node, spec: { podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24', 'fd00:244::/64'] } },
    {
      ...node,
      status: {
        addresses: [
          { type: 'InternalIP', address: NODE.address },
          { type: 'InternalIP', address: NODE.address6 },
          { type: 'Hostname', address: NODE.name },
        ],
        conditions: [{ ...ready, reason: 'Rig', message: 'rig', lastHeartbeatTime: stamp }],
      },
    },
  ];
}

export const namespaceObject = (
  name: string,
  labels: Readonly<Record<string, string>>,
): object => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });

/** The pod, and the same with its status: it runs, and these are its addresses. */
export function podObjects(spec: PodSpec, { address, address6 }: Wired): readonly [object, object] {
  const { namespace, name, labels, serviceAccount = 'default', owner } = spec;
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name } };
  const owners =
    owner === undefined
      ? {}
      : { ownerReferences: [{ ...owner, uid: owner.name, controller: true }] };
  return [
    {
      ...pod,
      metadata: { ...pod.metadata, labels, ...owners },
      spec: {
        nodeName: NODE.name,
        serviceAccountName: serviceAccount,
        containers: [{ name: 'main', image: 'none.invalid/none' }],
      },
    },
    {
      ...pod,
      status: {
        phase: 'Running',
        podIP: address,
        podIPs: [{ ip: address }, { ip: address6 }],
        hostIP: NODE.address,
        hostIPs: [{ ip: NODE.address }, { ip: NODE.address6 }],
        conditions: [ready],
      },
    },
  ];
}
