import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture, read, told } from '../told.ts';

const packet = (more: object): string =>
  JSON.stringify({
    timestamp: '2026-01-02T03:04:05.5+0100',
    'oob.family': 2,
    'ip.protocol': 6,
    src_ip: '10.0.0.1',
    dest_ip: '10.0.0.2',
    dest_port: 80,
    ...more,
  });

test('packets tell their verdict by the prefix of the rule, connections by being there', () => {
  const { flows, reader } = read(null, fixture('netfilter'));
  assert.equal(reader.format, 'netfilter');
  assert.deepEqual(flows.map(told), [
    '1 | 2026-01-02T03:04:05.943Z | 10.0.3.3 > 10.0.2.11 | TCP 9093 | denied',
    '2 | 2026-01-02T03:04:06.000Z | 10.0.3.3 > 10.0.2.11 | TCP 9093 | unknown',
    '4 | 2026-01-02T03:04:08.947Z | fd00::9 > fd00::1 | UDP 53 | allowed',
    '5 | 2026-01-02T03:04:09.250Z | 10.0.1.10 > 10.0.2.11 | TCP 9093 | allowed',
  ]);
  assert.deepEqual(reader.counts.skipped, { 'other-protocol': 1, part: 1 });
});

test('the usual words of prefixes are understood, and two that contradict are none', () => {
  const verdictOf = (prefix: string): string | undefined =>
    read('netfilter', packet({ 'oob.prefix': prefix })).flows[0]?.verdict;
  for (const word of ['DROP', 'fw:denied ', 'kube-deny-in', 'REJECTED:', '[BLOCK]', 'DRP:INP '])
    assert.equal(verdictOf(word), 'denied', word);
  for (const word of ['ACCEPT', 'flow-allowed ', 'fwd-pass', 'permit: '])
    assert.equal(verdictOf(word), 'allowed', word);
  for (const word of ['', 'new ', 'backdrop', 'allow-or-drop', 'denyall2'])
    assert.equal(verdictOf(word), 'unknown', word);
  const { flows } = read('netfilter', packet({}), { unmarked: 'denied' });
  assert.equal(flows[0]?.verdict, 'denied');
});

test('names without and with the common information model are read, and a zone counts', () => {
  const plain = packet({
    src_ip: undefined,
    dest_ip: undefined,
    dest_port: undefined,
    'ip.saddr.str': '::ffff:10.0.0.9',
    'ip.daddr.str': '2001:db8:0::1',
    'tcp.dport': 443,
  });
  assert.equal(
    told(read('netfilter', plain).flows[0]!),
    '1 | 2026-01-02T02:04:05.500Z | 10.0.0.9 > 2001:db8::1 | TCP 443 | unknown',
  );
});

test('replies and packets within connections begin nothing', () => {
  const skipped = (more: object): object => read('netfilter', packet(more)).reader.counts.skipped;
  assert.deepEqual(skipped({ 'tcp.syn': 1, 'tcp.ack': 1 }), { reply: 1 });
  assert.deepEqual(skipped({ 'tcp.syn': 0, 'tcp.ack': 1 }), { 'direction-unknown': 1 });
});

test('connections that only their end tells of are known by it', () => {
  const event = (kind: number): string =>
    packet({ 'ct.event': kind, 'flow.start.sec': 1_767_323_045 });
  const { flows, reader } = read('netfilter', [event(4), event(2), event(1), event(4)].join('\n'));
  assert.deepEqual(
    flows.map(({ origin, verdict }) => [origin.line, verdict]),
    [
      [1, 'allowed'],
      [3, 'allowed'],
    ],
  );
  assert.deepEqual(reader.counts.skipped, { part: 2 });
});

test('an entry without addresses as text says so', () => {
  const { reader } = read('netfilter', `${packet({ src_ip: null })}\n${packet({})}`);
  assert.deepEqual(reader.counts.malformed, { 'bad-address': { count: 1, first: 1 } });
});
