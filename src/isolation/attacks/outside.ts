/** Attackers on nodes and outside of the cluster, and the ways in that Services open. */
import { isBehind } from '../manifests/kinds/exposures.ts';
import type { AttackSource } from './attack.ts';
import { atBroker, type AttackProfile, type Draft } from './draft.ts';
import { foreigner } from './impostors.ts';
import type { AttackScene, RawBroker } from './scene.ts';

const node = { family: 'node', technique: 'connect', severity: 'error' } as const;
const outer = {
  family: 'outside',
  expected: 'denied',
  severity: 'error',
  closedBy: ['network policy'],
  residual: null,
} as const;
const ownNode =
  'a pod is always reached from its own node (network policies documentation), so whoever runs on the network of that node stands before the broker';
const closeWorld = 'remove the rule that lets addresses outside of the cluster reach raw brokers';

/** Attacks of these families, by kind. */
export const outsideProfiles = {
  'host-network': {
    ...node,
    title: "Pod on the network of the broker's node",
    standsFor:
      'a privileged daemon, or a pod with hostNetwork that was scheduled beside the broker',
    expected: 'implementation-defined',
    floor: 'implementation-defined',
    closedBy: [
      'admission guard',
      'own nodes for raw brokers',
      'TLS or SASL client identity with ACLs',
    ],
    residual: ownNode,
    remedy:
      'give raw brokers nodes of their own, refuse hostNetwork (Pod Security "baseline"), and ask for a client identity',
  },
  'host-network-elsewhere': {
    ...node,
    title: 'Pod on the network of another node',
    standsFor: 'a privileged daemon anywhere in the cluster',
    expected: 'denied',
    closedBy: ['network policy'],
    residual: null,
    remedy: 'remove the rule that lets nodes, or the addresses of nodes, reach raw brokers',
  },
  'port-forward': {
    ...node,
    title: 'Port forwarding to the broker',
    standsFor: 'kubectl port-forward or the proxy of the API server, which arrive from the node',
    expected: 'implementation-defined',
    floor: 'implementation-defined',
    closedBy: ['RBAC on pods', 'TLS or SASL client identity with ACLs'],
    residual: ownNode,
    remedy: 'grant pods/portforward and pods/proxy to nobody in the namespace of raw brokers',
  },
  world: {
    ...outer,
    technique: 'connect',
    title: 'Host outside of the cluster',
    standsFor: 'a routed pod network, as clouds have it',
    remedy: closeWorld,
  },
  'node-port': {
    ...outer,
    technique: 'node-port',
    title: 'NodePort or load balancer that keeps the address of its client',
    standsFor: 'a Service with externalTrafficPolicy Local in front of raw brokers',
    remedy: closeWorld,
  },
  'host-port': {
    ...outer,
    technique: 'node-port',
    title: 'hostPort of the broker',
    standsFor: 'a port of the node that leads to the pod',
    remedy: closeWorld,
  },
  'node-port-masked': {
    ...outer,
    technique: 'node-port',
    expected: 'implementation-defined',
    floor: 'implementation-defined',
    severity: 'error',
    title: 'NodePort or load balancer that hides its client behind the node',
    standsFor: 'a Service with externalTrafficPolicy Cluster in front of raw brokers',
    closedBy: [
      'firewall of the nodes',
      'TLS or SASL client identity with ACLs',
      'own nodes for raw brokers',
    ],
    residual:
      'behind such a Service everybody comes from a node, and a pod is always reached from its own node: if there is such a Service, the world stands before the broker',
    remedy: 'put no NodePort or load balancer in front of raw brokers',
  },
  'bootstrap-service': {
    ...outer,
    technique: 'service',
    title: 'ClusterIP of a Service in front of the brokers',
    standsFor: 'a bootstrap Service whose address no policy names',
    remedy:
      'judge and allow pods, not Services: policies are in force after the address was translated',
  },
} as const satisfies Readonly<Record<string, AttackProfile>>;

type Kind = keyof typeof outsideProfiles;

/** A host on the Internet (RFC 5737: for documentation). */
const stranger: AttackSource = { kind: 'external', address: '203.0.113.7' };

/** Attacks from nodes and from outside on one raw broker. */
export function* outsiders(scene: AttackScene, raw: RawBroker): Generator<Draft> {
  // A broker outside has neither node nor Service, and what reaches it from outside is nothing that policies see.
  if (raw.pod === null) return;
  const draft = (kind: Kind, source: AttackSource): Draft => ({
    kind,
    profile: outsideProfiles[kind],
    ...atBroker(scene, raw),
    source,
  });
  const beside = foreigner(scene, { hostNetwork: true, node: 'destination' });
  yield draft('host-network', beside);
  yield draft('host-network-elsewhere', { ...beside, node: 'another' });
  yield draft('port-forward', beside);
  yield draft('world', stranger);
  yield draft('node-port', stranger);
  yield draft('host-port', stranger);
  const { namespace, shape } = raw.pod;
  const doors = scene.manifests.exposures.filter((one) => isBehind(one, namespace, shape));
  // With such a Service at hand, the way in is no longer a thought.
  yield {
    ...draft('node-port-masked', beside),
    expected: doors.length > 0 ? 'denied' : 'implementation-defined',
  };
  yield draft('bootstrap-service', foreigner(scene));
}
