import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customer, planOf, refusalsOf } from './plans.ts';

const date = { type: 'int', logicalType: 'date' };

const rules = (subject: string, more: object = {}): object => ({
  unclassified: 'suppress',
  fields: { born: { technique: 'shift-date', maxDays: 30, subject }, ...more },
});

test('the subject of a shift is the step of its path, with a domain in step and technique', () => {
  const schema = customer({
    born: date,
    who: { type: 'record', name: 'W', fields: [{ name: 'id', type: ['null', 'string'] }] },
  });
  const [born, id] = planOf(schema, { rules: rules('who.id') }).steps;
  assert.equal(id?.path, 'who.id');
  assert.equal(born?.companion, 1);
  assert.equal(born.domain, 'acme.user.Customer.born');
  assert.ok(born.technique.technique === 'shift-date' && born.technique.domain === born.domain);
});

test('a branch of a union may be the subject, since a record holds it at most once', () => {
  const schema = customer({ born: date, id: ['int', 'string'] });
  assert.equal(planOf(schema, { rules: rules('id<string>') }).steps[0]?.companion, 2);
});

test('what is unknown, repeats, is removed or does not identify is refused', () => {
  const node = {
    type: 'record',
    name: 'N',
    fields: [
      { name: 'v', type: 'int' },
      { name: 'n', type: ['null', 'N'] },
    ],
  };
  const schema = customer({
    born: date,
    list: { type: 'array', items: 'string' },
    m: { type: 'map', values: 'string' },
    node,
    gone: 'string',
    real: 'double',
  });
  const removed = { gone: { technique: 'suppress', as: 'remove' } };
  for (const [subject, code] of [
    ['nobody', 'COMPANION_UNKNOWN'],
    ['list', 'COMPANION_UNKNOWN'],
    ['list[]', 'COMPANION_REPEATS'],
    ['m{}', 'COMPANION_REPEATS'],
    ['m{key}', 'COMPANION_REPEATS'],
    ['node.v', 'COMPANION_REPEATS'],
    ['gone', 'COMPANION_REMOVED'],
    ['real', 'COMPANION_UNSUITABLE'],
    ['born', 'COMPANION_UNSUITABLE'],
  ])
    assert.deepEqual(
      refusalsOf(schema, { rules: rules(subject!, removed) }),
      [`${code} born`],
      subject,
    );
});
