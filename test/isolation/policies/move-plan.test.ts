import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generate } from '../../../src/isolation/policies/generate.ts';
import { planMove, separatingMoves } from '../../../src/isolation/policies/move-plan.ts';
import { afterMove, parseReassignment } from '../../../src/isolation/policies/reassignment.ts';
import { Reachability } from '../../../src/isolation/reachability/reachability.ts';
import { flowMap } from '../../../src/isolation/topology/flow-map.ts';
import { parseManifests } from '../../../src/isolation/manifests/manifests.ts';
import { client, declare, snapshotOf, topic } from '../topology/cluster-fixture.ts';
import type { GeneratedFile } from '../../../src/isolation/policies/generate.ts';

const clients = [
  client('crm', { produces: ['raw.orders'] }),
  client('lake', { consumes: ['public.orders'], groups: ['lake'] }),
];
const declared = declare({ clients });
const options = { flavour: 'networkpolicy' } as const;
/** Raw on 11 and 12, sanitized on 12 and 13; coordinators on 11. */
const mixed = snapshotOf(
  topic('raw.orders', [11], [12]),
  topic('public.orders', [12], [13]),
  topic('__consumer_offsets', [11]),
);

/** Who reaches which broker by the policies of one phase, as `namespace > pod`. */
function reaching(files: readonly GeneratedFile[], folder: string): readonly string[] {
  const pods = ['kafka-0', 'kafka-1', 'kafka-2'].map((name) =>
    podOf('kafka', name, { 'statefulset.kubernetes.io/pod-name': name }),
  );
  const others = ['lethe', 'crm', 'lake', 'rogue'].map((name) => podOf(name, name, { app: name }));
  const manifests = parseManifests([
    ...files
      .filter(({ path }) => path.startsWith(folder))
      .map(({ path, text }) => ({ name: path, text })),
    { name: 'pods.json', text: JSON.stringify([...pods, ...others]) },
  ]);
  const reachability = new Reachability(manifests);
  return reachability.sources.flatMap((from) =>
    reachability.destinations
      .filter((to) => to.workload?.namespace === 'kafka' && from.workload?.namespace !== 'kafka')
      .filter((to) => reachability.between(from, to).contains('TCP', 9093))
      .map((to) => `${from.workload?.name ?? from.label} > ${to.workload?.name ?? ''}`),
  );
}

const podOf = (namespace: string, name: string, labels: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace, name, labels },
  spec: { containers: [{ name: 'main', image: 'none' }] },
});

describe('a plan that parts raw from sanitized topics', () => {
  const { moves, findings } = separatingMoves(declared, mixed);
  const plan = planMove(declared, mixed, moves, options);

  it('moves the partitions in the way, and the coordinators of outsiders with them', () => {
    assert.deepEqual(findings, []);
    assert.deepEqual(
      [...moves],
      [
        [
          'main',
          [
            { topic: '__consumer_offsets', partition: 0, replicas: [12] },
            { topic: 'raw.orders', partition: 1, replicas: [11] },
          ],
        ],
      ],
    );
  });

  it('has the reassignment and the policies of both phases', () => {
    assert.deepEqual(
      plan.files.map(({ path }) => path),
      [
        'phase-1-open/kafka.yaml',
        'phase-1-open/kustomization.yaml',
        'phase-1-open/lethe.yaml',
        'phase-2-close/kafka.yaml',
        'phase-2-close/kustomization.yaml',
        'phase-2-close/lethe.yaml',
        'reassignment.json',
      ],
    );
    const text = plan.files.find(({ path }) => path === 'reassignment.json')?.text ?? '';
    assert.deepEqual(parseReassignment(text), moves.get('main'));
  });

  it('first opens the new ways and keeps the old ones, then closes what is no longer used', () => {
    const anonymizer = ['lethe > kafka-0', 'lethe > kafka-1', 'lethe > kafka-2'];
    assert.deepEqual(reaching(plan.files, 'phase-1-open'), [
      'crm > kafka-0',
      'crm > kafka-1',
      'lake > kafka-0',
      'lake > kafka-1',
      'lake > kafka-2',
      ...anonymizer,
    ]);
    assert.deepEqual(reaching(plan.files, 'phase-2-close'), [
      'crm > kafka-0',
      'lake > kafka-1',
      'lake > kafka-2',
      ...anonymizer,
    ]);
  });

  it('ends with what is generated from the new placement', () => {
    const target = afterMove(mixed, 'main', moves.get('main') ?? []);
    const { files } = generate(flowMap(declared, target), options);
    assert.deepEqual(
      plan.files
        .filter(({ path }) => path.startsWith('phase-2-close/'))
        .map(({ path, text }) => ({ path: path.replace('phase-2-close/', ''), text })),
      files,
    );
  });
});

describe('a plan', () => {
  it('is not made where there are too few brokers, and it is said how many are missing', () => {
    const crowded = snapshotOf(topic('raw.orders', [11, 12]), topic('public.orders', [12, 13]));
    const { moves, findings } = separatingMoves(declared, crowded);
    assert.equal(moves.size, 0);
    assert.deepEqual(
      findings.map(({ code, subject }) => [code, subject]),
      [['SEPARATION_IMPOSSIBLE', 'main']],
    );
    assert.match(findings[0]?.remedy ?? '', /at least 1 more/);
  });

  it('moves nothing where nothing is mixed', () => {
    assert.equal(separatingMoves(declared, snapshotOf()).moves.size, 0);
  });

  it('of a wanted move has no files where its end can not be fenced', () => {
    const moves = new Map([['main', [{ topic: 'raw.orders', partition: 0, replicas: [12] }]]]);
    const { files, findings } = planMove(declared, snapshotOf(), moves, options);
    assert.deepEqual(files, []);
    assert.ok(findings.some(({ code }) => code === 'BROKER_SHARED'));
  });

  it('tells of brokers that hold both only while the move runs', () => {
    const moves = new Map([
      [
        'main',
        [
          { topic: 'raw.orders', partition: 0, replicas: [13] },
          { topic: 'public.orders', partition: 0, replicas: [12] },
          { topic: 'public.orders', partition: 1, replicas: [12] },
          { topic: '__consumer_offsets', partition: 0, replicas: [12] },
          { topic: '__consumer_offsets', partition: 1, replicas: [12] },
        ],
      ],
    ]);
    const { files, findings } = planMove(declared, snapshotOf(), moves, options);
    assert.ok(files.length > 0);
    assert.deepEqual(
      findings.filter(({ code }) => code === 'MOVE_SHARES_BROKER').map(({ subject }) => subject),
      ['main/13'],
    );
  });
});
