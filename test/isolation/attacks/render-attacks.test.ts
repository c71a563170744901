import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attackReport } from '../../../src/isolation/attacks/attack-report.ts';
import { attackRules } from '../../../src/isolation/attacks/codes.ts';
import { catalogue } from '../../../src/isolation/attacks/catalogue.ts';
import { renderAttacks, renderCatalogue } from '../../../src/isolation/attacks/render-attacks.ts';
import { renderReport } from '../../../src/isolation/findings/render.ts';
import { reportFormats } from '../../../src/isolation/findings/report.ts';
import { attacked, opening } from './attack-fixture.ts';

const whole = attacked();
const holed = attacked([opening('kafka', 'open', '{ podSelector: {}, ingress: [{}] }')]);
const about = { live: null, threshold: 'error', version: '1', home: null } as const;

describe('the table of attacks', () => {
  it('has a line for each kind and verdict, by family, and says what remains', () => {
    const text = [...renderAttacks(whole.attacks)].join('');
    assert.match(text, /^RESULT +ATTACK +FROM +TO +VERDICT\n\nSomebody else,/);
    assert.match(
      text,
      /\nstopped +rogue-pod +kafka\/\{\S+=intruder\} +main\/11 TCP 9093 +denied\n/,
    );
    assert.match(text, /\nremains +label-spoof .* allowed\n/);
    assert.match(text, /\nWhat no network policy closes\n/);
    assert.match(text, /\n {2}pod-start: .*\n {4}closed by: TLS or SASL client identity with ACLs/);
    assert.doesNotMatch(text, /SUCCEEDS/);
    assert.match([...renderAttacks(holed.attacks)].join(''), /\nSUCCEEDS +world +203\.0\.113\.7/);
  });

  it('adds outcomes where packets were sent', () => {
    const live = whole.attacks.slice(0, 2).map(({ id }) => ({
      id,
      outcome: 'refused' as const,
      control: 'open' as const,
    }));
    const text = [...renderAttacks(whole.attacks, live)].join('');
    assert.match(text, /^RESULT .* LIVE\n/);
    assert.match(text, /rogue-pod .* denied +refused\n/);
    assert.match(text, /world .* denied +unsupported\n/);
  });
});

describe('the catalogue in print', () => {
  it('names every kind once', () => {
    const text = [...renderCatalogue()].join('');
    for (const kind of catalogue.keys()) assert.equal(text.split(`\n  ${kind}: `).length, 2, kind);
  });
});

describe('the report of attacks', () => {
  it('passes a whole shield and fails one with a hole, by the threshold', () => {
    assert.equal(attackReport(whole, about).passed, true);
    assert.equal(attackReport(whole, { ...about, threshold: 'note' }).passed, false);
    const report = attackReport(holed, about);
    assert.equal(report.passed, false);
    assert.match(report.verdict, /^\d+ of \d+ attacks get through that a whole shield would stop$/);
  });

  it('explains every code that it uses, in every format', () => {
    const live = holed.attacks.map(({ id }) => ({
      id,
      outcome: 'timeout' as const,
      control: 'open' as const,
    }));
    const report = attackReport(holed, { ...about, live });
    for (const { code } of report.findings) assert.ok(Object.hasOwn(attackRules, code), code);
    for (const format of reportFormats) {
      const text = [...renderReport(report, format)].join('');
      assert.match(text, /ATTACK_SUCCEEDS/, format);
      assert.match(text, /LIVE_DIFFERS/, format);
    }
  });

  it('carries the attacks as data in JSON', () => {
    const text = [...renderReport(attackReport(whole, about), 'json')].join('');
    const parsed = JSON.parse(text) as { attacks: readonly { id: string }[]; live: unknown };
    assert.deepEqual(
      parsed.attacks.map(({ id }) => id),
      whole.attacks.map(({ id }) => id),
    );
    assert.equal(parsed.live, null);
  });
});
