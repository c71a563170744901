import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  allowances,
  asked,
  declared,
  first,
  hidden,
  second,
  settings,
  shared,
  wide,
  within,
  withoutCrm,
  World,
} from './warden-world.ts';
import { snapshotOf } from '../topology/cluster-fixture.ts';
import type { Observation } from '../../../src/isolation/warden/decision.ts';

/** A world whose policies stand. */
function settled(): World {
  const world = new World();
  world.turn();
  assert.deepEqual(world.specs(), asked(first));
  world.written();
  return world;
}

const stageNames = (world: World): readonly string[] => [
  ...new Set(world.writes.map(({ stage }) => stage)),
];
const conditionsOf = ({ conditions }: { readonly conditions: ReadonlyMap<string, unknown> }) => [
  ...conditions.keys(),
];

describe('with good inputs', () => {
  it('the first set is written: what allows first, then what denies', () => {
    const world = new World();
    const { conditions } = world.turn();
    assert.equal(conditions.size, 0);
    assert.deepEqual(stageNames(world), ['widen', 'deny']);
    assert.deepEqual(world.specs(), asked(first));
  });

  it('nothing is written twice', () => {
    assert.deepEqual(settled().turn().stages, []);
  });

  it('a move opens the new way at once, and closes the old one when it has settled', () => {
    const world = settled();
    world.pass(2000, second);
    const both = new Set([...allowances(asked(first)), ...allowances(asked(second))]);
    assert.ok(within(allowances(asked(second)), allowances(world.specs())));
    assert.ok(within(allowances(world.specs()), both));
    assert.ok(!stageNames(world).includes('prune') || stageNames(world).at(-1) === 'prune');
    world.written();
    world.pass(settings.settle - 1, second);
    assert.deepEqual(world.written(), []);
    world.pass(1, second);
    assert.deepEqual(world.specs(), asked(second));
    assert.ok(stageNames(world).every((stage) => ['narrow', 'refresh', 'prune'].includes(stage)));
  });

  it('the producer keeps its old way during the transition', () => {
    const world = new World();
    world.see({ placement: world.answer(wide) });
    world.turn();
    world.pass(2000, first);
    const egress = JSON.stringify(
      world.find('NetworkPolicy kafka/lethe-broker-main-12-ingress')[1].spec,
    );
    assert.match(egress, /crm/);
    assert.ok(world.memory.good?.transition);
    world.pass(settings.settle, first);
    assert.deepEqual(world.specs(), asked(first));
  });

  it('no outsider keeps its way to a broker that has become raw', () => {
    const world = settled();
    world.pass(2000, second);
    const ingress = JSON.stringify(
      world.find('NetworkPolicy kafka/lethe-broker-main-12-ingress')[1].spec,
    );
    assert.doesNotMatch(ingress, /lake/);
    assert.match(ingress, /crm/);
  });

  it('a placement that goes back leaves nothing behind', () => {
    const world = settled();
    world.pass(2000, second);
    world.pass(2000, first);
    assert.ok(within(allowances(asked(first)), allowances(world.specs())));
    world.pass(settings.settle, first);
    assert.deepEqual(world.specs(), asked(first));
  });

  it('an election of leaders changes nothing', () => {
    const world = settled();
    const clusters = Object.fromEntries(
      Object.entries(first.clusters).map(([name, cluster]) => [
        name,
        {
          ...cluster,
          topics: cluster.topics.map((topic) => ({
            ...topic,
            partitions: topic.partitions.map((one) => ({ ...one, leader: one.replicas.at(-1)! })),
          })),
        },
      ]),
    );
    world.pass(2000, { ...first, clusters });
    assert.deepEqual(world.written(), []);
    assert.equal(world.memory.good?.transition, false);
  });

  it('a client that is taken out of the configuration is shut out at once', () => {
    const world = settled();
    world.see({ declared: withoutCrm });
    world.turn();
    assert.deepEqual(world.specs(), asked(first, withoutCrm));
    assert.doesNotMatch(JSON.stringify(world.specs()), /crm/);
  });

  it('a client that is taken out during a transition is shut out of the old way too', () => {
    const world = settled();
    world.pass(2000, second);
    world.see({ declared: withoutCrm });
    world.pass(2000, second);
    assert.doesNotMatch(JSON.stringify(world.specs()), /crm/);
  });

  it('only own stale policies are pruned, and last', () => {
    const world = settled();
    const own = world.find('NetworkPolicy kafka/lethe-default-deny')[1];
    world.add({ ...own, name: 'lethe-old' });
    world.add({ namespace: 'kafka', name: 'strimzi' });
    world.add({ ...own, name: 'lethe-of-another', annotations: { 'lethe/warden': 'other/one' } });
    world.add({ ...own, name: 'lethe-by-hand', annotations: {} });
    world.add({ ...own, name: 'lethe-relabelled', labels: {} });
    world.turn();
    assert.deepEqual(world.written(), ['prune NetworkPolicy kafka/lethe-old']);
  });

  it('a policy that hangs in its deletion is left alone until it is gone', () => {
    const world = settled();
    world.tamper('NetworkPolicy kafka/lethe-default-deny', () => ({ deleting: true }));
    assert.deepEqual(world.turn().stages, []);
    world.remove('NetworkPolicy kafka/lethe-default-deny');
    world.turn();
    assert.deepEqual(world.written(), ['repair NetworkPolicy kafka/lethe-default-deny']);
  });

  it('a policy that was made by hand is taken over without a repair', () => {
    const world = settled();
    const [, own] = world.find('NetworkPolicy kafka/lethe-default-deny');
    const fresh = new World();
    fresh.add({ ...own, annotations: {} });
    fresh.turn();
    assert.ok(fresh.written().includes('refresh NetworkPolicy kafka/lethe-default-deny'));
    assert.deepEqual(fresh.specs(), asked(first));
  });

  it('a stage that failed holds up all that would close something', () => {
    const world = new World();
    world.see({ placement: world.answer(wide) });
    world.turn();
    world.written();
    const before = allowances(world.specs());
    world.refuses = (step) => step.kind === 'apply' && step.wanted.name.includes('main-12-ingress');
    for (const wait of [2000, settings.settle, 2000]) {
      world.pass(wait, first);
      assert.ok(within(before, allowances(world.specs())));
      assert.ok(stageNames(world).every((stage) => stage === 'widen'));
    }
    world.refuses = () => false;
    world.pass(2000, first);
    assert.deepEqual(world.specs(), asked(first));
  });
});

