import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture, read, told } from '../told.ts';

const row = (more: object): string =>
  JSON.stringify({
    start_time: 1_767_323_045,
    source_name: 'a',
    source_namespace: 'x',
    dest_name: 'b',
    dest_namespace: 'y',
    dest_port: 80,
    proto: 'tcp',
    action: 'allow',
    reporter: 'dst',
    ...more,
  });

test('flow logs give pods, aggregated workloads and networks, with their counts and policies', () => {
  const { flows, reader } = read('calico', fixture('calico'));
  assert.deepEqual(flows.map(told), [
    '1 | 2026-01-02T03:09:05.000Z | shop/web-1 10.0.3.3 app=web > kafka/kafka-0 10.0.2.11 app=kafka,statefulset.kubernetes.io/pod-name=kafka-0 | TCP 9093 | denied at destination | ×4 | CalicoNetworkPolicy kafka/raw-brokers',
    '2 | 2026-01-02T03:09:05.000Z | lethe/lethe-7d9f8c6b5-* app=lethe > kafka/kafka-* app=kafka | TCP 9093 | allowed at source | ×12 | NetworkPolicy lethe/anonymizer',
    '3 | 2026-01-02T03:09:05.000Z | 198.51.100.9 public network > kafka/kafka-0 10.0.2.11 | TCP any | allowed at destination',
  ]);
  assert.deepEqual(reader.counts.skipped, { 'other-protocol': 1 });
});

test('rows of Whisker are read too, and the end of a tier names the policy that led there', () => {
  const { flows, reader } = read(null, fixture('whisker'));
  assert.equal(reader.format, 'calico');
  assert.deepEqual(flows.map(told), [
    '1 | 2026-01-02T03:04:20.000Z | shop/web-* app=web,tier=front > kafka/kafka-* app=kafka | TCP 9093 | allowed at destination | NetworkPolicy kafka/open',
    '2 | 2026-01-02T03:04:20.000Z | public network > kafka/kafka-* app=kafka | UDP 9093 | denied at destination | CalicoNetworkPolicy kafka/raw',
  ]);
});

test('a passed packet has no verdict, host endpoints and network sets are no pods', () => {
  const one = (more: object): string => told(read('calico', row(more)).flows[0]!);
  assert.match(one({ action: 'pass' }), /unknown at destination/);
  assert.match(one({ source_type: 'hep', source_name: 'Node_1' }), /\| host > y\/b \|/);
  assert.match(one({ source_type: 'ns', source_name: '-' }), /\| network set > y\/b \|/);
  assert.match(one({ proto: 17 }), /UDP 80/);
});

test('staged policies and profiles are not those that decided', () => {
  const policies = {
    enforced_policies: [
      '0|__PROFILE__|__PROFILE__.kns.default|allow|0',
      '1|default|y/staged:default.later|deny|0',
      '2|platform|platform.baseline|allow|0',
    ],
  };
  const { flows } = read('calico', row({ policies }));
  assert.deepEqual(flows[0]?.policies, ['GlobalNetworkPolicy baseline']);
});

test('unknown words and names are malformed', () => {
  const faultOf = (more: object): readonly string[] =>
    Object.keys(read('calico', `${row(more)}\n${row({})}`).reader.counts.malformed);
  assert.deepEqual(faultOf({ action: 'maybe' }), ['bad-verdict']);
  assert.deepEqual(faultOf({ source_name: 'A B' }), ['bad-name']);
  assert.deepEqual(faultOf({ source_type: 'cat' }), ['not-a-flow']);
  assert.deepEqual(faultOf({ proto: null }), ['not-a-flow']);
  assert.deepEqual(faultOf({ start_time: -1 }), ['bad-time']);
  assert.deepEqual(faultOf({ num_flows: 'many' }), ['not-a-flow']);
  assert.deepEqual(faultOf({ source_name: '-' }), ['not-a-flow']);
});
