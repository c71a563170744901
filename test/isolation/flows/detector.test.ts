import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Detector } from '../../../src/isolation/flows/detector.ts';
import { PodDirectory } from '../../../src/isolation/flows/pod-directory.ts';
import type { KafkaRequest, ObservedFlow } from '../../../src/isolation/flows/observed-flow.ts';
import { at, rawPolicy, seen, watching } from './watch-scene.ts';

const time = Date.parse('2026-01-02T03:04:05Z');

function request(
  source: { readonly address: string },
  topic: string,
  more: Partial<KafkaRequest> = {},
  verdict: ObservedFlow['verdict'] = 'allowed',
): ObservedFlow {
  const kafka = {
    principal: 'User:x',
    operation: 'READ',
    resource: 'Topic',
    name: topic,
    topic,
    ...more,
  };
  return seen(source, {}, { layer: 'kafka', port: null, verdict, kafka });
}

test('declared connections are nothing to tell, and are remembered as seen', () => {
  const { detector, codes } = watching();
  for (const flow of [
    seen(at.lethe, at.raw),
    seen(at.crm, at.open),
    seen(at.prom, at.raw, { port: 9404 }),
  ])
    detector.observe(flow, 'log');
  assert.deepEqual(codes(), []);
  const { declared, flows, unresolved, anomalies } = detector.summary();
  assert.equal(flows, 3);
  assert.equal(unresolved, 0);
  assert.equal(declared.seen, 3);
  const unseen = anomalies.filter(({ finding }) => finding.code === 'DECLARED_UNSEEN');
  assert.equal(unseen.length, declared.total - 3);
  assert.ok(
    unseen.some(({ finding }) => finding.subject === 'anonymizer => broker main/12 TCP 9093'),
  );
});

test('an undeclared peer that is let through to raw records is an error, at every port', () => {
  const { detector, codes } = watching();
  detector.observe(seen(at.web, at.raw), 'log');
  detector.observe(seen(at.crm, at.raw), 'log');
  detector.observe(seen(at.web, at.raw, { port: 9404 }), 'log');
  detector.observe(seen({ address: '10.9.9.9' }, at.raw), 'log');
  assert.deepEqual(codes(), [
    'error RAW_PEER_UNDECLARED shop/web-1[Pod] => broker main/11 TCP 9093',
    'error RAW_PEER_UNDECLARED crm/crm-1[Pod] => broker main/11 TCP 9093',
    'error RAW_PEER_UNDECLARED shop/web-1[Pod] => broker main/11 TCP 9404',
    'error RAW_PEER_UNDECLARED 10.9.9.9 => broker main/11 TCP 9093',
  ]);
});

test('what only left its source, or has no verdict, is an attempt until the other side tells', () => {
  const { detector, codes } = watching();
  detector.observe(seen(at.web, at.raw, { seenAt: 'source' }), 'log');
  detector.observe(seen(at.web, at.raw, { verdict: 'unknown' }), 'log');
  assert.deepEqual(codes(), [
    'warning RAW_PEER_ATTEMPT shop/web-1[Pod] => broker main/11 TCP 9093',
  ]);
  detector.observe(seen(at.web, at.raw, { seenAt: 'destination' }), 'log');
  assert.deepEqual(codes(), [
    'error RAW_PEER_UNDECLARED shop/web-1[Pod] => broker main/11 TCP 9093',
  ]);
});

test('elsewhere undeclared peers are warnings, and what the anonymizer sends out an error', () => {
  const { detector, codes } = watching();
  detector.observe(seen(at.web, at.open), 'log');
  detector.observe(seen(at.web, at.lethe, { port: 8080 }), 'log');
  detector.observe(seen(at.raw, at.world, { port: 443, seenAt: 'source' }), 'log');
  detector.observe(seen(at.lethe, at.world, { port: 443, seenAt: 'source' }), 'log');
  detector.observe(seen(at.web, at.crm, { port: 80 }), 'log');
  assert.deepEqual(codes(), [
    'warning PEER_UNDECLARED shop/web-1[Pod] => broker main/12 TCP 9093',
    'warning PEER_UNDECLARED shop/web-1[Pod] => lethe/lethe-1[Pod] TCP 8080',
    'warning PEER_UNDECLARED broker main/11 => 198.51.100.7 TCP 443',
    'error ANONYMIZER_EGRESS_UNDECLARED lethe/lethe-1[Pod] => 198.51.100.7 TCP 443',
  ]);
  assert.equal(detector.summary().elsewhere, 1);
});