describe('what somebody tears open', () => {
  it('a widened policy is put back, and it is told who did it', () => {
    const world = settled();
    world.tamper('NetworkPolicy kafka/lethe-broker-main-11-ingress', ({ spec }) => ({
      spec: { ...spec, ingress: [{}] },
    }));
    const { stages } = world.turn();
    assert.deepEqual(world.written(), ['repair NetworkPolicy kafka/lethe-broker-main-11-ingress']);
    const [step] = stages[0]!.steps;
    assert.ok(step?.kind === 'apply');
    assert.equal(step.damage, 'changed');
    assert.deepEqual(step.by, ['kubectl-edit']);
    assert.deepEqual(world.specs(), asked(first));
  });

  it('a deleted policy is put back before anything else is done', () => {
    const world = settled();
    world.remove('NetworkPolicy kafka/lethe-default-deny');
    world.pass(2000, second);
    assert.equal(world.written()[0], 'repair NetworkPolicy kafka/lethe-default-deny');
  });

  it('a policy that lost the label of its owner is put back', () => {
    const world = settled();
    world.tamper('NetworkPolicy kafka/lethe-default-deny', () => ({ labels: {} }));
    world.turn();
    assert.deepEqual(world.written(), ['repair NetworkPolicy kafka/lethe-default-deny']);
  });

  it('a policy that was widened while no warden ran is a repair, too', () => {
    const world = settled();
    world.tamper('NetworkPolicy kafka/lethe-default-deny', ({ spec }) => ({
      spec: { ...spec, ingress: [{}] },
    }));
    const next = new World();
    for (const [key, policy] of world.live) next.live.set(key, policy);
    const { stages } = next.turn();
    assert.deepEqual(
      stages.map(({ name }) => name),
      ['repair'],
    );
    assert.deepEqual(next.specs(), asked(first));
  });

  it('somebody who insists is answered at once three times, and then with growing pauses', () => {
    const world = settled();
    const tear = (): void =>
      world.tamper('NetworkPolicy kafka/lethe-default-deny', ({ spec }) => ({
        spec: { ...spec, ingress: [{}] },
      }));
    for (let time = 0; time < 3; time += 1) {
      tear();
      world.pass(10);
      assert.equal(world.written().length, 1);
    }
    tear();
    world.pass(10);
    assert.equal(world.written().length, 0);
    world.pass(500);
    assert.equal(world.written().length, 1);
    tear();
    world.pass(900);
    assert.equal(world.written().length, 0);
    world.pass(100);
    assert.equal(world.written().length, 1);
  });
});

