import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain, renderPlan, typeInWords } from '../../../src/anonymization/plan/explain.ts';
import { customer, PII, planOf } from './plans.ts';

const plan = planOf(
  customer({
    id: { type: 'string', lethe: 'public' },
    email: { type: 'string', 'confluent:tags': ['EMAIL'] },
    phone: { type: 'string', ...PII },
    born: { type: 'int', logicalType: 'date' },
    extra: 'long',
  }),
  {
    rules: {
      tags: {
        EMAIL: { technique: 'pseudonymize', domain: 'person.email' },
        PII: { technique: 'mask', keepLast: 2 },
      },
      fields: { born: { technique: 'shift-date', maxDays: 30, subject: 'id' } },
    },
    route: { unclassified: 'pass' },
  },
);

test('the table shows path, type, technique, domain and why of every leaf, then summary and digest', () => {
  const text = renderPlan(plan);
  const lines = text.split('\n');
  assert.equal(lines[0], 'plan of acme.user.Customer');
  assert.match(lines[2]!, /^path +type +technique +domain +why$/);
  assert.equal(lines.filter((line) => line.includes('person.email')).length, 1);
  assert.match(
    text,
    /phone +string +mask keepFirst=0 keepLast=2 character=\* +global tag PII ← PII \(confluent:tags at phone\)/,
  );
  assert.match(text, /born +int date +shift-date maxDays=30 keyed-by=id/);
  assert.match(text, /leaves {6}5: 2 keep, 1 mask, 1 pseudonymize, 1 shift-date/);
  assert.match(text, /WARNING {5}passed without classification: extra/);
  assert.ok(text.includes(`plan digest ${plan.digest}`));
  assert.ok(lines.every((line) => line === line.trimEnd()));
});

test('the same is plain data', () => {
  const explained = explain(plan);
  assert.deepEqual(JSON.parse(JSON.stringify(explained)), explained);
  assert.deepEqual(explained.leaves[1], {
    path: 'email',
    type: 'string',
    becomes: 'string',
    technique: 'pseudonymize',
    domain: 'person.email',
    reversible: false,
    deterministic: true,
    why: 'global tag EMAIL ← EMAIL (confluent:tags at email)',
  });
  assert.deepEqual(explained.passedUnclassified, ['extra']);
});

test('a changed type shows both, a schema without a name shows its format', () => {
  const text = renderPlan(
    planOf('long', {
      rules: { fields: { $value: { technique: 'pseudonymize', output: 'text' } } },
    }),
  );
  assert.match(text, /^plan of AVRO\n/);
  assert.match(text, /\$value +long → string/);
  assert.doesNotMatch(text, /WARNING/);
});

test('a schema without leaves has an empty table and counts nothing', () => {
  assert.match(
    renderPlan(planOf({ type: 'record', name: 'Heartbeat', fields: [] })),
    /^plan of Heartbeat\n\npath .* why\n.*─\n\nleaves +0\nsource /,
  );
});

test('types are named as a schema author says them', () => {
  assert.equal(
    typeInWords({ kind: 'fixed', name: 'F', size: 12, logical: { name: 'duration' } }),
    'fixed(12) duration',
  );
  assert.equal(
    typeInWords({ kind: 'bytes', logical: { name: 'decimal', precision: 9, scale: 2 } }),
    'bytes decimal(9,2)',
  );
  assert.equal(typeInWords({ kind: 'enum', name: 'acme.E', symbols: ['A'] }), 'enum acme.E');
  assert.equal(typeInWords({ kind: 'null' }), 'null');
});
