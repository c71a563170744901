import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../src/operations/config/parse.ts';
import { context, exampleText, problemsOf, smallText } from './example.ts';

const withSection = (section: string): string => `${smallText}\nisolation: ${section}\n`;
const brokers = (group: string): string =>
  withSection(`{ mode: brokers, brokers: { main: ${group} } }`);
const groupOf = (group: string) =>
  parseConfig(brokers(group), context).isolation?.brokers.get('main');

test('a file without the section has no isolation', () => {
  assert.equal(parseConfig(smallText, context).isolation, null);
});

test('the section of the example is filled with defaults', () => {
  const { isolation } = parseConfig(exampleText, context);
  assert.equal(isolation?.mode, 'brokers');
  assert.deepEqual(isolation.brokers.get('main'), {
    pods: { kind: 'statefulset', namespace: 'kafka', name: 'kafka', firstNodeId: 0 },
    port: 9093,
    openPort: null,
    metricsPort: 9404,
    interBrokerPort: null,
    controllers: null,
  });
  assert.deepEqual(isolation.clients[1], {
    name: 'analytics',
    cluster: 'main',
    workload: { namespace: 'analytics', podSelector: { app: 'warehouse-loader' } },
    produces: [],
    consumes: ['public.customers', 'public.orders'],
    groups: ['analytics'],
    transactionalIds: [],
    bootstrapServers: [],
    registry: null,
    principal: null,
  });
  assert.equal(isolation.dns?.nodeLocal, '169.254.20.10');
});

test('the least section names a mode', () => {
  const { isolation } = parseConfig(withSection('{ mode: cluster }'), context);
  assert.deepEqual(isolation, {
    mode: 'cluster',
    anonymizer: null,
    anonymizerPrincipal: null,
    brokers: new Map(),
    clients: [],
    operators: [],
    dns: null,
    registry: null,
    flows: [],
    scope: null,
  });
});

test('broker pods are named in four ways', () => {
  assert.deepEqual(groupOf('{ namespace: k, pods: strimzi/main }')?.pods, {
    kind: 'strimzi',
    namespace: 'k',
    name: 'main',
  });
  assert.deepEqual(groupOf('{ namespace: k, pods: statefulset/a, firstNodeId: 5 }')?.pods, {
    kind: 'statefulset',
    namespace: 'k',
    name: 'a',
    firstNodeId: 5,
  });
  assert.deepEqual(groupOf('{ namespace: k, pods: { 7: { app: seven } } }')?.pods, {
    kind: 'selectors',
    namespace: 'k',
    nodes: new Map([[7, { app: 'seven' }]]),
  });
  assert.deepEqual(groupOf('{ addresses: { 7: 10.0.0.7 } }')?.pods, {
    kind: 'addresses',
    nodes: new Map([[7, '10.0.0.7']]),
  });
});

test('controllers, registry, further flows and scope are filled', () => {
  const { isolation } = parseConfig(
    withSection(`{ mode: brokers,
      brokers: { main: { namespace: k, pods: statefulset/a, interBrokerPort: 9095, controllers: { podSelector: { app: c } } } },
      anonymizer: { namespace: l, podSelector: { app: l }, principal: 'User:l' },
      registry: { namespace: r, podSelector: { app: r } },
      flows: [{ name: api, from: { namespace: k, podSelector: { app: o } }, to: { address: 10.96.0.1 }, ports: [443] }],
      scope: { namespaces: [l, k, l] } }`),
    context,
  );
  const group = isolation?.brokers.get('main');
  assert.equal(group?.interBrokerPort, 9095);
  assert.deepEqual(group.controllers, {
    pods: { namespace: 'k', podSelector: { app: 'c' } },
    port: 9093,
  });
  assert.deepEqual(isolation?.anonymizer, { namespace: 'l', podSelector: { app: 'l' } });
  assert.equal(isolation.anonymizerPrincipal, 'User:l');
  assert.deepEqual(isolation.registry, {
    namespace: 'r',
    podSelector: { app: 'r' },
    port: null,
  });
  assert.deepEqual(isolation.flows, [
    {
      name: 'api',
      from: { kind: 'pods', namespace: 'k', podSelector: { app: 'o' } },
      to: { kind: 'address', address: '10.96.0.1' },
      protocol: 'TCP',
      ports: [443],
    },
  ]);
  assert.deepEqual(isolation.scope, ['k', 'l']);
  assert.deepEqual(
    groupOf('{ namespace: k, pods: strimzi/a, controllers: { port: 9097 } }')?.controllers,
    { pods: null, port: 9097 },
  );
});

