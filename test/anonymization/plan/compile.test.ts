import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customer, PII, piiRules, planOf, refusalsOf, techniques } from './plans.ts';

const address = {
  type: 'record',
  name: 'Address',
  fields: [
    { name: 'street', type: 'string' },
    { name: 'zip', type: ['null', 'string'] },
  ],
};

test('a tag on a leaf decides it, with the reason', () => {
  const plan = planOf(customer({ email: { type: 'string', ...PII } }), { rules: piiRules });
  assert.equal(plan.format, 'AVRO');
  assert.equal(plan.name, 'acme.user.Customer');
  assert.deepEqual(plan.steps[0]?.why, {
    rule: 'global tag',
    match: 'PII',
    sources: ['PII (confluent:tags at email)'],
  });
});

test('nested messages, arrays of records, arrays, maps and their keys are reached', () => {
  const tagged = { ...address, fields: [{ name: 'street', type: 'string', ...PII }] };
  const again = { ...tagged, name: 'Other' };
  const plan = planOf(
    customer({
      nested: tagged,
      list: { type: 'array', items: again },
      tags: { type: { type: 'array', items: 'string' }, ...PII },
      attributes: { type: { type: 'map', values: 'string' }, ...PII },
      deep: { type: { type: 'map', values: { type: 'array', items: 'Other' } }, ...PII },
    }),
    { rules: piiRules },
  );
  assert.deepEqual(techniques(plan), {
    'nested.street': 'suppress',
    'list[].street': 'suppress',
    'tags[]': 'suppress',
    'attributes{key}': 'suppress',
    'attributes{}': 'suppress',
    'deep{key}': 'suppress',
    'deep{}[].street': 'suppress',
  });
  assert.ok(plan.program.nodes.some((node) => node.op === 'map' && node.removeEntries));
});

test('a tag on a record-typed field, on the record type, and on the root is inherited', () => {
  for (const schema of [
    customer({ home: { type: address, ...PII } }),
    customer({ home: { ...address, ...PII } }),
    customer({ home: address }, PII),
  ])
    assert.deepEqual(techniques(planOf(schema, { rules: piiRules })), {
      'home.street': 'suppress',
      'home.zip': 'suppress',
    });
});

test('a tag on a type object counts: primitive, array items, map values, nullable branch, enum, fixed', () => {
  const plan = planOf(
    customer({
      a: { type: { type: 'string', ...PII } },
      b: { type: 'array', items: { type: 'string', ...PII } },
      c: { type: ['null', { type: 'string', ...PII }] },
      d: { type: { type: 'enum', name: 'E', symbols: ['X', 'Y'], ...PII } },
      e: { type: { type: 'fixed', name: 'F', size: 4, ...PII } },
      f: { type: { type: { type: 'long' }, ...PII } },
      g: { type: { type: 'F', 'confluent:tags': ['PUBLIC'] } },
    }),
    { rules: { ...piiRules, precedence: ['PII', 'PUBLIC'] } },
  );
  assert.deepEqual(techniques(plan), {
    a: 'suppress',
    'b[]': 'suppress',
    c: 'suppress',
    d: 'suppress',
    e: 'suppress',
    f: 'suppress',
    g: 'suppress',
  });
});

test('the second use of a named type is decided like the first', () => {
  const tagged = { ...address, fields: [{ name: 'street', type: 'string', ...PII }] };
  const plan = planOf(customer({ home: tagged, work: 'Address' }), { rules: piiRules });
  assert.deepEqual(techniques(plan), { 'home.street': 'suppress', 'work.street': 'suppress' });
});

test('a namespace that is a prefix of the name changes nothing', () => {
  const schema = {
    type: 'record',
    name: 'userProfile',
    namespace: 'user',
    fields: [{ name: 'email', type: 'string', ...PII }],
  };
  assert.deepEqual(techniques(planOf(schema, { rules: piiRules })), { email: 'suppress' });
  const external = { ...schema, fields: [{ name: 'email', type: 'string' }] };
  const metadata = (path: string): object => ({ tags: { [path]: ['PII'] } });
  const rules = { ...piiRules, unclassified: 'suppress' };
  assert.deepEqual(
    planOf(external, { rules, metadata: metadata('user.userProfile.email') }).steps[0]?.why.match,
    'PII',
  );
  assert.deepEqual(refusalsOf(external, { rules: piiRules, metadata: metadata('user.email*') }), [
    'LEAF_UNCLASSIFIED email',
  ]);
  assert.deepEqual(refusalsOf(external, { rules, metadata: metadata('user.userProfile.emai') }), [
    'MARK_UNMATCHED user.userProfile.emai',
  ]);
});

