/** Whatever happens in whatever order: the warden opens nothing without good inputs, and ends where it should. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { frozen } from '../../../src/isolation/warden/conditions.ts';
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
import type { KafkaSnapshot } from '../../../src/isolation/topology/snapshot.ts';
import type { Decision } from '../../../src/isolation/warden/decision.ts';

const placements: Readonly<Record<string, KafkaSnapshot>> = { first, second, wide, shared, hidden };
const good = ['first', 'second', 'wide'] as const;

/** One thing that happens. */
type Happening =
  | { readonly kind: 'kafka says'; readonly placement: string }
  | { readonly kind: 'time passes'; readonly milliseconds: number }
  | { readonly kind: 'kafka is away'; readonly away: boolean }
  | { readonly kind: 'rights are gone'; readonly gone: boolean }
  | { readonly kind: 'config is bad'; readonly bad: boolean }
  | { readonly kind: 'config changes'; readonly crm: boolean }
  | { readonly kind: 'writes fail'; readonly fail: boolean }
  | { readonly kind: 'somebody deletes'; readonly which: number }
  | { readonly kind: 'somebody widens'; readonly which: number }
  | { readonly kind: 'the warden restarts' };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    kind: fc.constant('kafka says' as const),
    placement: fc.constantFrom(...Object.keys(placements)),
  }),
  fc.record({
    kind: fc.constant('time passes' as const),
    milliseconds: fc.constantFrom(100, 2000, 29_000, 31_000),
  }),
  fc.record({ kind: fc.constant('kafka is away' as const), away: fc.boolean() }),
  fc.record({ kind: fc.constant('rights are gone' as const), gone: fc.boolean() }),
  fc.record({ kind: fc.constant('config is bad' as const), bad: fc.boolean() }),
  fc.record({ kind: fc.constant('config changes' as const), crm: fc.boolean() }),
  fc.record({ kind: fc.constant('writes fail' as const), fail: fc.boolean() }),
  fc.record({ kind: fc.constant('somebody deletes' as const), which: fc.nat(30) }),
  fc.record({ kind: fc.constant('somebody widens' as const), which: fc.nat(30) }),
  fc.record({ kind: fc.constant('the warden restarts' as const) }),
);

class Story {
  world = new World();
  kafka: KafkaSnapshot | null = first;
  /** What was allowed when the last write with good inputs was done, and what was allowed since by policies alone that stood then. */
  allowed: ReadonlySet<string> = allowances({});
  torn = false;

  happen(one: Happening): void {
    const { world } = this;
    switch (one.kind) {
      case 'kafka says':
        this.kafka = placements[one.placement]!;
        break;
      case 'time passes':
        world.now += one.milliseconds;
        break;
      case 'kafka is away':
        world.see({ placementProblem: one.away ? 'BROKER_UNREACHABLE' : null });
        break;
      case 'rights are gone':
        world.see({ forbidden: one.gone ? ['pods'] : [] });
        break;
      case 'config is bad':
        world.see({ configProblem: one.bad ? 'CONFIG_UNREADABLE' : null });
        break;
      case 'config changes':
        world.see({ declared: one.crm ? declared : withoutCrm });
        break;
      case 'writes fail':
        world.refuses = () => one.fail;
        break;
      case 'somebody deletes':
      case 'somebody widens': {
        const name = world.names()[one.which];
        if (name === undefined) break;
        this.torn = true;
        if (one.kind === 'somebody deletes') world.remove(name);
        else world.tamper(name, ({ spec }) => ({ spec: { ...spec, ingress: [{}], egress: [{}] } }));
        break;
      }
      case 'the warden restarts': {
        const next = new World(world.observation());
        next.now = world.now;
        next.refuses = world.refuses;
        for (const [key, policy] of world.live) next.live.set(key, policy);
        this.world = next;
      }
    }
    // A Kafka that is away says nothing new.
    if (this.kafka !== null && this.world.observation().placementProblem === null)
      this.world.see({ placement: this.world.answer(this.kafka) });
    this.world.see({ policies: new Map(this.world.live) });
  }

