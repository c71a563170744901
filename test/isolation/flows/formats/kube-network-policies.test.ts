import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture, read, told } from '../told.ts';

const packet = (id: number, prefix = '', more: object = {}): string =>
  prefix +
  JSON.stringify({
    ts: 1_767_323_045_838.3,
    msg: 'Evaluating packet',
    id,
    srcPod: 'a/b',
    dstPod: 'none',
    packet: { SrcIP: '10.0.0.1', DstIP: '10.0.0.2', Proto: 'TCP', DstPort: 80 + id },
    ...more,
  });
const verdict = (id: number, prefix = ''): string =>
  prefix + JSON.stringify({ ts: 1_767_323_045_838.4, msg: 'Packet accepted by policy', id });

test('the verdict is joined with the packet of the same id', () => {
  const { flows, reader } = read(null, fixture('kube-network-policies'));
  assert.equal(reader.format, 'kube-network-policies');
  assert.deepEqual(flows.map(told), [
    '4 | 2026-01-02T03:04:05.838Z | shop/web-1 10.0.3.3 > kafka/kafka-0 10.0.2.11 | TCP 9093 | denied',
    '6 | 2026-01-02T03:04:06.838Z | lethe/lethe-7d9f8c6b5-x2x9z fd00::10 > 2001:db8::7 | UDP 53 | allowed',
  ]);
  // Two halves of the first packet, one each of two others, and a verdict whose packet is older than the log.
  assert.deepEqual(reader.counts.skipped, { 'other-message': 1, part: 5, 'other-protocol': 1 });
});

test('the same id of two agents is two packets where the log tells who writes', () => {
  const [a, b] = ['[pod/agent-a/agent] ', '[pod/agent-b/agent] '];
  const log = [packet(1, a), packet(1, b, { srcPod: 'c/d' }), verdict(1, a), verdict(1, b)];
  assert.deepEqual(
    read('kube-network-policies', log.join('\n')).flows.map(({ source }) => source.pod),
    ['b', 'd'],
  );
});

test('packets without a verdict are forgotten, however many there are', () => {
  const log = Array.from({ length: 5000 }, (_, id) => packet(id + 1));
  const { flows } = read('kube-network-policies', [...log, verdict(1), verdict(5000)].join('\n'));
  assert.deepEqual(
    flows.map(({ port }) => port),
    [5080],
  );
});

test('a packet without id, packet or pod names of the right form is malformed', () => {
  const faultOf = (line: string): readonly string[] =>
    Object.keys(read('kube-network-policies', `${line}\n${packet(1)}`).reader.counts.malformed);
  assert.deepEqual(faultOf(packet(1, '', { id: 'x' })), ['not-a-flow']);
  assert.deepEqual(faultOf(packet(1, '', { packet: null })), ['not-a-flow']);
  assert.deepEqual(faultOf(packet(1, '', { srcPod: 'a/b/c' })), ['bad-name']);
  assert.deepEqual(faultOf('{"ts": 1}'), ['not-a-flow']);
});