test('a registry that is declared by its name is recognised by its port, and that is said', () => {
  const { detector, codes } = watching();
  detector.observe(seen(at.lethe, { address: '10.0.7.7' }, { port: 8081 }), 'log');
  assert.deepEqual(codes(), ['note DESTINATION_BY_PORT lethe/lethe-1[Pod] => 10.0.7.7 TCP 8081']);
});

test('a declared connection that is denied is an outage in the making', () => {
  const { detector, codes } = watching();
  detector.observe(seen(at.lethe, at.raw, { verdict: 'denied' }), 'log');
  assert.deepEqual(codes(), [
    'error DECLARED_DENIED lethe/lethe-1[Pod] => broker main/11 TCP 9093',
  ]);
});

test('an anomaly is told once, and counted with its first and last time', () => {
  const { detector, told } = watching();
  for (const offset of [5000, 0, 9000])
    detector.observe(seen(at.web, at.raw, { at: time + offset, count: 2 }), 'log');
  assert.equal(told.length, 1);
  const [first] = detector.summary().anomalies;
  assert.equal(first?.count, 6);
  assert.equal(first.firstSeen, time);
  assert.equal(first.lastSeen, time + 9000);
  assert.deepEqual(first.origin, { source: 'log', format: 'hubble', line: 1 });
});

test('many denials of one source within the window are a burst, told once while it lasts', () => {
  const { detector, codes } = watching({ burst: { count: 5, window: 60_000 } });
  const knock = (offset: number): void =>
    detector.observe(seen(at.web, at.raw, { verdict: 'denied', at: time + offset }), 'log');
  for (let i = 0; i < 4; i += 1) knock(i * 1000);
  assert.deepEqual(codes(), []);
  knock(5000);
  knock(6000);
  assert.deepEqual(codes(), ['warning DENIED_BURST shop/web-1[Pod]']);
});

test('an aggregated log that names only the StatefulSet is ambiguous about brokers', () => {
  const { detector, codes } = watching();
  const kafka = { namespace: 'kafka', workload: 'kafka', labels: ['app=kafka'] };
  detector.observe(seen(at.lethe, kafka), 'log');
  assert.deepEqual(codes(), []);
  detector.observe(seen(at.crm, kafka), 'log');
  detector.observe(seen(at.web, kafka), 'log');
  assert.deepEqual(codes(), [
    'warning DESTINATION_AMBIGUOUS crm/crm-1[Pod] => kafka/kafka[Pods] TCP 9093',
    'error RAW_PEER_UNDECLARED shop/web-1[Pod] => kafka/kafka[Pods] TCP 9093',
  ]);
});

test('flows between peers that nobody knows are told, and a watch that recognised nobody fails', () => {
  const nowhere = { directory: new PodDirectory([]) };
  const blindness = (detector: Detector): readonly string[] =>
    detector
      .summary()
      .anomalies.filter(({ finding }) => finding.code === 'PEERS_UNRESOLVED')
      .map(({ finding }) => `${finding.severity} ${finding.message}`);
  const { detector } = watching(nowhere);
  detector.observe(seen(at.web, at.raw), 'log');
  assert.deepEqual(blindness(detector), ['error 1 of 1 flows have an end that nobody knows']);
  const lethe = { ...at.lethe, namespace: 'lethe', labels: ['app=lethe'] };
  detector.observe(seen(lethe, at.world), 'log');
  assert.deepEqual(blindness(detector), ['warning 1 of 2 flows have an end that nobody knows']);
  // What is surely outside is no riddle.
  const outside = watching(nowhere).detector;
  outside.observe(seen({ address: '203.0.113.9' }, at.world), 'log');
  assert.deepEqual(blindness(outside), []);
});