  turn(): Decision {
    this.world.see({ policies: new Map(this.world.live) });
    return this.world.turn();
  }
}

/** Runs a story and checks every step of it. */
function check(happenings: readonly Happening[]): void {
  const story = new Story();
  story.turn();
  for (const one of happenings) {
    const enforcedBefore = story.world.memory.enforced;
    story.happen(one);
    const restarted = one.kind === 'the warden restarts';
    story.world.writes.length = 0;
    const before = new Map(story.world.live);
    const { conditions, stages } = story.turn();
    const { writes } = story.world;
    if (frozen(conditions)) {
      assert.ok(
        stages.every(({ name }) => name === 'repair'),
        'only repairs without good inputs',
      );
      for (const { step } of writes) {
        assert.ok(step.kind === 'apply');
        const known = enforcedBefore.get(step.key);
        assert.ok(known !== undefined && !restarted, 'only what was enforced is put back');
        assert.deepEqual(step.wanted, known.wanted);
      }
    }
    const order = ['repair', 'widen', 'narrow', 'deny', 'refresh', 'prune'];
    const ranks = writes.map(({ stage }) => order.indexOf(stage));
    assert.deepEqual(
      ranks,
      ranks.toSorted((a, b) => a - b),
      'wider before narrower, pruning last',
    );
    for (const [key, policy] of before)
      if (policy.annotations['lethe/warden'] === undefined)
        assert.equal(story.world.live.get(key), policy, 'policies of others are left alone');
    // Judged again with the same inputs, nothing is left to do.
    if (writes.length > 0 && !story.world.refuses(writes[0]!.step)) {
      story.world.writes.length = 0;
      story.turn();
      assert.deepEqual(story.world.written(), [], 'nothing is done twice');
    }
  }
  converges(story);
}

/** With good inputs and time everything ends in exactly what the placement asks for. */
function converges(story: Story): void {
  for (const place of good) {
    const { world } = story;
    world.refuses = () => false;
    world.see({ placementProblem: null, configProblem: null, forbidden: [] });
    const by = world.observation().declared;
    // A topic that was hidden when the warden began is no loss to it.
    for (const wait of [10_000, settings.settle + 1, 10_000, 10_000]) {
      world.now += wait;
      world.see({ placement: world.answer(placements[place]!), policies: new Map(world.live) });
      const { conditions } = world.turn();
      assert.deepEqual([...conditions.keys()], []);
    }
    const others = new Set(['NetworkPolicy kafka/strimzi']);
    const specs = Object.fromEntries(
      Object.entries(world.specs()).filter(([name]) => !others.has(name)),
    );
    assert.deepEqual(specs, asked(placements[place]!, by));
  }
}

test('any story keeps the rules and ends well', () => {
  fc.assert(fc.property(fc.array(happening, { maxLength: 25 }), check), { numRuns: 60, seed: 7 });
});

test('a move never takes away what both placements need, nor opens what neither does', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...good), { minLength: 2, maxLength: 8 }),
      fc.array(fc.constantFrom(1000, 2000, 10_000), { minLength: 8, maxLength: 8 }),
      (names, waits) => {
        const world = new World();
        const asks = good.map((name) => [name, allowances(asked(placements[name]!))] as const);
        const needs = new Map<string, ReadonlySet<string>>(asks);
        const seen = new Set<string>();
        for (const [at, name] of names.entries()) {
          world.pass(waits[at]!, placements[name]);
          seen.add(name);
          const now = allowances(world.specs());
          assert.ok(within(needs.get(name)!, now), `all that ${name} needs is open`);
          const either = new Set([...seen].flatMap((one) => [...needs.get(one)!]));
          assert.ok(within(now, either), 'nothing else is open');
        }
      },
    ),
    { numRuns: 60, seed: 7 },
  );
});
