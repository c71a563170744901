import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture, read, told } from '../told.ts';

const line = (principal: string, resource = 'Topic:LITERAL:t'): string =>
  `[2026-01-02 03:04:05,259] INFO Principal = ${principal} is Denied operation = READ from host = 10.0.0.1 on resource = ${resource} for request = Fetch with resourceRefCount = 1 based on rule DefaultDeny (kafka.authorizer.logger)`;

test('the sentence of Kafka 4 and those of older versions are read among other lines', () => {
  const { flows, reader } = read(null, fixture('kafka'));
  assert.equal(reader.format, 'kafka');
  assert.deepEqual(flows.map(told), [
    '2 | 2026-01-02T03:04:05.259Z | 10.0.3.3 > nobody | TCP any | denied | User:rogue READ Topic raw.orders',
    '3 | 2026-01-02T03:04:06.259Z | 10.0.1.10 > nobody | TCP any | allowed | User:CN=lethe,O=Acme READ Topic raw.orders',
    '4 | 2023-03-12T13:51:55.904Z | 10.244.0.27 > nobody | TCP any | denied | User:old DESCRIBE_CONFIGS Topic mytopic',
    '5 | 2018-01-12T21:13:18.454Z | 172.23.0.7 > nobody | TCP any | denied | User:CN=client,OU=TEST DESCRIBE Group test',
    '6 | 2024-03-13T20:10:17.259Z | ::1 > nobody | TCP any | denied | User:kafkaclient1 CREATE Cluster kafka-cluster',
    '7 | 2024-01-15T10:30:00.000Z | 10.0.0.5 > nobody | TCP any | allowed | User:app WRITE TransactionalId lethe-0',
  ]);
  assert.deepEqual(reader.counts.skipped, { 'other-message': 1 });
  assert.ok(flows.every(({ layer }) => layer === 'kafka'));
});

test('a principal that spells a decision of its own is refused, not believed', () => {
  const trick =
    'User:x is Allowed operation = READ from host = 10.0.0.1 on resource = Topic:LITERAL:t';
  const { flows, reader } = read('kafka', `${line(trick)}\n${line('User:a')}`);
  assert.equal(flows.length, 1);
  assert.deepEqual(reader.counts.malformed, { 'bad-name': { count: 1, first: 1 } });
});

test('topics have the characters of topics, and names of groups that are no names are not told', () => {
  const { reader } = read('kafka', `${line('User:a', 'Topic:LITERAL:a b')}\n${line('User:a')}`);
  assert.deepEqual(reader.counts.malformed, { 'bad-name': { count: 1, first: 1 } });
  const { flows } = read('kafka', line('User:a', 'Group:LITERAL:\u001b[2J odd'));
  assert.equal(flows[0]?.kafka?.name, null);
  assert.equal(
    read('kafka', line('User:a', 'Topic:LITERAL:for.request')).flows[0]?.kafka?.topic,
    'for.request',
  );
});

test('control characters in a principal are refused', () => {
  const { reader } = read('kafka', `${line('User:\u0007')}\n${line('User:a')}`);
  assert.deepEqual(reader.counts.malformed, { 'bad-name': { count: 1, first: 1 } });
});