test('the log says more than the manifests: labels and names of pods that they lack', () => {
  const { detector, codes } = watching();
  const lethe = { namespace: 'lethe', pod: 'lethe-abc', labels: ['app=lethe'] };
  const raw = { namespace: 'kafka', pod: 'kafka-0', labels: ['app=kafka'] };
  detector.observe(seen(lethe, raw), 'log');
  detector.observe(seen({ ...lethe, namespace: 'shop' }, raw), 'log');
  assert.deepEqual(codes(), [
    'error RAW_PEER_UNDECLARED shop/lethe-abc[Pod] => broker main/11 TCP 9093',
  ]);
});

test('a live verdict that the policies contradict is a finding that names the rule', () => {
  const { detector, told, codes } = watching({ policies: [rawPolicy] });
  detector.observe(seen(at.web, at.raw, { seenAt: 'destination' }), 'log');
  const open = told.find(({ finding }) => finding.code === 'ENFORCER_OPEN');
  assert.deepEqual(
    open?.finding.deciders.map(({ policy, rule }) => [policy, rule]),
    [['NetworkPolicy kafka/raw', null]],
  );
  codes();
  detector.observe(seen(at.lethe, at.raw, { verdict: 'denied' }), 'log');
  assert.deepEqual(codes(), [
    'error DECLARED_DENIED lethe/lethe-1[Pod] => broker main/11 TCP 9093',
    'warning ENFORCER_SHUT lethe/lethe-1[Pod] => broker main/11 TCP 9093',
  ]);
});

test('a policy that decided nothing is told at the end, one that did is not', () => {
  const unused = (flows: readonly ObservedFlow[]): number => {
    const { detector } = watching({ policies: [rawPolicy] });
    for (const flow of flows) detector.observe(flow, 'log');
    const { anomalies } = detector.summary();
    return anomalies.filter(({ finding }) => finding.code === 'POLICY_UNUSED').length;
  };
  assert.equal(unused([seen(at.crm, at.open)]), 1);
  assert.equal(unused([seen(at.lethe, at.raw)]), 0);
  // The log itself may name it.
  assert.equal(unused([seen(at.crm, at.open, { policies: ['NetworkPolicy kafka/raw'] })]), 0);
});

test('the authorizer is compared with the grants of the map', () => {
  const { detector, codes } = watching();
  detector.observe(request(at.lethe, 'raw.orders'), 'acl');
  detector.observe(request(at.crm, 'public.orders'), 'acl');
  detector.observe(request(at.crm, 'unknown.topic'), 'acl');
  detector.observe(request(at.raw, 'raw.orders'), 'acl');
  assert.deepEqual(codes(), []);
  detector.observe(request(at.web, 'raw.orders'), 'acl');
  detector.observe(request(at.crm, 'raw.orders', { operation: 'DESCRIBE' }), 'acl');
  detector.observe(request(at.web, 'public.orders', { operation: 'DESCRIBE' }), 'acl');
  detector.observe(request(at.crm, 'public.orders', {}, 'denied'), 'acl');
  detector.observe(request(at.web, 'raw.orders', { principal: 'User:y' }, 'denied'), 'acl');
  detector.observe(request(at.crm, 'crm', { resource: 'Group', topic: null }, 'denied'), 'acl');
  assert.deepEqual(codes(), [
    'error ACL_ALLOWED_UNDECLARED shop/web-1[Pod] READ topic raw.orders',
    'warning ACL_ALLOWED_UNDECLARED crm/crm-1[Pod] DESCRIBE topic raw.orders',
    'error ACL_DENIED_DECLARED crm/crm-1[Pod] READ topic public.orders',
    'warning ACL_DENIED_NETWORK_OPEN shop/web-1[Pod] READ topic raw.orders',
    'error ACL_DENIED_DECLARED crm/crm-1[Pod] READ group crm',
  ]);
});

