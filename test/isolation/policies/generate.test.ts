import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PortSet } from '../../../src/isolation/reachability/port-set.ts';
import { Reachability } from '../../../src/isolation/reachability/reachability.ts';
import {
  disagreements,
  estateOf,
  networkFlavours,
} from '../../../src/isolation/policies/agreement.ts';
import { flavours, type Flavour } from '../../../src/isolation/policies/flavours.ts';
import { generate } from '../../../src/isolation/policies/generate.ts';
import { flowMap, type FlowMap } from '../../../src/isolation/topology/flow-map.ts';
import { parseManifests } from '../../../src/isolation/manifests/manifests.ts';
import { client, declare, snapshotOf, topic } from '../topology/cluster-fixture.ts';
import { maps } from './random-map.ts';
import type { Workload } from '../../../src/isolation/manifests/objects.ts';
import type { Party } from '../../../src/isolation/topology/flow-draft.ts';

const clients = [
  client('crm', { produces: ['raw.orders'], principal: 'User:crm' }),
  client('lake', { consumes: ['public.orders'], groups: ['lake'], principal: 'User:lake' }),
];
const map = (): FlowMap => flowMap(declare({ clients }), snapshotOf());
const codes = (flows: FlowMap, flavour: Flavour = 'networkpolicy'): readonly string[] =>
  generate(flows, { flavour }).findings.map(
    ({ severity, code, subject }) => `${severity} ${code} ${subject}`,
  );

/** The workloads of an estate and what the generated files let them do. */
function judged(flows: FlowMap, flavour: Flavour): Reachability {
  const { files } = generate(flows, { flavour, transition: true });
  const manifests = parseManifests([
    ...files.map(({ path, text }) => ({ name: path, text })),
    ...estateOf(flows.parties),
  ]);
  const errors = manifests.complaints.filter(({ severity }) => severity === 'error');
  assert.deepEqual(errors, []);
  return new Reachability(manifests);
}

const isAt = ({ namespace, shapes }: Workload, { place }: Party): boolean =>
  place?.kind === 'pods' &&
  place.namespace === namespace &&
  Object.entries(place.podSelector).every(([key, value]) => shapes[0]?.labels.get(key) === value);

/** Ports that the map declares between two workloads, looked up flow by flow. */
function declaredPorts(flows: FlowMap, from: Workload, to: Workload): PortSet {
  const party = (id: string): Party => flows.parties.find((one) => one.id === id)!;
  return PortSet.union(
    flows.flows
      .filter((flow) => isAt(from, party(flow.from)) && isAt(to, party(flow.to)))
      .map(({ protocol, port }) => PortSet.of(protocol, port, port)),
  );
}

describe('generated policies', () => {
  it('leave out everything that refuses, and say why', () => {
    const shared = flowMap(declare({ clients }), snapshotOf(topic('raw.orders', [11, 12])));
    const { refused, files, findings } = generate(shared, { flavour: 'networkpolicy' });
    assert.equal(refused, true);
    assert.deepEqual(files, []);
    assert.deepEqual(
      findings.filter(({ code }) => code === 'BROKER_SHARED').map(({ subject }) => subject),
      ['main/12'],
    );
  });

  it('are refused where an outside client may need a raw broker after an election', () => {
    const flows = flowMap(declare({ clients }), snapshotOf(topic('__consumer_offsets', [12, 11])));
    assert.ok(codes(flows).includes('warning COORDINATOR_ON_RAW client lake'));
    assert.equal(generate(flows, { flavour: 'networkpolicy' }).refused, true);
  });

  it('tell that a registry known by a host name can not be selected', () => {
    assert.deepEqual(codes(map()), ['warning PARTY_UNSELECTABLE registry registry.kafka:8081']);
  });

  it('keep to a namespace each, with a list of all files', () => {
    const { files } = generate(map(), { flavour: 'networkpolicy' });
    assert.deepEqual(
      files.map(({ path }) => path),
      ['kafka.yaml', 'kustomization.yaml', 'lethe.yaml'],
    );
  });

  it('do not change with the time of the snapshot', () => {
    const later = { ...map(), taken: '2027-01-01T00:00:00.000Z' };
    for (const flavour of flavours)
      assert.deepEqual(generate(later, { flavour }), generate(map(), { flavour }));
  });

  for (const flavour of networkFlavours) {
    it(`as ${flavour} are read without an error, and let only those reach a raw broker who should`, () => {
      const reachability = judged(map(), flavour);
      const target = reachability.destinations.find(
        ({ workload }) =>
          workload?.shapes[0]?.labels.get('statefulset.kubernetes.io/pod-name') === 'kafka-0' &&
          workload.namespace === 'kafka',
      );
      assert.ok(target !== undefined);
      const reaching = reachability.sources
        .filter((source) => reachability.between(source, target).contains('TCP', 9093))
        .map(({ workload, label }) => workload?.namespace ?? label);
      assert.deepEqual([...new Set(reaching)].toSorted(), ['crm', 'kafka', 'lethe']);
    });
  }

  it('mean the same in every flavour for the whole map', () => {
    assert.deepEqual(disagreements(map()), []);
  });
});

describe('for every map', () => {
  const runs = { numRuns: 60 };

  for (const flavour of networkFlavours)
    it(`${flavour} allows what is declared, and nothing else of what touches a pod in scope`, () => {
      fc.assert(
        fc.property(maps, (flows) => {
          const reachability = judged(flows, flavour);
          for (const source of reachability.sources)
            for (const destination of reachability.destinations) {
              const [from, to] = [source.workload, destination.workload];
              if (from === undefined || to === undefined || from === to) continue;
              if (![from, to].some(({ namespace }) => flows.scope.includes(namespace))) continue;
              assert.equal(
                reachability.between(source, destination).toString(),
                declaredPorts(flows, from, to).toString(),
                `${source.label} => ${destination.label}`,
              );
            }
        }),
        runs,
      );
    });

  it('all flavours agree', () => {
    fc.assert(
      fc.property(maps, (flows) => {
        assert.deepEqual(disagreements(flows), []);
      }),
      runs,
    );
  });

  it('the order of its lists changes no byte', () => {
    fc.assert(
      fc.property(maps, fc.constantFrom(...flavours), (flows, flavour) => {
        const turned: FlowMap = {
          ...flows,
          parties: flows.parties.toReversed(),
          flows: flows.flows.toReversed(),
          scope: flows.scope.toReversed(),
        };
        assert.deepEqual(generate(turned, { flavour }), generate(flows, { flavour }));
      }),
      runs,
    );
  });
});
