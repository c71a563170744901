import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { workloadLabel } from '../../../../src/isolation/manifests/objects.ts';
import { parseManifests } from '../../../../src/isolation/manifests/manifests.ts';
import { pod, policy, ports, read } from '../../reachability/scene.ts';

const kafka = (extra = ''): string => `apiVersion: kafka.strimzi.io/v1
kind: Kafka
metadata: {name: c, namespace: k}
spec: {kafka: {listeners: [{name: plain, port: 9092, type: internal, tls: false}, {name: tls, port: 9093, type: internal, tls: true, networkPolicyPeers: [{podSelector: {matchLabels: {app: friend}}}]}]${extra}}}`;
const pool = (name: string, extra = ''): string => `apiVersion: kafka.strimzi.io/v1
kind: KafkaNodePool
metadata: {name: ${name}, namespace: k, labels: {strimzi.io/cluster: c}}
spec: {replicas: 2, roles: [broker]}
${extra}`;
const brokers = 'k/c-raw[StrimziPodSet]';

describe('Strimzi', () => {
  it('makes a pod set of each pool, with the labels that tell pools and pods apart', () => {
    const { workloads } = read(kafka(), pool('raw'), pool('open', 'status: {nodeIds: [7, 9]}'));
    assert.deepEqual(workloads.map(workloadLabel), ['k/c-open[StrimziPodSet]', brokers]);
    assert.deepEqual(
      workloads.flatMap(({ shapes }) =>
        shapes.map(({ labels }) => labels.get('strimzi.io/pod-name')),
      ),
      ['c-open-7', 'c-open-9', 'c-raw-10', 'c-raw-11'],
    );
  });

  it('opens every listener without peers to everybody, which voids whatever others close', () => {
    const stranger = pod('x/stranger');
    const manifests = read(
      kafka(', metricsConfig: {}'),
      pool('raw'),
      stranger,
      pod('k/f', 'app: friend'),
      policy('k/deny', '{podSelector: {}}'),
    );
    assert.equal(ports(manifests, 'x/stranger', brokers), 'TCP 9092,9404');
    assert.equal(ports(manifests, 'k/f', brokers), 'TCP 9092-9093,9404');
    const lookAlike = read(
      kafka(),
      pool('raw'),
      pod('x/stranger', 'strimzi.io/kind: cluster-operator'),
    );
    assert.equal(ports(lookAlike, 'x/stranger', brokers), 'TCP 8443,9091-9092');
    assert.deepEqual(
      manifests.complaints.map(({ code, severity }) => [severity, code]),
      [['warning', 'MISSING_OBJECT']],
    );
  });

  it('is believed where the manifests show what it made', () => {
    const live = policy(
      'k/c-network-policy-kafka',
      '{podSelector: {matchLabels: {strimzi.io/cluster: c}}, ingress: [{ports: [{port: 1}]}]}',
    );
    const owned = pod('k/c-raw-0', 'strimzi.io/cluster: c').replace(
      'labels:',
      'ownerReferences: [{kind: StrimziPodSet, name: c-raw, controller: true}], labels:',
    );
    const manifests = read(kafka(), pool('raw'), owned, live, pod('x/stranger'));
    assert.equal(ports(manifests, 'x/stranger', brokers), 'TCP 1');
    assert.deepEqual(manifests.complaints, []);
  });

  it('is left out where the operator is told to write no policies', () => {
    const text = [kafka(), pool('raw')].join('\n---\n');
    const { policies } = parseManifests([{ name: 's.yaml', text }], { strimziPolicies: 'ignore' });
    assert.deepEqual(policies, []);
  });

  it('reads pod sets, and warns about kinds whose pods it can’t know', () => {
    const set = `apiVersion: core.strimzi.io/v1
kind: StrimziPodSet
metadata: {name: c-raw, namespace: k}
spec: {pods: [{metadata: {name: c-raw-0, labels: {a: b}}, spec: {containers: []}}]}`;
    const connect = 'apiVersion: kafka.strimzi.io/v1\nkind: KafkaConnect\nmetadata: {name: x}';
    const manifests = read(set, connect);
    assert.deepEqual(manifests.workloads.map(workloadLabel), [brokers]);
    assert.deepEqual(
      manifests.complaints.map(({ code }) => code),
      ['MISSING_OBJECT'],
    );
  });
});
