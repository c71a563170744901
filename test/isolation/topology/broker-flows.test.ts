import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { flowMap } from '../../../src/isolation/topology/flow-map.ts';
import { declare, settings, snapshotOf } from './cluster-fixture.ts';
import type { FlowMap } from '../../../src/isolation/topology/flow-map.ts';
import type { BrokerGroup } from '../../../src/isolation/topology/isolation-settings.ts';

const group = settings.brokers.get('main')!;
const mapOf = (own: Partial<BrokerGroup>, others: Parameters<typeof declare>[0] = {}): FlowMap =>
  flowMap(declare({ ...others, brokers: new Map([['main', { ...group, ...own }]]) }), snapshotOf());
const from = (map: FlowMap, id: string): readonly string[] =>
  map.flows
    .filter((flow) => flow.from === id && !flow.to.startsWith('dns'))
    .map(({ to, port }) => `${to} ${port}`);

describe('within a Kafka cluster', () => {
  it('brokers that are their own controllers reach each other on both ports', () => {
    const map = mapOf({ interBrokerPort: 9095, controllers: { pods: null, port: 9096 } });
    assert.deepEqual(from(map, 'broker main/11'), [
      'broker main/12 9095',
      'broker main/12 9096',
      'broker main/13 9095',
      'broker main/13 9096',
    ]);
  });

  it('controllers of their own are reached by brokers and by each other, and reach no broker', () => {
    const pods = { namespace: 'kafka', podSelector: { app: 'controller' } };
    const map = mapOf({ controllers: { pods, port: 9096 } });
    assert.deepEqual(from(map, 'broker main/11'), [
      'broker main/12 9093',
      'broker main/13 9093',
      'controller main 9096',
    ]);
    assert.deepEqual(from(map, 'controller main'), ['controller main 9096']);
  });

  it('undeclared controllers are taken for the brokers, and it is said', () => {
    const map = mapOf({ controllers: null, interBrokerPort: 9095 });
    assert.ok(from(map, 'broker main/11').includes('broker main/12 9093'));
    assert.deepEqual(
      map.findings.map(({ code, severity, subject }) => [code, severity, subject]),
      [['CONTROLLERS_ASSUMED', 'warning', 'main']],
    );
  });

  it('Strimzi has ports and labels of its own', () => {
    const map = mapOf({
      pods: { kind: 'strimzi', namespace: 'kafka', name: 'prod' },
      controllers: null,
    });
    assert.deepEqual(from(map, 'broker main/11'), [
      'broker main/12 9091',
      'broker main/13 9091',
      'controller main 9090',
    ]);
    assert.deepEqual(map.parties.find(({ id }) => id === 'controller main')?.place, {
      kind: 'pods',
      namespace: 'kafka',
      podSelector: { 'strimzi.io/cluster': 'prod', 'strimzi.io/controller-role': 'true' },
    });
    assert.ok(!map.findings.some(({ code }) => code === 'CONTROLLERS_ASSUMED'));
  });

  it('what manages a Strimzi cluster reaches replication, control plane and agents', () => {
    const map = mapOf(
      { pods: { kind: 'strimzi', namespace: 'kafka', name: 'prod' }, controllers: null },
      {
        operators: [
          {
            name: 'strimzi',
            workload: { namespace: 'strimzi', podSelector: { name: 'operator' } },
            scrapes: [],
            administers: [],
            manages: ['main'],
          },
        ],
      },
    );
    const reached = from(map, 'operator strimzi');
    assert.deepEqual(
      reached.filter((one) => !/main\/1[23]/.test(one)),
      [
        'broker main/11 8443',
        'broker main/11 9091',
        'controller main 8443',
        'controller main 9090',
      ],
    );
  });

  it('brokers outside of Kubernetes are no matter of policies', () => {
    const nodes = new Map([11, 12, 13].map((id) => [id, `10.0.0.${id}`]));
    const map = mapOf({ pods: { kind: 'addresses', nodes } });
    assert.deepEqual(from(map, 'broker main/11'), []);
  });
});
