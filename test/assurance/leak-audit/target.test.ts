import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRules } from '../../../src/anonymization/rules/parse-rules.ts';
import { targetsOf } from '../../../src/assurance/leak-audit/target.ts';
import type { RouteSettings } from '../../../src/streaming/settings.ts';

function route(name: string, from: Partial<RouteSettings['from']>, topic: string): RouteSettings {
  return {
    name,
    from: { cluster: 'raw', topic: null, pattern: null, ...from },
    to: { cluster: 'open', topic, create: false, partitions: null, replicationFactor: null },
    key: { type: 'string', spec: { technique: 'keep' } },
    headers: new Map(),
    timestamp: { technique: 'keep' },
    rules: parseRules({}),
    onRefusal: 'quarantine',
    subjectNameStrategy: 'topic',
    outputSubjectNameStrategy: 'topic',
    framing: 'prefix',
    compression: 'source',
    partition: 'source',
  };
}

describe('the targets of routes', () => {
  const routes = [
    route('orders', { topic: 'raw.orders' }, 'public.orders'),
    route('others', { pattern: 'raw\\.(.+)' }, 'public.$1'),
  ];
  const shown = (subjects: readonly string[]): readonly string[] =>
    targetsOf(routes, subjects).map(
      ({ route: { name }, from, cluster, topic }) => `${name}: ${from} > ${cluster}/${topic}`,
    );

  it('are those that are named, without asking for anything', () => {
    assert.deepEqual(shown([]), ['orders: raw.orders > open/public.orders']);
  });

  it('are, for a pattern, those whose raw topics have a subject', () => {
    const subjects = ['raw.orders-value', 'raw.crm-value', 'raw.crm-key', 'public.crm-value'];
    assert.deepEqual(shown(subjects), [
      'orders: raw.orders > open/public.orders',
      'others: raw.crm > open/public.crm',
    ]);
  });
});
