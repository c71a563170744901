import assert from 'node:assert/strict';
import { it } from 'node:test';
import { renderJson } from '../../../src/isolation/findings/render-json.ts';
import { finding, hostileFinding, report } from './report-fixture.ts';

it('JSON holds every finding as it is, with lines that are looked up when they are read', () => {
  const lazy = {
    file: 'a.yaml',
    get line() {
      return 5;
    },
  };
  const late = finding({ deciders: [{ policy: 'P a/b', rule: null, origin: lazy }] });
  const parsed = JSON.parse([...renderJson(report([late, hostileFinding]))].join('')) as {
    readonly findings: readonly unknown[];
    readonly verified: boolean;
  };
  assert.deepEqual(parsed.findings, [
    { ...late, deciders: [{ policy: 'P a/b', rule: null, origin: { file: 'a.yaml', line: 5 } }] },
    hostileFinding,
  ]);
  assert.equal(parsed.verified, false);
});
