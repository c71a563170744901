import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Election, electionTiming } from '../../../src/isolation/warden/election.ts';
import type { LeaseRecord, StoredLease } from '../../../src/isolation/warden/warden-api.ts';

/** A Lease as the API server keeps it, and a clock for all. */
class Court {
  lease: StoredLease | null = null;
  now = 0;
  version = 0;
  reachable = true;

  readonly api = {
    readLease: () => this.#answer(() => this.lease),
    createLease: (record: LeaseRecord) =>
      this.#answer(() => (this.lease === null ? this.#store(record) : null)),
    updateLease: (record: LeaseRecord, before: StoredLease) =>
      this.#answer(() =>
        this.lease?.resourceVersion === before.resourceVersion ? this.#store(record) : null,
      ),
  };

  /** Somebody who runs for election; `skew` is what its wall clock is off by, in milliseconds. */
  runner(holder: string, skew = 0): Election {
    const { api } = this;
    const date = (): Date => new Date(1_700_000_000_000 + this.now + skew);
    return new Election({ api, holder, now: () => this.now, date });
  }

  #store(record: LeaseRecord): StoredLease {
    this.version += 1;
    this.lease = { record, resourceVersion: String(this.version), uid: 'lease' };
    return this.lease;
  }

  #answer<Value>(value: () => Value): Promise<Value> {
    return this.reachable ? Promise.resolve(value()) : Promise.reject(new Error('unreachable'));
  }
}

test('the first one takes the Lease and the second one waits', async () => {
  const court = new Court();
  const [one, other] = [court.runner('one'), court.runner('other')];
  assert.equal(one.leads(), false);
  await one.attempt();
  await other.attempt();
  assert.deepEqual([one.leads(), other.leads()], [true, false]);
  assert.equal(other.holder(), 'one');
  assert.equal(court.lease?.record.transitions, 0);
});

test('who renews keeps the Lease and the time at which it was acquired', async () => {
  const court = new Court();
  const [one, other] = [court.runner('one'), court.runner('other')];
  await one.attempt();
  const acquired = court.lease?.record.acquired;
  for (let time = 0; time < 20; time += 1) {
    court.now += electionTiming.retry;
    await one.attempt();
    await other.attempt();
    assert.deepEqual([one.leads(), other.leads()], [true, false]);
  }
  assert.equal(court.lease?.record.acquired, acquired);
  assert.notEqual(court.lease?.record.renewed, acquired);
});

test('who can not renew stops acting before anybody else may begin', async () => {
  const court = new Court();
  const [one, other] = [court.runner('one'), court.runner('other')];
  await one.attempt();
  await other.attempt();
  court.now += electionTiming.renewDeadline - 1;
  assert.equal(one.leads(), true);
  court.now += 1;
  assert.equal(one.leads(), false);
  await other.attempt();
  assert.equal(other.leads(), false);
  court.now += electionTiming.duration - electionTiming.renewDeadline;
  await other.attempt();
  assert.equal(other.leads(), true);
  assert.equal(court.lease?.record.transitions, 1);
  await one.attempt();
  assert.equal(one.leads(), false);
});

test('clocks that are hours apart make no difference', async () => {
  for (const skew of [-5 * 3_600_000, 5 * 3_600_000]) {
    const court = new Court();
    const [one, other] = [court.runner('one'), court.runner('other', skew)];
    await one.attempt();
    for (let time = 0; time < 10; time += 1) {
      await other.attempt();
      assert.equal(other.leads(), false);
      court.now += 2000;
      await one.attempt();
    }
  }
});

test('a late answer counts from the question', async () => {
  const court = new Court();
  const one = court.runner('one');
  const { createLease } = court.api;
  court.api.createLease = async (record) => {
    court.now += electionTiming.renewDeadline;
    return createLease(record);
  };
  await one.attempt();
  assert.equal(one.leads(), false);
});

test('two who grab at once: the version decides', async () => {
  const court = new Court();
  const [one, other] = [court.runner('one'), court.runner('other')];
  await Promise.all([one.attempt(), other.attempt()]);
  assert.equal(Number(one.leads()) + Number(other.leads()), 1);
});

test('a Lease that is given back is free at once, and its holder acts no more', async () => {
  const court = new Court();
  const [one, other] = [court.runner('one'), court.runner('other')];
  await one.attempt();
  assert.equal(await one.release(), true);
  assert.equal(one.leads(), false);
  assert.equal(court.lease?.record.holder, '');
  await other.attempt();
  assert.equal(other.leads(), true);
  assert.equal(await one.release(), false);
  assert.equal(court.lease.record.holder, 'other');
});

test('whatever is reachable when, and whoever asks when, two never act at once', async () => {
  const move = fc.record({
    who: fc.constantFrom(0, 1, 2),
    wait: fc.constantFrom(0, 100, 2000, 6000, 11_000, 16_000),
    reachable: fc.boolean(),
    release: fc.constantFrom(false, false, false, true),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 40 }), async (moves) => {
      const court = new Court();
      const runners = ['a', 'b', 'c'].map((name, at) => court.runner(name, at * 1_000_000));
      for (const { who, wait, reachable, release } of moves) {
        court.now += wait;
        court.reachable = reachable;
        const runner = runners[who]!;
        await (release ? runner.release() : runner.attempt()).catch(() => undefined);
        assert.ok(runners.filter((one) => one.leads()).length <= 1);
      }
    }),
    { numRuns: 300, seed: 3 },
  );
});
