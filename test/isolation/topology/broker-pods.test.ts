import assert from 'node:assert/strict';
import { it } from 'node:test';
import { brokerPlace } from '../../../src/isolation/topology/broker-pods.ts';

it('a StatefulSet numbers its pods from the first node id', () => {
  const pods = { kind: 'statefulset', namespace: 'k', name: 'kafka', firstNodeId: 10 } as const;
  assert.deepEqual(brokerPlace(pods, 12, null), {
    kind: 'pods',
    namespace: 'k',
    podSelector: { 'statefulset.kubernetes.io/pod-name': 'kafka-2' },
  });
  assert.equal(brokerPlace(pods, 9, null), null);
});

it('a Strimzi pod is named by the host that its broker advertises', () => {
  const pods = { kind: 'strimzi', namespace: 'k', name: 'main' } as const;
  assert.deepEqual(brokerPlace(pods, 4, 'main-raw-4.main-kafka-brokers.k.svc'), {
    kind: 'pods',
    namespace: 'k',
    podSelector: { 'strimzi.io/cluster': 'main', 'strimzi.io/pod-name': 'main-raw-4' },
  });
  assert.equal(brokerPlace(pods, 4, 'other-raw-4.k.svc'), null);
  assert.equal(brokerPlace(pods, 4, 'main-raw-14x.k.svc'), null);
  assert.equal(brokerPlace(pods, 4, null), null);
});

it('labels and addresses are taken by node id', () => {
  const labels = new Map([[1, { app: 'one' }]]);
  const selectors = { kind: 'selectors', namespace: 'k', nodes: labels } as const;
  assert.deepEqual(brokerPlace(selectors, 1, null), {
    kind: 'pods',
    namespace: 'k',
    podSelector: { app: 'one' },
  });
  assert.equal(brokerPlace(selectors, 2, null), null);
  const addresses = { kind: 'addresses', nodes: new Map([[1, '10.0.0.1']]) } as const;
  assert.deepEqual(brokerPlace(addresses, 1, null), { kind: 'address', address: '10.0.0.1' });
  assert.equal(brokerPlace(addresses, 2, null), null);
});