test('metadata tags reach fields of nested records and whole types', () => {
  const schema = customer({ home: address, work: 'Address', id: 'string' });
  const byField = planOf(schema, {
    rules: { ...piiRules, unclassified: 'pass' },
    metadata: { tags: { 'acme.user.Address.street': ['PII'] } },
  });
  assert.deepEqual(byField.passedUnclassified, ['home.zip', 'work.zip', 'id']);
  const byType = planOf(schema, {
    rules: { ...piiRules, unclassified: 'pass' },
    metadata: { tags: { 'acme.user.Address': ['PII'] } },
  });
  assert.deepEqual(byType.passedUnclassified, ['id']);
});

test('a misspelt tag is refused, even where everything unclassified passes', () => {
  assert.deepEqual(
    refusalsOf(customer({ email: { type: 'string', 'confluent:tags': ['PIl'] } }), {
      rules: { ...piiRules, unclassified: 'pass' },
    }),
    ['TAG_WITHOUT_RULE email'],
  );
});

test('every undecided leaf is listed, map keys and branches too', () => {
  assert.deepEqual(
    refusalsOf(
      customer({
        id: 'string',
        m: { type: 'map', values: ['null', 'int'] },
        u: ['null', 'int', 'string'],
        nothing: 'null',
        list: { type: 'array', items: address },
      }),
    ),
    [
      'LEAF_UNCLASSIFIED id',
      'LEAF_UNCLASSIFIED m{key}',
      'LEAF_UNCLASSIFIED m{}',
      'LEAF_UNCLASSIFIED u<int>',
      'LEAF_UNCLASSIFIED u<string>',
      'LEAF_UNCLASSIFIED list[].street',
      'LEAF_UNCLASSIFIED list[].zip',
    ],
  );
});

test('logical types, enum, fixed and bytes are leaves of their own type', () => {
  const plan = planOf(
    customer({
      born: { type: 'int', logicalType: 'date' },
      amount: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 },
      status: { type: 'enum', name: 'Status', symbols: ['A', 'B'] },
      hash: { type: 'fixed', name: 'Hash', size: 16 },
      blob: 'bytes',
    }),
    { rules: { unclassified: 'pass' } },
  );
  assert.deepEqual(
    plan.steps.map(({ input }) => input),
    [
      { kind: 'int', logical: { name: 'date' } },
      { kind: 'bytes', logical: { name: 'decimal', precision: 9, scale: 2 } },
      { kind: 'enum', name: 'acme.user.Status', symbols: ['A', 'B'] },
      { kind: 'fixed', name: 'acme.user.Hash', size: 16 },
      { kind: 'bytes' },
    ],
  );
});

test('a technique that does not fit refuses the leaf', () => {
  assert.deepEqual(
    refusalsOf(customer({ age: { type: 'int', ...PII }, ok: { type: 'string', ...PII } }), {
      rules: { tags: { PII: { technique: 'suppress', as: 'null' } } },
    }),
    ['TECHNIQUE_NOT_APPLICABLE age', 'TECHNIQUE_NOT_APPLICABLE ok'],
  );
  const nullable = customer({ age: { type: ['int', 'null'], ...PII } });
  const rules = { tags: { PII: { technique: 'suppress' } } };
  assert.deepEqual(planOf(nullable, { rules }).steps[0]?.technique, {
    technique: 'suppress',
    as: 'null',
  });
});

test('null in an array around a leaf does not make the leaf nullable', () => {
  const schema = customer({ list: { type: ['null', { type: 'array', items: 'int' }], ...PII } });
  assert.deepEqual(planOf(schema, { rules: piiRules }).steps[0]?.technique, {
    technique: 'suppress',
    as: 'empty',
  });
});

