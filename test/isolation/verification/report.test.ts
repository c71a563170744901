import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { renderReport } from '../../../src/isolation/findings/render.ts';
import { reportFormats } from '../../../src/isolation/findings/report.ts';
import { verificationRules } from '../../../src/isolation/verification/codes.ts';
import { reportOf } from '../../../src/isolation/verification/report.ts';
import { generated, judge, people } from './verification-scene.ts';
import type { Severity } from '../../../src/isolation/findings/finding.ts';
import type { Verification } from '../../../src/isolation/verification/verification.ts';

const clean = generated();
const absent = judge(clean, {
  people: people.replace(
    /apiVersion: apps\/v1\nkind: Deployment\nmetadata: \{name: crm,[^]*?---\n/,
    '',
  ),
});
const report = (result: Verification, threshold: Severity = 'error') =>
  reportOf(result, { version: '1.2.3', threshold, home: 'lethe.yaml', source: 'k8s' });

describe('the report of verification', () => {
  it('passes by its threshold and says what was judged', () => {
    const { verdict, passed, statements } = report(judge(clean));
    assert.equal(verdict, 'verified');
    assert.equal(passed, true);
    assert.match(
      statements[0] ?? '',
      /^judged 9 workloads and \d+ imagined pods of k8s under 11 policies of ours and 0 of others$/,
    );
    assert.match(statements[3] ?? '', /ACLs were not given/);
    assert.equal(
      statements[4],
      'who can reach main raw.orders on main/11: crm/crm[Deployment], lethe/lethe[Deployment]',
    );
    assert.equal(report(absent).passed, true);
    assert.equal(report(absent, 'warning').passed, false);
    assert.equal(
      report(absent, 'warning').verdict,
      'verified, with remarks that this run does not accept',
    );
    assert.equal(report(judge('')).verdict, 'not verified');
  });

  it('tells the first of many sets of topics, and how many more there are', () => {
    const result = judge(clean);
    const topics = Array.from({ length: 30 }, (_, at) => ({
      topics: [`main raw.${at}`],
      brokers: ['main/11'],
      reachedBy: [],
      readableBy: [],
    }));
    const { statements } = report({ ...result, topics });
    assert.equal(statements[4], 'who can reach main raw.0 on main/11: nobody; readable by nobody');
    assert.equal(statements.at(-1), 'and 10 more sets of topics (all in --format json)');
  });

  it('is printed in every format', () => {
    for (const format of reportFormats) {
      const text = [...renderReport(report(absent), format)].join('');
      assert.match(text, /PARTY_ABSENT/, format);
      assert.ok(text.endsWith('\n'), format);
    }
  });

  it('has a title and help for each code, and a line in the documentation', () => {
    const page = readFileSync(new URL('../../../docs/network/verify.md', import.meta.url), 'utf8');
    const documented = [...page.matchAll(/^\| `([A-Z_]+)` /gm)].map(([, code]) => code);
    assert.deepEqual(documented, Object.keys(verificationRules).toSorted());
    for (const { title, help } of Object.values(verificationRules)) {
      assert.ok(!title.endsWith('.'));
      assert.ok(help.endsWith('.'));
    }
  });
});
