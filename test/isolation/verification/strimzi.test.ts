import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generate } from '../../../src/isolation/policies/generate.ts';
import { flowMap } from '../../../src/isolation/topology/flow-map.ts';
import { declare, settings, snapshotOf, topic } from '../topology/cluster-fixture.ts';
import { judge, short, workload } from './verification-scene.ts';
import type { KafkaSnapshot } from '../../../src/isolation/topology/snapshot.ts';

/** Node 0 is the pool `raw`, 1 and 2 are the pool `open`. */
function snapshot(): KafkaSnapshot {
  const { clusters, ...rest } = snapshotOf(
    topic('raw.orders', [0]),
    topic('public.orders', [1, 2]),
    topic('__consumer_offsets', [1, 2]),
    topic('__transaction_state', [1, 2]),
    topic('lethe.quarantine', [1]),
  );
  const brokers = ['my-raw-0', 'my-open-1', 'my-open-2'].map((pod, id) => ({
    id,
    host: `${pod}.my-kafka-brokers.kafka.svc`,
    port: 9093,
  }));
  return { ...rest, clusters: { main: { ...clusters['main']!, brokers } } };
}

const map = flowMap(
  declare(
    {
      brokers: new Map([
        [
          'main',
          {
            ...settings.brokers.get('main')!,
            pods: { kind: 'strimzi', namespace: 'kafka', name: 'my' },
            controllers: null,
          },
        ],
      ]),
      operators: [
        {
          name: 'strimzi',
          workload: {
            namespace: 'strimzi',
            podSelector: { 'strimzi.io/kind': 'cluster-operator' },
          },
          scrapes: [],
          administers: [],
          manages: ['main'],
        },
      ],
      registry: { namespace: 'lethe', podSelector: { app: 'registry' }, port: null },
    },
    {
      clusters: new Map([
        ['main', { bootstrapServers: ['my-open-1.my-kafka-brokers.kafka:9093'] }],
      ]),
    },
  ),
  snapshot(),
);

const pool = (name: string, ids: string, roles: string): string => `apiVersion: kafka.strimzi.io/v1
kind: KafkaNodePool
metadata: {name: ${name}, namespace: kafka, labels: {strimzi.io/cluster: my}}
spec: {replicas: 1, roles: [${roles}]}
status: {nodeIds: [${ids}]}
`;
const cluster = (peers: string): string => `apiVersion: kafka.strimzi.io/v1
kind: Kafka
metadata: {name: my, namespace: kafka}
spec: {kafka: {listeners: [{name: tls, port: 9093, type: internal, tls: true${peers}}]}}
`;
const people = (peers = ''): string =>
  [
    cluster(peers),
    pool('raw', '0', 'broker'),
    pool('open', '1, 2', 'broker, controller'),
    workload('strimzi/operator', { labels: 'strimzi.io/kind: cluster-operator' }),
    workload('lethe/lethe'),
    workload('lethe/registry'),
    workload('kube-system/coredns', { labels: 'k8s-app: kube-dns' }),
    workload('shop/web'),
  ].join('---\n');

const policies = (flavour: 'networkpolicy' | 'clusternetworkpolicy'): string => {
  const { files, findings } = generate(map, { flavour });
  assert.ok(files.length > 0, JSON.stringify(findings));
  return files
    .filter(({ path }) => path !== 'kustomization.yaml')
    .map(({ text }) => text)
    .join('\n---\n');
};

describe('a cluster that Strimzi operates', () => {
  it('has a hole for everybody, made by the policy that the operator adds', () => {
    const { verified, findings } = judge(policies('networkpolicy'), {
      flows: map,
      people: people(),
    });
    assert.equal(verified, false);
    const hole = findings.find(({ deciders }) => deciders[0]?.rule === 'ingress[3]');
    assert.equal(hole?.code, 'HOLE_BY_OTHERS');
    assert.equal(hole.severity, 'error');
    assert.equal(hole.deciders[0]?.policy, 'NetworkPolicy kafka/my-network-policy-kafka');
    assert.deepEqual(hole.path.slice(1), [
      'TCP 9093',
      'kafka/my-raw[StrimziPodSet]',
      'topic raw.orders',
    ]);
    assert.match(hole.remedy, /ClusterNetworkPolicy in the Admin tier/);
    assert.match(hole.remedy, /networkPolicyPeers.*STRIMZI_NETWORK_POLICY_GENERATION=false/);
  });

  it('is still open to whoever calls itself the operator, when listeners name their peers', () => {
    const peers =
      ', networkPolicyPeers: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: lethe}}, podSelector: {matchLabels: {app: lethe}}}]';
    const { findings } = judge(policies('networkpolicy'), { flows: map, people: people(peers) });
    assert.ok(findings.every(({ path }) => path[0] !== 'shop/web[Deployment]'));
    const hole = findings.find(({ code }) => code === 'HOLE_BY_OTHERS');
    assert.match(
      hole?.path[0] ?? '',
      /^\(any namespace\)\/\(any pod with strimzi\.io\/kind=cluster-operator\)/,
    );
  });

  it('is closed to every pod by policies of the Admin tier, which can name no address outside', () => {
    const { findings } = judge(policies('clusternetworkpolicy'), { flows: map, people: people() });
    const errors = findings.filter(({ severity }) => severity === 'error');
    assert.equal(errors.length, 1, short({ findings } as never).join('\n'));
    assert.match(
      errors[0]!.message,
      /^0\.0\.0\.0-255\.255\.255\.255\[External\], ::-\S+\[External\] may reach/,
    );
    assert.match(errors[0]!.remedy, /deny above it: Cilium ingressDeny/);
  });
});