test('lethe marks work beside confluent tags: tag, technique, public, map keys', () => {
  const plan = planOf(
    customer(
      {
        id: { type: 'string', lethe: { public: true, override: true } },
        email: { type: 'string', lethe: 'EMAIL' },
        note: {
          type: 'string',
          lethe: { technique: { technique: 'mask', keepLast: 2 }, override: true },
        },
        attributes: {
          type: { type: 'map', values: 'string' },
          lethe: { keys: { public: true, override: true }, values: 'EMAIL' },
        },
      },
      PII,
    ),
    {
      rules: {
        tags: {
          PII: { technique: 'suppress' },
          EMAIL: { technique: 'pseudonymize', output: 'email' },
        },
        precedence: ['EMAIL', 'PII'],
      },
    },
  );
  assert.deepEqual(techniques(plan), {
    id: 'keep',
    email: 'pseudonymize',
    note: 'mask',
    'attributes{key}': 'keep',
    'attributes{}': 'pseudonymize',
  });
  assert.deepEqual(
    plan.steps.map(({ why }) => why.rule),
    ['public', 'global tag', 'inline technique', 'public', 'global tag'],
  );
});

test('malformed marks, conflicts and public below tags are refused with their paths', () => {
  assert.deepEqual(
    refusalsOf(
      customer({
        a: { type: 'string', 'confluent:tags': 'PII' },
        b: { type: 'string', lethe: { tagz: ['PII'] } },
        c: { type: 'string', lethe: 'public', ...PII },
        d: {
          type: { ...address, fields: [{ name: 'x', type: 'string', lethe: 'public' }] },
          lethe: 'PII',
        },
      }),
      { rules: { ...piiRules, unclassified: 'suppress' } },
    ),
    ['MARK_INVALID a', 'MARK_INVALID b', 'MARK_CONFLICT c', 'MARK_CONFLICT d.x'],
  );
});

test('roots that are no records have plans too', () => {
  const rules = { unclassified: 'suppress' };
  assert.deepEqual(techniques(planOf('string', { rules })), { $value: 'suppress' });
  assert.deepEqual(techniques(planOf({ type: 'array', items: 'int' }, { rules })), {
    '[]': 'suppress',
  });
  assert.deepEqual(techniques(planOf({ type: 'map', values: ['int', 'string'] }, { rules })), {
    '{key}': 'suppress',
    '{}<int>': 'suppress',
    '{}<string>': 'suppress',
  });
  assert.deepEqual(planOf('null', { rules }).steps, []);
  assert.equal(planOf({ type: 'fixed', name: 'a.F', size: 2 }, { rules }).name, 'a.F');
});

test('a schema that does not parse is refused with its own codes', () => {
  assert.deepEqual(refusalsOf(customer({ a: 'nope', b: [] })), [
    'SCHEMA_TYPE_UNKNOWN a',
    'SCHEMA_UNION_INVALID b',
  ]);
});

test('formats that are not read yet are refused', () => {
  assert.deepEqual(refusalsOf({}, { format: 'PROTOBUF' }), ['FORMAT_UNSUPPORTED ']);
});

test('equal input gives an equal digest, and what changes the plan changes it', () => {
  const schema = customer({ email: { type: 'string', ...PII } });
  const { digest, sourceDigest } = planOf(schema, { rules: piiRules });
  assert.match(digest, /^[0-9a-f]{64}$/);
  assert.equal(planOf(schema, { rules: piiRules }).digest, digest);
  const other = planOf(schema, { rules: { tags: { PII: { technique: 'keep' } } } });
  assert.notEqual(other.digest, digest);
  assert.equal(other.sourceDigest, sourceDigest);
  assert.notEqual(
    planOf(customer({ email: { type: 'bytes', ...PII } }), { rules: piiRules }).digest,
    digest,
  );
});

test('references are part of the source and are inlined into the output', () => {
  const references = [
    { name: 'address', text: JSON.stringify({ ...address, namespace: 'acme.user' }) },
  ];
  const plan = planOf(customer({ home: 'Address', work: 'Address' }, PII), {
    rules: piiRules,
    references,
  });
  assert.deepEqual(plan.outputReferences, []);
  assert.match(plan.outputSchema, /"name":"Address"/);
  const inlined = planOf(customer({ home: address, work: 'Address' }, PII), { rules: piiRules });
  assert.notEqual(plan.sourceDigest, inlined.sourceDigest);
});

test('a plan is plain data: it survives a structured clone', () => {
  const plan = planOf(customer({ home: address }, PII), { rules: piiRules });
  assert.deepEqual(structuredClone(plan), plan);
  assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan);
});
