import assert from 'node:assert/strict';
import { it } from 'node:test';
import { flowMap } from '../../../../src/isolation/topology/flow-map.ts';
import {
  placeText,
  renderMapTable,
} from '../../../../src/isolation/topology/drawing/render-table.ts';
import type { TopicEntry } from '../../../../src/isolation/topology/snapshot.ts';
import { client, declare, snapshotOf, topic } from '../cluster-fixture.ts';

const table = (...topics: readonly TopicEntry[]): string =>
  [
    ...renderMapTable(
      flowMap(
        declare({ clients: [client('lake', { consumes: ['public.orders'] })] }),
        snapshotOf(...topics),
      ),
    ),
  ].join('');

it('shows brokers, flows and that nothing was found', () => {
  const text = table();
  assert.match(text, /^BROKER {3}STANDING {2}ADDRESS +PLACE +RAW +OPEN\n/);
  assert.match(
    text,
    /\nmain\/11 {2}raw +kafka-0\.kafka\.svc\.cluster\.local:9092 {2}kafka\/statefulset\.kubernetes\.io\/pod-name=kafka-0 {2}raw\.orders {2}-\n/,
  );
  assert.match(text, /\nclient lake +broker main\/12 +TCP 9093 +topic public\.orders\n/);
  assert.match(text, /\nno findings\n$/);
  assert.doesNotMatch(text, / \n/);
});

it('shows findings with their remedy', () => {
  const text = table(topic('raw.orders', [12]));
  assert.match(text, /\nerror BROKER_SHARED main\/12: raw "raw\.orders" and sanitized/);
  assert.match(text, /\n {2}remedy: move the partitions/);
  assert.match(text, /\n1 finding\n$/);
});

it('counts what it does not name', () => {
  const clients = [
    client('lake', { groups: ['a', 'b', 'c', 'd', 'e'], consumes: ['public.orders'] }),
  ];
  const text = [...renderMapTable(flowMap(declare({ clients }), snapshotOf()))].join('');
  assert.match(text, /group a, coordinator of group b, coordinator of group c and 3 more\n/);
});

it('writes places in one line', () => {
  assert.equal(placeText(null), '-');
  assert.equal(placeText({ kind: 'address', address: '10.0.0.1' }), '10.0.0.1');
  assert.equal(
    placeText({ kind: 'pods', namespace: 'n', podSelector: { b: '2', a: '1' } }),
    'n/a=1,b=2',
  );
});