test('a declared principal from an unknown address is doubted less than an unknown one', () => {
  const { detector, codes } = watching();
  const unknown = { address: '10.9.9.9' };
  detector.observe(request(unknown, 'public.orders', { principal: 'User:crm' }), 'acl');
  detector.observe(request(unknown, 'public.orders', { principal: 'User:crm' }, 'denied'), 'acl');
  assert.deepEqual(codes(), [
    'warning ACL_ALLOWED_UNDECLARED 10.9.9.9 READ topic public.orders',
    'error ACL_DENIED_DECLARED 10.9.9.9 READ topic public.orders',
  ]);
});

test('a source that the network denies and the authorizer allows has another way in', () => {
  const { detector, codes } = watching();
  detector.observe(seen(at.web, at.raw, { verdict: 'denied' }), 'net');
  detector.observe(request(at.web, 'raw.orders'), 'acl');
  assert.deepEqual(codes(), [
    'error ACL_ALLOWED_NETWORK_DENIED shop/web-1[Pod] READ topic raw.orders',
  ]);
  detector.observe(seen(at.web, at.open), 'net');
  codes();
  detector.observe(request(at.web, 'public.orders'), 'acl');
  assert.deepEqual(codes(), [
    'warning ACL_ALLOWED_UNDECLARED shop/web-1[Pod] READ topic public.orders',
  ]);
});

test('gaps, wrong clocks, late entries and lost ones are told, and judged all the same', () => {
  const { detector, codes } = watching();
  detector.observe(seen(at.lethe, at.raw, { at: time }), 'log');
  detector.observe(seen(at.lethe, at.raw, { at: time + 3_000_000 }), 'log');
  detector.observe(seen(at.web, at.raw, { at: time - 100_000 }), 'log');
  detector.observe(seen(at.lethe, at.raw, { at: time + 9_000_000_000 }), 'log');
  detector.lost('log', 3);
  assert.deepEqual(codes(), [
    'warning STREAM_SILENT log',
    'note CLOCK_SKEW log',
    'error RAW_PEER_UNDECLARED shop/web-1[Pod] => broker main/11 TCP 9093',
    'note CLOCK_SKEW log',
    'warning STREAM_LOST log',
  ]);
  assert.equal(detector.summary().late, 1);
});

test('a source that says nothing is noticed by our own clock, once', () => {
  let now = time;
  const { detector, codes } = watching({ now: () => now });
  detector.observe(seen(at.lethe, at.raw), 'log');
  detector.tick();
  now += 700_000;
  detector.tick();
  detector.tick();
  assert.deepEqual(codes(), ['warning STREAM_SILENT log']);
  detector.hear('log');
  now += 700_000;
  detector.tick();
  assert.equal(
    detector.summary().anomalies.find(({ finding }) => finding.code === 'STREAM_SILENT')?.count,
    2,
  );
});

test('memory has a bound: anomalies are forgotten and counted, the worst is not', () => {
  const { detector, told } = watching({ mostAnomalies: 10 });
  detector.observe(seen(at.web, at.raw), 'log');
  for (let i = 0; i < 50; i += 1)
    detector.observe(seen({ address: `10.1.0.${i}` }, at.open), 'log');
  assert.equal(told.length, 51);
  const { evicted, anomalies } = detector.summary();
  assert.equal(evicted, 41);
  assert.ok(anomalies.every(({ finding }) => finding.code !== 'RAW_PEER_UNDECLARED'));
  assert.equal(detector.worst, 'error');
});

test('a log of the authorizer alone does not show that flows are unused', () => {
  const { detector } = watching();
  detector.observe(request(at.lethe, 'raw.orders'), 'acl');
  assert.deepEqual(detector.summary().anomalies, []);
});
