import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  judgeLive,
  tryAttacks,
  type LiveResult,
  type ProbeOutcome,
} from '../../../src/isolation/attacks/live.ts';
import type { Attack } from '../../../src/isolation/attacks/attack.ts';
import { attacked, ofKind } from './attack-fixture.ts';

const { attacks } = attacked();
const of = (verdict: Attack['verdict']): Attack =>
  attacks.find((one) => one.verdict === verdict && one.destination.name === 'main/11')!;
const codes = (attack: Attack, result: Omit<LiveResult, 'id'>): readonly string[] =>
  judgeLive([attack], [{ id: attack.id, ...result }]).map(
    ({ code, severity }) => `${severity} ${code}`,
  );

describe('a live outcome', () => {
  it('that agrees with the static verdict is no finding', () => {
    assert.deepEqual(codes(of('denied'), { outcome: 'refused', control: 'open' }), []);
    assert.deepEqual(codes(of('denied'), { outcome: 'timeout', control: 'open' }), []);
    assert.deepEqual(codes(of('allowed'), { outcome: 'open', control: null }), []);
  });

  it('that differs is a finding, worse where the network is looser than the policies', () => {
    assert.deepEqual(codes(of('denied'), { outcome: 'open', control: null }), [
      'error LIVE_DIFFERS',
    ]);
    assert.deepEqual(codes(of('allowed'), { outcome: 'timeout', control: 'open' }), [
      'warning LIVE_DIFFERS',
    ]);
  });

  it('proves nothing where it failed and so did the control, or there was none', () => {
    for (const verdict of ['denied', 'allowed', 'implementation-defined'] as const)
      for (const control of [null, 'timeout', 'refused', 'unsupported'] as const)
        assert.deepEqual(codes(of(verdict), { outcome: 'timeout', control }), [
          'note LIVE_UNPROVEN',
        ]);
  });

  it('decides what is left to the implementation', () => {
    const open = of('implementation-defined');
    assert.deepEqual(codes(open, { outcome: 'open', control: null }), ['warning LIVE_DECIDES']);
    assert.deepEqual(codes(open, { outcome: 'refused', control: 'open' }), ['note LIVE_DECIDES']);
  });

  it('that is missing, unsupported or unknown is told', () => {
    assert.deepEqual(
      judgeLive([of('denied')], []).map(({ code, severity }) => `${severity} ${code}`),
      ['error LIVE_NOTHING_TRIED', 'note LIVE_SKIPPED'],
    );
    const reason = 'no such node';
    const [, skipped] = judgeLive(
      [of('denied')],
      [{ id: of('denied').id, outcome: 'unsupported', control: null, reason }],
    );
    assert.match(skipped?.message ?? '', /was not tried \(no such node\)/);
    assert.deepEqual(
      judgeLive([], [{ id: 'stray', outcome: 'open', control: null }]).map(
        ({ code, severity }) => `${severity} ${code}`,
      ),
      ['error LIVE_UNKNOWN'],
    );
  });
});

describe('trying attacks', () => {
  it('asks for the control where there is one and the attack could be tried', async () => {
    const [rogue] = ofKind(attacks, 'rogue-pod');
    const [jmx] = ofKind(attacks, 'jmx-port');
    const [held] = ofKind(attacks, 'stale-connection');
    assert.ok(rogue && jmx && held);
    const asked: string[] = [];
    const probe = ({ technique }: Attack): Promise<ProbeOutcome> =>
      Promise.resolve(technique === 'connect' ? 'timeout' : 'unsupported');
    const control = ({ id }: Attack): Promise<ProbeOutcome> => {
      asked.push(id);
      return Promise.resolve('open');
    };
    assert.deepEqual(await tryAttacks([rogue, jmx, held], probe, control), [
      { id: rogue.id, outcome: 'timeout', control: 'open' },
      { id: jmx.id, outcome: 'timeout', control: null },
      { id: held.id, outcome: 'unsupported', control: null },
    ]);
    assert.deepEqual(asked, [rogue.id]);
    const [alone] = await tryAttacks([rogue], probe, null);
    assert.equal(alone?.control, null);
  });
});
