import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture, read, told } from '../told.ts';

const tcp = (more: object): string =>
  JSON.stringify({
    flow: {
      time: '2026-01-02T03:04:05Z',
      verdict: 'FORWARDED',
      IP: { source: '10.0.0.1', destination: '10.0.0.2' },
      l4: { TCP: { source_port: 40_000, destination_port: 9093, flags: { SYN: true } } },
      source: {},
      destination: {},
      traffic_direction: 'INGRESS',
      ...more,
    },
  });

test('an exporter log gives the first packets of connections, of both families', () => {
  const { flows, reader } = read('hubble', fixture('hubble'));
  assert.deepEqual(flows.map(told), [
    '1 | 2026-01-02T03:04:05.517Z | lethe/lethe-7d9f8c6b5-x2x9z 10.0.1.10 app=lethe,io.kubernetes.pod.namespace=lethe > kafka/kafka-0 10.0.2.11 app=kafka | TCP 9093 | allowed at destination | CiliumNetworkPolicy kafka/raw-brokers',
    '3 | 2026-01-02T03:04:06.510Z | shop/web-1 fd00::60 app=web > kafka/kafka-0 fd00::5 app=kafka | TCP 9093 | denied at destination',
    '5 | 2026-01-02T03:04:08.000Z | lethe/lethe-7d9f8c6b5-x2x9z 10.0.1.10 app=lethe > 198.51.100.7 world | UDP 53 | allowed at source',
    '6 | 2026-01-02T03:04:09.000Z | shop/web-1 10.0.3.3 app=web > kafka/kafka-1 10.0.2.12 | TCP 9093 | allowed at destination',
  ]);
  assert.deepEqual(reader.counts, {
    lines: 8,
    flows: 4,
    skipped: { reply: 1, 'other-protocol': 1, lost: 1, 'direction-unknown': 1 },
    malformed: {},
  });
});

test('every verdict has its meaning, and an unknown word is malformed', () => {
  const verdictOf = (verdict: string): string | undefined =>
    read('hubble', `${tcp({ verdict })}\n${tcp({})}`).flows.at(-2)?.verdict;
  assert.equal(verdictOf('FORWARDED'), 'allowed');
  assert.equal(verdictOf('REDIRECTED'), 'allowed');
  assert.equal(verdictOf('AUDIT'), 'allowed');
  assert.equal(verdictOf('DROPPED'), 'denied');
  assert.equal(verdictOf('ERROR'), 'unknown');
  assert.equal(verdictOf('VERDICT_UNKNOWN'), 'unknown');
  assert.equal(verdictOf('TRANSLATED'), undefined);
  const { reader } = read('hubble', `${tcp({ verdict: 'PERHAPS' })}\n${tcp({})}`);
  assert.deepEqual(reader.counts.malformed, { 'bad-verdict': { count: 1, first: 1 } });
});

test('a packet whose direction nobody told is not taken for the beginning of a connection', () => {
  const flags = (one: object): object => ({ l4: { TCP: { destination_port: 9093, flags: one } } });
  const skipped = (more: object): object => read('hubble', tcp(more)).reader.counts.skipped;
  assert.deepEqual(skipped(flags({ ACK: true })), { 'direction-unknown': 1 });
  assert.deepEqual(skipped(flags({ SYN: true, ACK: true })), { reply: 1 });
  assert.deepEqual(skipped({ l4: { UDP: { destination_port: 53 } } }), { 'direction-unknown': 1 });
  assert.deepEqual(skipped({ ...flags({ ACK: true }), is_reply: false }), {});
  assert.deepEqual(skipped({ l4: { UDP: { destination_port: 53 } }, verdict: 'DROPPED' }), {});
});

test('what a container runtime writes before the entry is no part of it, and `hubble observe` entries have no envelope', () => {
  const inner = JSON.stringify((JSON.parse(tcp({})) as { flow: object }).flow);
  const log = [
    `2026-01-02T03:04:05.1Z stdout F ${tcp({})}`,
    `[pod/cilium-x/hubble] ${tcp({})}`,
    inner,
  ];
  const { flows, reader } = read(null, log.join('\n'));
  assert.equal(reader.format, 'hubble');
  assert.equal(flows.length, 3);
});

test('names, addresses, ports and times that none is are malformed', () => {
  const faultOf = (more: object): readonly string[] =>
    Object.keys(read('hubble', `${tcp(more)}\n${tcp({})}`).reader.counts.malformed);
  assert.deepEqual(faultOf({ source: { namespace: 'a\u001b[31m', pod_name: 'b' } }), ['bad-name']);
  assert.deepEqual(faultOf({ IP: { source: '10.0.0.256', destination: '10.0.0.1' } }), [
    'bad-address',
  ]);
  assert.deepEqual(faultOf({ l4: { TCP: { destination_port: 65_536, flags: { SYN: true } } } }), [
    'bad-port',
  ]);
  assert.deepEqual(faultOf({ time: 'yesterday' }), ['bad-time']);
  assert.deepEqual(faultOf({ IP: {} }), ['not-a-flow']);
  assert.deepEqual(faultOf({ l4: null }), ['not-a-flow']);
});
