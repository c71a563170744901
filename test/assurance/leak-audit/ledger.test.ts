import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { auditRules, type AuditCode } from '../../../src/assurance/leak-audit/codes.ts';
import { Ledger, type Observation } from '../../../src/assurance/leak-audit/ledger.ts';
import { reportOf } from '../../../src/assurance/leak-audit/report.ts';
import { reportFormats } from '../../../src/isolation/findings/report.ts';
import { renderReport } from '../../../src/isolation/findings/render.ts';

const at = (offset: bigint, change: Partial<Observation> = {}): Observation => ({
  route: 'customers',
  code: 'LEAK_EMAIL',
  cluster: 'main',
  topic: 'public.customers',
  partition: 3,
  offset,
  path: 'note',
  ...change,
});

describe('a ledger', () => {
  it('keeps each find once, with its first place and how often it was made', () => {
    const ledger = new Ledger();
    assert.equal(ledger.add(at(17n)), true);
    assert.equal(ledger.add(at(18n)), false);
    assert.equal(ledger.add(at(4n, { path: 'other' })), true);
    const [first, second] = ledger.findings();
    assert.equal(first?.subject, 'main/public.customers/3@17 note');
    assert.match(
      first.message,
      /topic "public.customers" of cluster "main", partition 3, offset 17, path "note"; 2 times, first there$/,
    );
    assert.equal(second?.subject, 'main/public.customers/3@4 other');
  });

  it('tells a find about a route without a place', () => {
    const ledger = new Ledger();
    ledger.add(at(0n, { code: 'ROUTE_UNSEEN', partition: null, offset: null, path: '' }));
    assert.equal(ledger.findings()[0]?.subject, 'route customers');
  });

  it('does not grow without end', () => {
    const ledger = new Ledger();
    for (let count = 0; count < 5010; count++) ledger.add(at(1n, { path: `field${count}` }));
    assert.equal(ledger.findings().length, 5000);
    assert.equal(ledger.beyond, 10);
  });
});

describe('a report', () => {
  const route = { route: 'customers', judged: 7, skipped: 3, blind: ['born (shift-date)'] };
  const report = (codes: readonly AuditCode[], beyond = 0) => {
    const ledger = new Ledger();
    for (const code of codes) ledger.add(at(5n, { code }));
    return (threshold: 'error' | 'warning') =>
      reportOf(
        { findings: ledger.findings(), beyond, topics: 1, partitions: 2, routes: [route] },
        { version: '1', threshold, home: 'lethe.yaml', sample: 2 },
      );
  };

  it('passes where nothing as bad as the threshold was found', () => {
    assert.equal(report([])('warning').passed, true);
    assert.equal(report(['SCHEMA_OF_OTHER_RULES'])('error').passed, true);
    assert.equal(report(['SCHEMA_OF_OTHER_RULES'])('warning').passed, false);
    assert.equal(report(['LEAK_IBAN'])('error').passed, false);
    assert.equal(report([], 1)('error').passed, false);
  });

  it('says what was read, what was left out and what can not be told', () => {
    assert.deepEqual(report([])('warning').statements, [
      'read 1 topics with 2 partitions to their ends',
      'route "customers": judged 7 records and left out 3 (audit.sample 2)',
      'route "customers": values there look like raw ones, so their form shows nothing: born (shift-date)',
    ]);
  });

  it('is printed in every format, with the place', () => {
    for (const format of reportFormats) {
      const text = [...renderReport(report(['FORM_BROKEN'])('error'), format)].join('');
      assert.match(text.replaceAll('<!-- -->', ''), /main\/public\.customers\/3@5 note/, format);
    }
  });

  it('has a meaning, a severity and a remedy for every code', () => {
    for (const [code, { title, help, remedy }] of Object.entries(auditRules))
      assert.ok(title !== '' && help !== '' && remedy !== '', code);
  });
});
