import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { flowMap } from '../../../src/isolation/topology/flow-map.ts';
import { client, declare, snapshotOf, topic } from './cluster-fixture.ts';
import type { FlowMap } from '../../../src/isolation/topology/flow-map.ts';

const codes = (map: FlowMap): readonly string[] =>
  map.findings.map(({ severity, code, subject }) => `${severity} ${code} ${subject}`);

describe('the scope', () => {
  it('is where the anonymizer is, and brokers that hold raw or sanitized topics', () => {
    assert.deepEqual(flowMap(declare(), snapshotOf()).scope, ['kafka', 'lethe']);
  });

  it('is what is declared, each namespace once', () => {
    const map = flowMap(declare({ scope: ['lethe', 'kafka', 'crm', 'kafka'] }), snapshotOf());
    assert.deepEqual(map.scope, ['crm', 'kafka', 'lethe']);
    assert.deepEqual(map.findings, []);
  });

  it('without raw brokers is an error, without the anonymizer a warning', () => {
    const map = flowMap(declare({ scope: ['crm'] }), snapshotOf());
    assert.deepEqual(codes(map), [
      'error SCOPE_INCOMPLETE main/11',
      'warning SCOPE_INCOMPLETE anonymizer',
    ]);
  });
});

describe('a declared flow', () => {
  const pods = (namespace: string, app: string) =>
    ({ kind: 'pods', namespace, podSelector: { app } }) as const;

  it('is a flow of the map for each of its ports', () => {
    const flows = [
      {
        name: 'api',
        from: pods('kafka', 'operator'),
        to: { kind: 'address', address: '10.96.0.1' } as const,
        protocol: 'TCP' as const,
        ports: [443, 6443],
      },
    ];
    const map = flowMap(declare({ flows }), snapshotOf());
    assert.deepEqual(
      map.flows
        .filter(({ from }) => from === 'other api from')
        .map(({ to, protocol, port, why }) => [to, protocol, port, why]),
      [
        ['other api to', 'TCP', 443, ['api']],
        ['other api to', 'TCP', 6443, ['api']],
      ],
    );
    assert.deepEqual(map.findings, []);
  });

  it('into a namespace of raw brokers is told', () => {
    const flows = [
      {
        name: 'debug',
        from: pods('ops', 'shell'),
        to: pods('kafka', 'kafka'),
        protocol: 'TCP' as const,
        ports: [9093],
      },
    ];
    assert.deepEqual(codes(flowMap(declare({ flows }), snapshotOf())), [
      'warning FLOW_INTO_RAW flow debug',
    ]);
  });
});

describe('the registry', () => {
  const registry = { namespace: 'registry', podSelector: { app: 'registry' }, port: 9081 };
  const asking = (map: FlowMap): readonly string[] =>
    map.flows
      .filter(({ to }) => to.startsWith('registry'))
      .map(({ from, port }) => `${from} ${port}`);

  it('is asked by the anonymizer and by those who use topics of routes, on the port of its pods', () => {
    const clients = [
      client('crm', { produces: ['raw.orders'] }),
      client('news', { consumes: ['news'] }),
      client('plain', { consumes: ['public.orders'], registry: false }),
      client('own', { consumes: ['news'], registry: true }),
    ];
    const map = flowMap(declare({ clients, registry }), snapshotOf(topic('news', [12])));
    assert.deepEqual(asking(map), ['anonymizer 9081', 'client crm 9081', 'client own 9081']);
  });

  it('by an IPv6 address has no brackets', () => {
    const map = flowMap(declare({}, { registryUrl: 'http://[fd00::7]:8081' }), snapshotOf());
    const party = map.parties.find(({ kind }) => kind === 'registry');
    assert.deepEqual(party?.place, { kind: 'address', address: 'fd00::7' });
  });
});

describe('grants', () => {
  it('of one party on one resource are one', () => {
    const clients = [
      client('both', {
        produces: ['public.orders'],
        consumes: ['public.orders'],
        principal: 'User:b',
      }),
    ];
    const { grants } = flowMap(declare({ clients }), snapshotOf());
    assert.deepEqual(
      grants.filter(({ party }) => party === 'client both'),
      [
        {
          party: 'client both',
          principal: 'User:b',
          cluster: 'main',
          resource: 'topic',
          name: 'public.orders',
          pattern: 'literal',
          operations: ['Describe', 'Read', 'Write'],
        },
      ],
    );
  });

  it('let the anonymizer create only what it is told to make', () => {
    const { grants } = flowMap(
      declare({}, { quarantine: { cluster: 'main', topic: 'q', create: true } }),
      snapshotOf(),
    );
    const creating = grants.filter(({ operations }) => operations.includes('Create'));
    assert.deepEqual(
      creating.map(({ name }) => name),
      ['q'],
    );
  });
});
