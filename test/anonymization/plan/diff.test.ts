import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffPlans, renderDiff } from '../../../src/anonymization/plan/diff.ts';
import { customer, planOf } from './plans.ts';

const schema = { a: 'string', b: 'string', born: { type: 'int', logicalType: 'date' } };
const shift = (subject: string): object => ({
  born: { technique: 'shift-date', maxDays: 3, subject, domain: 'd' },
});
const before = planOf(customer(schema), {
  rules: { unclassified: 'suppress', fields: shift('a') },
});

test('equal plans have no difference', () => {
  assert.deepEqual(diffPlans(before, before), []);
  assert.equal(renderDiff([]), 'no difference');
});

test('added, removed and changed leaves are listed', () => {
  const after = planOf(customer({ first: 'int', a: 'string', born: schema.born }), {
    rules: {
      unclassified: 'suppress',
      fields: { ...shift('a'), a: { technique: 'mask', keepLast: 2 } },
    },
  });
  const changes = diffPlans(before, after);
  assert.deepEqual(
    changes.map(({ change, path }) => `${change} ${path}`),
    ['added first', 'changed a', 'removed b'],
  );
  assert.equal(
    renderDiff(changes),
    [
      '+ first: suppress {"as":"empty"}',
      '~ a: suppress {"as":"empty"} → mask {"character":"*","ignore":"","keepFirst":0,"keepLast":2} (technique, why)',
      '- b: suppress {"as":"empty"}',
    ].join('\n'),
  );
});

test('another subject is a change, another index of the same subject is none', () => {
  const turned = { b: 'string', a: 'string', born: schema.born };
  const moved = planOf(customer(turned), {
    rules: { unclassified: 'suppress', fields: shift('a') },
  });
  assert.deepEqual(diffPlans(before, moved), []);
  const other = planOf(customer(schema), {
    rules: { unclassified: 'suppress', fields: shift('b') },
  });
  const [change] = diffPlans(before, other);
  assert.ok(change?.change === 'changed');
  assert.deepEqual([change.path, change.members], ['born', ['technique', 'companion']]);
});

test('a technique without parameters is shown by its name', () => {
  const kept = planOf(customer({ a: 'string' }), { rules: { unclassified: 'pass' } });
  const empty = planOf(customer({}), {});
  assert.equal(renderDiff(diffPlans(empty, kept)), '+ a: keep');
});