/** Every way in which inputs can be missing. */
const troubles: readonly (readonly [string, (world: World) => Partial<Observation>])[] = [
  ['CONFIG_INVALID', () => ({ configProblem: 'CONFIG_UNREADABLE' })],
  ['KAFKA_UNREACHABLE', () => ({ placementProblem: 'BROKER_UNREACHABLE' })],
  [
    'PLACEMENT_STALE',
    (world) => ({ placement: { snapshot: second, at: world.now - settings.staleAfter - 1 } }),
  ],
  ['PLACEMENT_SUSPECT', (world) => ({ placement: world.answer(hidden) })],
  ['PLACEMENT_REFUSED', (world) => ({ placement: world.answer(shared) })],
  ['SELF_UNDECLARED', () => ({ self: { namespace: 'lethe', labels: { app: 'warden' } } })],
  ['CLUSTER_FORBIDDEN', () => ({ forbidden: ['pods'] })],
  ['CLUSTER_UNREADABLE', () => ({ unreadable: ['pods HTTP_500'] })],
];

for (const [condition, trouble] of troubles)
  describe(`while ${condition} holds`, () => {
    const troubled = (): World => {
      const world = settled();
      world.now += 1;
      // There is also a placement that would be followed, were it not for the trouble.
      return world.see({ placement: world.answer(second), ...trouble(world) });
    };

    it('nothing is opened, closed or pruned, and the condition tells', () => {
      const world = troubled();
      const own = world.find('NetworkPolicy kafka/lethe-default-deny')[1];
      world.add({ ...own, name: 'lethe-old' });
      assert.deepEqual(conditionsOf(world.turn()), [condition]);
      assert.deepEqual(world.written(), []);
    });

    it('what is torn open or taken away is put back as it was', () => {
      const world = troubled();
      world.remove('NetworkPolicy kafka/lethe-broker-main-11-ingress');
      world.tamper('NetworkPolicy lethe/lethe-default-deny', ({ spec }) => ({
        spec: { ...spec, egress: [{}] },
      }));
      world.turn();
      assert.deepEqual(world.written(), [
        'repair NetworkPolicy kafka/lethe-broker-main-11-ingress',
        'repair NetworkPolicy lethe/lethe-default-deny',
      ]);
      assert.deepEqual(world.specs(), asked(first));
    });

    it('a client that was added to the configuration is not let in', () => {
      const world = new World();
      world.see({ declared: withoutCrm });
      world.turn();
      world.written();
      world.see({ declared, placement: world.answer(first), ...trouble(world) });
      world.turn();
      assert.doesNotMatch(JSON.stringify(world.specs()), /crm/);
    });

    it('a transition does not end', () => {
      const world = settled();
      world.pass(2000, wide);
      const open = world.specs();
      world.written();
      world.now += settings.settle;
      world.see({ placement: world.answer(wide), ...trouble(world) });
      world.turn();
      assert.deepEqual(world.specs(), open);
    });

    it('all is followed when it is over', () => {
      const world = troubled();
      world.turn();
      world.see({
        configProblem: null,
        placementProblem: null,
        self: null,
        forbidden: [],
        unreadable: [],
      });
      assert.deepEqual(conditionsOf(world.pass(2000, second)), []);
      world.pass(settings.settle, second);
      assert.deepEqual(world.specs(), asked(second));
    });
  });

