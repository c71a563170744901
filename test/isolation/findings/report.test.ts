import assert from 'node:assert/strict';
import { it } from 'node:test';
import { tally } from '../../../src/isolation/findings/report.ts';
import { finding } from './report-fixture.ts';

it('findings are counted by severity, worst first, and none as none', () => {
  assert.equal(tally([]), 'no findings');
  assert.equal(tally([finding()]), '1 error');
  const many = [
    finding({ severity: 'note' }),
    finding({ severity: 'warning' }),
    finding({ severity: 'warning' }),
  ];
  assert.equal(tally(many), '2 warnings, 1 note');
});
