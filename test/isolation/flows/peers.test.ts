import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nobody, type FlowPeer } from '../../../src/isolation/flows/observed-flow.ts';
import { nameOf, Peers, type Peer } from '../../../src/isolation/flows/peers.ts';
import { PodDirectory } from '../../../src/isolation/flows/pod-directory.ts';
import { pod, read } from '../reachability/scene.ts';
import { map, pods } from './watch-scene.ts';

const controller = (kind: string, place: string, label: string, more = ''): string => {
  const [namespace, name] = place.split('/');
  return `apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  ${more}
  selector: {matchLabels: {app: ${label}}}
  template: {metadata: {labels: {app: ${label}}}, spec: {containers: [{ports: []}]}}`;
};

const recognise = (peer: Partial<FlowPeer>, ...manifests: readonly string[]): Peer =>
  new Peers(map, new PodDirectory(read(...manifests).workloads)).of({ ...nobody, ...peer });

const parties = (peer: Peer): readonly string[] => peer.parties.map(({ id }) => id);

test('an address is the pod that has it, whatever its spelling was', () => {
  const peer = recognise({ address: '10.0.2.11' }, ...pods);
  assert.deepEqual(parties(peer), ['broker main/11']);
  assert.equal(nameOf(peer), 'broker main/11');
  assert.equal(peer.label, 'kafka/kafka-0[Pod]');
  assert.ok(peer.resolved);
  const six = recognise({ address: 'fd00::1' }, pod('a/b', 'app: b', [], { ip: 'fd00:0:0::1' }));
  assert.equal(six.label, 'a/b[Pod]');
});

test('an address that nobody has, or two workloads claim, is a peer of its own', () => {
  const unknown = recognise({ address: '10.9.9.9' }, ...pods);
  assert.deepEqual([unknown.label, unknown.resolved, unknown.outside], ['10.9.9.9', false, false]);
  const two = ['a/b', 'a/c'].map((place) => pod(place, 'app: b', [], { ip: '10.1.1.1' }));
  assert.equal(recognise({ address: '10.1.1.1' }, ...two).resolved, false);
  const node = pod('a/b', 'app: b', [], { ip: '10.1.1.1', hostNetwork: true });
  assert.equal(recognise({ address: '10.1.1.1' }, node).resolved, false);
  assert.equal(recognise({ address: '198.51.100.7' }, ...pods).outside, true);
});

test('pods are known by the names that controllers give them', () => {
  const manifests = [
    controller('Deployment', 'lethe/lethe', 'lethe'),
    controller('Deployment', 'lethe/lethe-web', 'web'),
    controller('StatefulSet', 'kafka/kafka', 'kafka', 'replicas: 3'),
    controller('DaemonSet', 'ops/agent', 'agent'),
  ];
  const label = (namespace: string, name: string): string =>
    recognise({ namespace, pod: name }, ...manifests).label;
  assert.equal(label('lethe', 'lethe-7d9f8c6b5-x2x9z'), 'lethe/lethe[Deployment]');
  assert.equal(label('lethe', 'lethe-web-7d9f8c6b5-x2x9z'), 'lethe/lethe-web[Deployment]');
  assert.equal(label('ops', 'agent-x2x9z'), 'ops/agent[DaemonSet]');
  assert.equal(label('lethe', 'lethe-rogue'), 'lethe/lethe-rogue[Pod]');
  assert.equal(label('shop', 'lethe-7d9f8c6b5-x2x9z'), 'shop/lethe-7d9f8c6b5-x2x9z[Pod]');
  const broker = recognise({ namespace: 'kafka', pod: 'kafka-1' }, ...manifests);
  assert.deepEqual([nameOf(broker), broker.shape], ['broker main/12', 1]);
  const anonymizer = recognise({ namespace: 'lethe', pod: 'lethe-7d9f8c6b5-x2x9z' }, ...manifests);
  assert.deepEqual(parties(anonymizer), ['anonymizer']);
});

test('an aggregated name is the workload, and may be any of its parties', () => {
  const manifests = [
    controller('Deployment', 'lethe/lethe', 'lethe'),
    controller('StatefulSet', 'kafka/kafka', 'kafka', 'replicas: 3'),
  ];
  const deployment = recognise({ namespace: 'lethe', workload: 'lethe-7d9f8c6b5' }, ...manifests);
  assert.deepEqual(parties(deployment), ['anonymizer']);
  const brokers = ['broker main/11', 'broker main/12', 'broker main/13'];
  const kafka = { namespace: 'kafka', workload: 'kafka' };
  assert.deepEqual(parties(recognise(kafka, ...manifests)), brokers);
  // Without manifests the beginning of the name is all that is known.
  assert.deepEqual(parties(recognise(kafka)), brokers);
  assert.deepEqual(parties(recognise({ ...kafka, workload: 'kafka-x' })), []);
});

test('labels of the log count where manifests lack the pod, and only in the right namespace', () => {
  const peer = { pod: 'any-1', labels: ['app=lethe', 'tier=x'] };
  assert.deepEqual(parties(recognise({ ...peer, namespace: 'lethe' })), ['anonymizer']);
  assert.deepEqual(parties(recognise({ ...peer, namespace: 'shop' })), []);
  assert.deepEqual(parties(recognise({ ...peer, namespace: 'lethe', labels: null })), []);
});

test('what is no pod has the word of the log', () => {
  assert.equal(recognise({ reserved: 'host', address: '10.0.0.1' }).label, 'host');
  assert.equal(recognise({ reserved: 'world', address: '198.51.100.7' }).label, '198.51.100.7');
  assert.equal(recognise({ reserved: 'public network' }).label, 'public network');
});
