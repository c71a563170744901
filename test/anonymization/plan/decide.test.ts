import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customer, planOf, refusalsOf } from './plans.ts';

const email = customer({ email: { type: 'string', 'confluent:tags': ['EMAIL'] } });
const technique = (name: string): object => ({ technique: name });

function whyOf(rules: unknown, route?: unknown, schema: unknown = email): string {
  const { technique: spec, why } = planOf(schema, { rules, route }).steps[0]!;
  return `${why.rule} ${why.match}: ${spec.technique}`;
}

test('route field, route tag, global field, global tag, inline technique: in that order', () => {
  const all = {
    tags: { EMAIL: technique('mask') },
    fields: { email: technique('suppress') },
  };
  const route = {
    tags: { EMAIL: technique('encrypt') },
    fields: { email: technique('pseudonymize') },
  };
  assert.equal(whyOf(all, route), 'route field email: pseudonymize');
  assert.equal(whyOf(all, { tags: route.tags }), 'route tag EMAIL: encrypt');
  assert.equal(whyOf(all), 'global field email: suppress');
  assert.equal(whyOf({ tags: all.tags }), 'global tag EMAIL: mask');
  const inline = customer({
    email: { type: 'string', lethe: { tags: ['EMAIL'], technique: technique('constant') } },
  });
  assert.equal(whyOf({ tags: all.tags }, undefined, inline), 'global tag EMAIL: mask');
});

test('the technique of the owner counts where no rule does, and is judged like a rule', () => {
  const inline = (spec: unknown): unknown =>
    customer({ email: { type: 'string', lethe: { technique: spec } } });
  assert.equal(
    whyOf({}, undefined, inline({ technique: 'mask', keepLast: 2 })),
    'inline technique : mask',
  );
  assert.deepEqual(refusalsOf(inline({ technique: 'msk' })), ['INLINE_TECHNIQUE_INVALID email']);
  assert.deepEqual(
    refusalsOf(inline({ technique: 'mask' }), {
      rules: { inlineTechniques: 'forbid', unclassified: 'pass' },
    }),
    ['INLINE_TECHNIQUE_FORBIDDEN email'],
  );
});

test('a tag without a rule is refused whatever else would decide, unless its owner names a technique', () => {
  assert.deepEqual(refusalsOf(email, { rules: { fields: { '**': technique('keep') } } }), [
    'TAG_WITHOUT_RULE email',
  ]);
  const own = customer({
    email: { type: 'string', lethe: { tags: ['E'], technique: technique('suppress') } },
  });
  assert.equal(whyOf({}, undefined, own), 'inline technique : suppress');
  const apart = customer({
    email: {
      type: 'string',
      'confluent:tags': ['PIl'],
      lethe: { technique: technique('mask') },
    },
  });
  assert.deepEqual(refusalsOf(apart), ['TAG_WITHOUT_RULE email']);
  assert.deepEqual(refusalsOf(own, { rules: { inlineTechniques: 'forbid' } }), [
    'TAG_WITHOUT_RULE email',
  ]);
});

test('two tags with different techniques need precedence, with equal ones they do not', () => {
  const both = customer({ x: { type: 'string', 'confluent:tags': ['A', 'B'] } });
  const tags = { A: technique('suppress'), B: technique('mask') };
  assert.deepEqual(refusalsOf(both, { rules: { tags } }), ['TECHNIQUE_CONFLICT x']);
  assert.deepEqual(refusalsOf(both, { rules: { tags, precedence: ['A'] } }), [
    'TECHNIQUE_CONFLICT x',
  ]);
  assert.equal(whyOf({ tags, precedence: ['B', 'A'] }, undefined, both), 'global tag B: mask');
  assert.equal(
    whyOf({ tags: { A: technique('suppress'), B: technique('suppress') } }, undefined, both),
    'global tag A: suppress',
  );
});

test('a route rule for one of two tags does not silence the other', () => {
  const both = customer({ x: { type: 'string', 'confluent:tags': ['A', 'B'] } });
  const rules = { tags: { A: technique('suppress'), B: technique('suppress') } };
  const route = { tags: { A: technique('keep') } };
  assert.deepEqual(refusalsOf(both, { rules, route }), ['TECHNIQUE_CONFLICT x']);
});

test('an exact path beats globs, a glob beats the bare **, equal ranks must agree', () => {
  const schema = customer({ email: 'string' });
  const fields = {
    '**': technique('suppress'),
    '*': technique('mask'),
    email: technique('pseudonymize'),
  };
  assert.equal(whyOf({ fields }, undefined, schema), 'global field email: pseudonymize');
  assert.equal(
    whyOf({ fields: { '**': fields['**'], '*': fields['*'] } }, undefined, schema),
    'global field *: mask',
  );
  const tied = { '*': technique('mask'), '**.email': technique('keep') };
  assert.deepEqual(refusalsOf(schema, { rules: { fields: tied } }), ['TECHNIQUE_CONFLICT email']);
  const agreed = { '*': technique('keep'), '**.email': technique('keep') };
  assert.equal(whyOf({ fields: agreed }, undefined, schema), 'global field *: keep');
});

test('a field rule that matches nothing is refused, unless it is optional', () => {
  const schema = customer({
    home: { type: 'record', name: 'A', fields: [{ name: 'x', type: 'int' }] },
  });
  const rules = (fields: object): object => ({ unclassified: 'suppress', fields });
  assert.deepEqual(refusalsOf(schema, { rules: rules({ hom: technique('keep') }) }), [
    'FIELD_RULE_UNMATCHED hom',
  ]);
  assert.deepEqual(refusalsOf(schema, { rules: rules({ home: technique('keep') }) }), [
    'FIELD_RULE_UNMATCHED home',
  ]);
  planOf(schema, { rules: rules({ hom: { ...technique('keep'), optional: true } }) });
  planOf(schema, { rules: rules({ 'home.**': technique('keep') }) });
});

test('what nobody classified is refused, suppressed or passed as the rules say', () => {
  const schema = customer({ x: 'string' });
  assert.deepEqual(refusalsOf(schema), ['LEAF_UNCLASSIFIED x']);
  assert.equal(
    whyOf({ unclassified: 'suppress' }, undefined, schema),
    'unclassified suppress: suppress',
  );
  const passed = planOf(schema, { rules: {}, route: { unclassified: 'pass' } });
  assert.deepEqual(passed.passedUnclassified, ['x']);
});

test('a tag and a technique of the owner disagree with nobody when the tag has a rule', () => {
  const schema = customer({
    x: { type: 'string', lethe: { tags: ['A', 'B'], technique: technique('mask') } },
  });
  assert.equal(
    whyOf({ tags: { A: technique('suppress') } }, undefined, schema),
    'global tag A: suppress',
  );
});