for (const [what, section, code, path] of [
  [
    'a label that would be read as a selector',
    `{ mode: brokers, anonymizer: { namespace: a, podSelector: { app: 'x" || all()' } } }`,
    'CONFIG_VALUE_INVALID',
    'isolation.anonymizer.podSelector.app',
  ],
  [
    'a wildcard principal',
    `{ mode: brokers, anonymizer: { namespace: a, podSelector: { a: b }, principal: 'User:*' } }`,
    'CONFIG_VALUE_INVALID',
    'isolation.anonymizer.principal',
  ],
  [
    'a namespace that can not be one',
    '{ mode: brokers, scope: { namespaces: [A_b] } }',
    'CONFIG_VALUE_INVALID',
    'isolation.scope.namespaces[0]',
  ],
  [
    'an end of a flow that is pods and address at once',
    '{ mode: brokers, flows: [{ name: x, ports: [1], from: { address: 10.0.0.1 }, to: { address: 10.0.0.1, namespace: a, podSelector: { a: b } } }] }',
    'CONFIG_VALUE_INVALID',
    'isolation.flows[0].to',
  ],
  [
    'an end of a flow with labels and no namespace',
    '{ mode: brokers, flows: [{ name: x, ports: [1], from: { podSelector: { a: b } }, to: { address: 10.0.0.1 } }] }',
    'CONFIG_VALUE_INVALID',
    'isolation.flows[0].from',
  ],
  [
    'controllers with a namespace and no labels',
    '{ mode: brokers, brokers: { main: { namespace: a, pods: strimzi/x, controllers: { namespace: b } } } }',
    'CONFIG_VALUE_INVALID',
    'isolation.brokers.main.controllers',
  ],
  [
    'what manages no cluster',
    '{ mode: brokers, operators: [{ name: a, manages: [b], workload: { namespace: a, podSelector: { a: b } } }] }',
    'CONFIG_REFERENCE_UNKNOWN',
    'isolation.operators[0].manages[0]',
  ],
  ['an unknown key', '{ mode: brokers, clinets: [] }', 'CONFIG_KEY_UNKNOWN', 'isolation.clinets'],
  ['an unknown mode', '{ mode: moat }', 'CONFIG_VALUE_INVALID', 'isolation.mode'],
  [
    'pods without labels',
    '{ mode: brokers, anonymizer: { namespace: a, podSelector: {} } }',
    'CONFIG_VALUE_INVALID',
    'isolation.anonymizer.podSelector',
  ],
  [
    'pods of no kind',
    '{ mode: brokers, brokers: { main: { namespace: a, pods: deployment/x } } }',
    'CONFIG_VALUE_INVALID',
    'isolation.brokers.main.pods',
  ],
  [
    'pods and addresses at once',
    '{ mode: brokers, brokers: { main: { namespace: a, pods: strimzi/x, addresses: {} } } }',
    'CONFIG_VALUE_INVALID',
    'isolation.brokers.main',
  ],
  [
    'pods without namespace',
    '{ mode: brokers, brokers: { main: { pods: strimzi/x } } }',
    'CONFIG_VALUE_INVALID',
    'isolation.brokers.main',
  ],
  [
    'an address that is none',
    '{ mode: brokers, brokers: { main: { addresses: { 1: host } } } }',
    'CONFIG_VALUE_INVALID',
    'isolation.brokers.main.addresses.1',
  ],
  [
    'brokers of no cluster',
    '{ mode: brokers, brokers: { other: { namespace: a, pods: strimzi/x } } }',
    'CONFIG_REFERENCE_UNKNOWN',
    'isolation.brokers.other',
  ],
  [
    'a client of no cluster',
    '{ mode: brokers, clients: [{ name: a, cluster: b, workload: { namespace: a, podSelector: { a: b } } }] }',
    'CONFIG_REFERENCE_UNKNOWN',
    'isolation.clients[0].cluster',
  ],
  [
    'an operator of no cluster',
    '{ mode: brokers, operators: [{ name: a, administers: [b], workload: { namespace: a, podSelector: { a: b } } }] }',
    'CONFIG_REFERENCE_UNKNOWN',
    'isolation.operators[0].administers[0]',
  ],
  [
    'two clients of one name',
    '{ mode: brokers, clients: [&a { name: a, workload: { namespace: a, podSelector: { a: b } } }, *a] }',
    'CONFIG_INCONSISTENT',
    'isolation.clients[1].name',
  ],
  [
    'mode listener without a port for others',
    '{ mode: listener, brokers: { main: { namespace: a, pods: strimzi/x } } }',
    'CONFIG_INCONSISTENT',
    'isolation.brokers.main',
  ],
] as const)
  test(`${what} is refused with ${code} at its path`, () => {
    const problems = problemsOf(withSection(section));
    assert.deepEqual(
      problems.map((problem) => [problem.code, problem.path]),
      [[code, path]],
    );
  });
