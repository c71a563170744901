/** A cluster to attack: raw on broker 11, sanitized on 12 and 13, everybody who is declared, one workload that is not. */
import assert from 'node:assert/strict';
import { attacks, type AttackOptions } from '../../../src/isolation/attacks/attacks.ts';
import type { Attack } from '../../../src/isolation/attacks/attack.ts';
import { generate } from '../../../src/isolation/policies/generate.ts';
import { flowMap, type FlowMap } from '../../../src/isolation/topology/flow-map.ts';
import { parseManifests, type Manifests } from '../../../src/isolation/manifests/manifests.ts';
import type { KafkaSnapshot } from '../../../src/isolation/topology/snapshot.ts';
import type { IsolationSettings } from '../../../src/isolation/topology/isolation-settings.ts';
import { client, declare, snapshotOf } from '../topology/cluster-fixture.ts';

export const clients = [
  client('crm', { produces: ['raw.orders'] }),
  client('lake', { consumes: ['public.orders'], groups: ['lake'] }),
];

export const operators: IsolationSettings['operators'] = [
  {
    name: 'prometheus',
    workload: { namespace: 'monitoring', podSelector: { app: 'prometheus' } },
    scrapes: ['lethe', 'brokers'],
    administers: [],
    manages: [],
  },
];

export const registry = { namespace: 'registry', podSelector: { app: 'registry' }, port: null };

export const flowsOf = (
  isolation: Partial<IsolationSettings> = {},
  snapshot: KafkaSnapshot = snapshotOf(),
): FlowMap => flowMap(declare({ clients, operators, registry, ...isolation }), snapshot);

export const flows = flowsOf();

/** A controller with one container. */
export const workload = (
  kind: string,
  place: string,
  labels: string,
  ports: readonly number[] = [],
  spec = '',
): string => {
  const [namespace, name] = place.split('/');
  return `apiVersion: apps/v1
kind: ${kind}
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  ${kind === 'StatefulSet' ? 'replicas: 3' : ''}
  template:
    metadata: { labels: { ${labels} } }
    spec: { ${spec} containers: [{ name: main, ports: [${ports.map((port) => `{ containerPort: ${port} }`).join(', ')}] }] }`;
};

export const workloads = [
  'apiVersion: v1\nkind: Namespace\nmetadata: { name: lethe, labels: { team: privacy } }',
  workload('StatefulSet', 'kafka/kafka', 'app: kafka', [9093, 7071]),
  workload('Deployment', 'lethe/lethe', 'app: lethe', [8080]),
  workload('Deployment', 'crm/crm', 'app: crm', [8443]),
  workload('Deployment', 'lake/lake', 'app: lake'),
  workload('Deployment', 'monitoring/prometheus', 'app: prometheus'),
  workload('Deployment', 'kube-system/coredns', 'k8s-app: kube-dns'),
  workload('Deployment', 'registry/registry', 'app: registry'),
  workload('Deployment', 'shop/web', 'app: web'),
];

/** The generated policies of a map. */
export const shieldOf = (map: FlowMap): readonly string[] => {
  const { files, refused } = generate(map, { flavour: 'networkpolicy' });
  assert.equal(refused, false);
  return files.filter(({ path }) => path !== 'kustomization.yaml').map(({ text }) => text);
};

export const shield = shieldOf(flows);

/** Reads YAML that must be free of complaints of severity `error`. */
export function read(...texts: readonly string[]): Manifests {
  const manifests = parseManifests(
    texts.map((text, index) => ({ name: `${index}.yaml`, text: `${text}\n` })),
  );
  assert.deepEqual(
    manifests.complaints.filter(({ severity }) => severity === 'error'),
    [],
  );
  return manifests;
}

/** A NetworkPolicy that only opens. */
export const opening = (namespace: string, name: string, spec: string): string =>
  `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: ${name}, namespace: ${namespace} }
spec: ${spec}`;

/** Attacks on the whole shield and what is added to it. */
export const attacked = (more: readonly string[] = [], options: AttackOptions = {}) =>
  attacks(flows, read(...workloads, ...shield, ...more), options);

/** The attacks of a kind. */
export const ofKind = (all: readonly Attack[], kind: string): readonly Attack[] =>
  all.filter((one) => one.kind === kind);
