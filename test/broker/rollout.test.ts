import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { before, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { judge } from './rollout/judge.ts';
import { longestPauses } from './rollout/pauses.ts';
import { LATE_PUBLIC, PARTITIONS, PUBLIC, SESSION } from './rollout/setting.ts';
import { Stage } from './rollout/stage.ts';

before(() => {
  // The gate has just built it; by hand it may be missing or old.
  if (process.env['LETHE_BUILT'] === undefined)
    execFileSync('tsc', ['-p', 'tsconfig.build.json'], {
      cwd: join(import.meta.dirname, '..', '..'),
    });
});

it('loses and repeats nothing through reloads, a key rotation, restarts, an upgrade and a scale 1 → 3 → 1, and tells each pause', async (t) => {
  await using stage = await Stage.up();
  const { pods, mounted, load } = stage;
  await pods.scale(1);
  load.start();
  await stage.flows(PUBLIC);

  await stage.during('nothing happens', () => sleep(2000));
  await stage.during('scale from 1 to 3', () => pods.scale(3));
  await stage.during('a rule changes', () => stage.seen(() => stage.release({ note: 'keep' })));
  await stage.during('a broken file comes', async () => {
    await stage.seen(() => mounted.write('kafka: ['), 'config.rejected');
    for (const [line] of pods.told('config.rejected'))
      assert.equal(line?.['code'], 'CONFIG_NOT_YAML');
  });
  await stage.during('a route is added', () => stage.seen(() => stage.release({ late: true })));
  await stage.flows(LATE_PUBLIC);
  await stage.during('a new key is put beside the old', () =>
    stage.seen(() => stage.addKey('new')),
  );
  await stage.during('the new key is chosen', () =>
    stage.seen(() => stage.release({ key: 'new' })),
  );
  await stage.during('the old key goes', () => stage.seen(() => mounted.removeKey('old')));
  await stage.during('a route goes', () => stage.seen(() => stage.release({ late: false })));
  await stage.during('it comes back', () => stage.seen(() => stage.release({ late: true })));
  await stage.during('rolling restart of 3', () => pods.roll());
  await stage.during('upgrade: changed settings and rolling restart of 3', async () => {
    stage.release({ maxAge: '25ms' });
    await pods.roll();
  });
  await stage.during('scale from 3 to 1', () => pods.scale(1));
  await stage.during('restart of the only one', () => pods.roll());

  await load.stop();
  const orders = await stage.settled(PUBLIC);
  const refunds = await stage.settled(LATE_PUBLIC);
  await pods.scale(0);
  for (const phase of stage.phases) {
    const pauses = longestPauses(phase, orders);
    const took = Math.round((phase.until - phase.from) / 1000);
    assert.ok(
      Math.max(...pauses) < SESSION,
      `${phase.name}: nobody waited for a session to time out`,
    );
    t.diagnostic(`${phase.name} (${took} s): longest pause ${pauses.join(', ')} ms by partition`);
  }
  t.diagnostic(`${load.sent} records in each of ${PARTITIONS} partitions`);

  assert.equal(orders.size, PARTITIONS);
  for (const [partition, records] of orders) {
    const stretches = judge(records, load.sent, stage.makers);
    const seen = stretches.map(({ release }) => release);
    assert.deepEqual(seen, [0, 1, 2], `partition ${partition} has records of each release`);
  }
  judge(refunds.get(0) ?? [], load.sent, stage.makers);
  for (const event of ['records.quarantined', 'partition.halted', 'shard.failed', 'service.failed'])
    assert.deepEqual(pods.everTold(event), []);
});