describe('an answer of Kafka is not believed', () => {
  const reasonsOf = (world: World, next: typeof first): readonly string[] =>
    world.pass(2000, next).conditions.get('PLACEMENT_SUSPECT') ?? [];
  const changed = (change: (main: (typeof first)['clusters'][string]) => object) => ({
    ...first,
    clusters: { main: { ...first.clusters['main']!, ...change(first.clusters['main']!) } },
  });

  it('where it has no brokers', () => {
    assert.deepEqual(
      reasonsOf(
        settled(),
        changed(() => ({ brokers: [] })),
      ),
      ['BROKERS_GONE main'],
    );
  });

  it('where it has no brokers from the very beginning', () => {
    const world = new World();
    assert.deepEqual(
      reasonsOf(
        world,
        changed(() => ({ brokers: [] })),
      ),
      ['BROKERS_GONE main'],
    );
    assert.deepEqual(world.specs(), {});
  });

  it('where it is that of another cluster', () => {
    assert.deepEqual(
      reasonsOf(
        settled(),
        changed(() => ({ clusterId: 'other' })),
      ),
      ['CLUSTER_REPLACED main'],
    );
  });

  it('where a cluster of the configuration is missing', () => {
    assert.deepEqual(reasonsOf(settled(), { ...first, clusters: {} }), ['CLUSTER_MISSING main']);
  });

  it('where a topic of a route, a client or a coordinator is gone', () => {
    assert.deepEqual(reasonsOf(settled(), hidden), ['TOPIC_VANISHED main raw.orders']);
    assert.deepEqual(
      reasonsOf(settled(), snapshotOf({ name: '__consumer_offsets', partitions: [] })),
      ['TOPIC_VANISHED main __consumer_offsets'],
    );
  });

  it('where a topic has fewer partitions than before', () => {
    const half = first.clusters['main']!.topics.map((topic) => ({
      ...topic,
      partitions: topic.partitions.slice(0, 1),
    }));
    assert.ok(
      reasonsOf(
        settled(),
        changed(() => ({ topics: half })),
      ).includes('TOPIC_SHRUNK main public.orders'),
    );
  });

  it('until the topic was gone without a break for so long that it must be deleted', () => {
    const world = settled();
    const gone = snapshotOf({ name: 'lethe.quarantine', partitions: [] });
    world.see({ declared: { ...declared, quarantine: { ...declared.quarantine, create: true } } });
    assert.equal(reasonsOf(world, gone).length, 1);
    world.pass(settings.vanishedAfter - 1, gone);
    world.see({ placementProblem: 'BROKER_UNREACHABLE' });
    world.pass(1, gone);
    world.see({ placementProblem: null });
    assert.equal(reasonsOf(world, gone).length, 1, 'the break begins anew');
    assert.equal(world.pass(settings.vanishedAfter, gone).conditions.size, 0);
  });
});

describe('at the start', () => {
  it('without an answer of Kafka what stands is kept and repaired', () => {
    const world = settled();
    const next = new World({ placement: null });
    for (const [key, policy] of world.live) next.live.set(key, policy);
    next.turn();
    next.remove('NetworkPolicy kafka/lethe-default-deny');
    next.turn();
    assert.deepEqual(next.written(), ['repair NetworkPolicy kafka/lethe-default-deny']);
    assert.deepEqual(next.specs(), asked(first));
  });

  it('without an answer of Kafka nothing is adopted that somebody else has written to', () => {
    const world = settled();
    world.tamper('NetworkPolicy kafka/lethe-default-deny', ({ spec }) => ({
      spec: { ...spec, ingress: [{}] },
    }));
    const next = new World({ placement: null });
    for (const [key, policy] of world.live) next.live.set(key, policy);
    next.turn();
    next.remove('NetworkPolicy kafka/lethe-default-deny');
    next.turn();
    assert.deepEqual(next.written(), []);
  });

  it('nothing is done while nobody can tell which policies stand', () => {
    const world = new World();
    world.see({ policies: null });
    const { stages, conditions } = world.turn();
    assert.deepEqual(stages, []);
    assert.ok(conditions.has('CLUSTER_UNREADABLE'));
  });
});
