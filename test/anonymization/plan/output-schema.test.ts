import assert from 'node:assert/strict';
import { test } from 'node:test';
import avsc from 'avsc';
import { parseAvroSchema } from '../../../src/anonymization/schema/avro.ts';
import type { Plan } from '../../../src/anonymization/plan/plan.ts';
import { customer, PII, piiRules, planOf } from './plans.ts';

type Json = Readonly<Record<string, unknown>>;

/** The output schema, after two readers accepted it. */
function outputOf(plan: Plan): Json {
  parseAvroSchema(plan.outputSchema);
  const json = JSON.parse(plan.outputSchema) as Json;
  avsc.Type.forSchema(structuredClone(json) as avsc.Schema);
  return json;
}

function fieldsOf(plan: Plan): Readonly<Record<string, Json>> {
  const { fields } = outputOf(plan) as { fields: { name: string }[] };
  return Object.fromEntries(fields.map(({ name, ...rest }) => [name, rest]));
}

const secret = 'owner-secret-text';

test('a changed field carries technique, shared domain and plan digest in place of the tags', () => {
  const plan = planOf(
    customer({
      email: { type: 'string', 'confluent:tags': ['EMAIL'] },
      note: { type: ['null', 'string'], ...PII },
      name: { type: 'string', 'confluent:tags': ['NAME'] },
      id: { type: 'string', 'confluent:tags': ['PUBLIC'], doc: 'kept', default: 'kept' },
    }),
    {
      rules: {
        tags: {
          ...piiRules.tags,
          EMAIL: { technique: 'pseudonymize', domain: 'person.email' },
          NAME: { technique: 'pseudonymize' },
        },
      },
    },
  );
  const fields = fieldsOf(plan);
  const { digest } = plan;
  assert.deepEqual(fields, {
    email: {
      type: 'string',
      lethe: { technique: 'pseudonymize', domain: 'person.email', plan: digest },
    },
    note: { type: ['null', 'string'], lethe: { technique: 'suppress', plan: digest } },
    name: { type: 'string', lethe: { technique: 'pseudonymize', plan: digest } },
    id: { type: 'string', doc: 'kept', default: 'kept' },
  });
});

test('nothing that the owner wrote about a rewritten leaf is shown, wherever it was written', () => {
  const schema = customer(
    {
      a: {
        type: { type: 'string', doc: secret, example: secret },
        default: secret,
        doc: secret,
        aliases: [secret],
        ...PII,
      },
      e: {
        type: {
          type: 'enum',
          name: 'E',
          symbols: ['ownerSecretText', 'Y'],
          default: 'Y',
          doc: secret,
        },
        default: 'ownerSecretText',
        ...PII,
      },
      f: {
        type: { type: 'fixed', name: 'F', size: 17, aliases: ['ownerSecretText'] },
        default: secret,
        ...PII,
      },
      l: {
        type: { type: 'array', items: { type: 'string', doc: secret } },
        default: [secret],
        ...PII,
      },
      m: {
        type: { type: 'map', values: 'string', doc: secret },
        default: { [secret]: secret },
        ...PII,
      },
      r: {
        type: {
          type: 'record',
          name: 'In',
          doc: secret,
          aliases: ['ownerSecretText'],
          fields: [{ name: 'x', type: 'string', default: secret }],
        },
        default: { x: secret },
        ...PII,
      },
    },
    { doc: secret, 'x-example': secret },
  );
  const plan = planOf(schema, { rules: piiRules });
  outputOf(plan);
  assert.doesNotMatch(plan.outputSchema, /owner-?secret/i);
  assert.doesNotMatch(plan.outputSchema, /confluent|PII/);
  const { a, e, f, l, m, r } = fieldsOf(plan);
  assert.equal(a?.['default'], '');
  assert.equal(e?.['default'], 'REDACTED');
  assert.equal(f?.['default'], '\u0000'.repeat(17));
  assert.deepEqual([l?.['default'], m?.['default'], r?.['default']], [[], {}, { x: '' }]);
});

test('a kept leaf keeps its text, also beside rewritten ones, and loses only the marks', () => {
  const fields = fieldsOf(
    planOf(
      customer({
        secret: { type: 'string', ...PII },
        status: {
          type: {
            type: 'enum',
            name: 'E',
            symbols: ['A', 'B'],
            default: 'B',
            doc: 'd',
            lethe: 'PUBLIC',
          },
          default: 'A',
        },
        odd: { type: 'bytes', logicalType: 'big-decimal', lethe: 'PUBLIC' },
        price: {
          type: {
            type: 'bytes',
            logicalType: 'decimal',
            precision: 5,
            scale: 2,
            custom: 1,
            lethe: 'PUBLIC',
          },
        },
      }),
      { rules: piiRules },
    ),
  );
  assert.deepEqual(fields['status'], {
    type: { type: 'enum', name: 'E', symbols: ['A', 'B'], default: 'B', doc: 'd' },
    default: 'A',
  });
  assert.deepEqual(fields['odd'], { type: { type: 'bytes', logicalType: 'big-decimal' } });
  assert.deepEqual(fields['price'], {
    type: { type: 'bytes', logicalType: 'decimal', precision: 5, scale: 2, custom: 1 },
  });
});

test('a default that its type does not allow is replaced, a null default of a union stays', () => {
  const fields = fieldsOf(
    planOf(
      customer({
        wrong: { type: 'int', default: 'x', lethe: 'PUBLIC' },
        second: { type: ['null', 'string'], default: 'x', lethe: 'PUBLIC' },
        kept: { type: ['null', 'string'], default: null, lethe: 'PUBLIC' },
        gone: { type: ['null', 'string'], default: null, ...PII },
        first: { type: ['string', 'null'], default: secret, ...PII },
      }),
      { rules: piiRules },
    ),
  );
  const defaults = Object.entries(fields).map(([name, field]) => [name, field['default']]);
  assert.deepEqual(Object.fromEntries(defaults), {
    wrong: 0,
    second: null,
    kept: null,
    gone: null,
    first: '',
  });
});

test('the default of a record has no value for a field that is taken out of it', () => {
  const inner = {
    type: 'record',
    name: 'Inner',
    fields: [
      { name: 'shown', type: 'int', lethe: 'PUBLIC' },
      { name: 'gone', type: 'string', ...PII },
    ],
  };
  const plan = planOf(customer({ r: { type: inner, default: { shown: 7, gone: secret } } }), {
    rules: { tags: { ...piiRules.tags, PII: { technique: 'suppress', as: 'remove' } } },
  });
  assert.deepEqual(fieldsOf(plan)['r']?.['default'], { shown: 0 });
});

test('a technique that changes the type says so', () => {
  const rules = {
    tags: { PII: { technique: 'pseudonymize', output: 'text' } },
  };
  const plan = planOf(
    customer({
      n: { type: ['null', 'long'], default: null, ...PII },
      i: { type: 'int', default: 5, ...PII },
    }),
    { rules },
  );
  const { n, i } = fieldsOf(plan);
  assert.deepEqual([n?.['type'], i?.['type'], i?.['default']], [['null', 'string'], 'string', '']);
});

test('leaves of arrays, maps and unions carry their provenance on the type', () => {
  const plan = planOf(
    customer({
      l: { type: { type: 'array', items: 'string' }, ...PII },
      m: { type: { type: 'map', values: 'string' }, ...PII },
      u: { type: ['int', { type: 'string', ...PII }], lethe: 'PUBLIC' },
    }),
    {
      rules: {
        tags: { PII: { technique: 'encrypt' }, PUBLIC: { technique: 'keep' } },
        precedence: ['PII', 'PUBLIC'],
      },
    },
  );
  const lethe = { technique: 'encrypt', plan: plan.digest };
  const { l, m, u } = fieldsOf(plan);
  assert.deepEqual(u?.['type'], ['int', { lethe, type: 'string' }]);
  const text = (l?.['type'] as Json)['items'] as Json;
  assert.deepEqual(text['lethe'], lethe);
  assert.deepEqual((m?.['type'] as Json)['lethe'], { keys: lethe });
  assert.deepEqual(((m?.['type'] as Json)['values'] as Json)['lethe'], lethe);
});

test('equal outcomes share a type, different ones get numbered names that are free', () => {
  const address = { type: 'record', name: 'Address', fields: [{ name: 'zip', type: 'string' }] };
  const schema = customer({
    home: address,
    work: 'Address',
    shop: 'Address',
    taken: { type: 'record', name: 'Address_2', fields: [{ name: 'x', type: 'int' }] },
  });
  const rules = {
    unclassified: 'suppress',
    fields: { 'shop.zip': { technique: 'keep' } },
  };
  const fields = fieldsOf(planOf(schema, { rules }));
  assert.equal((fields['home']?.['type'] as Json)['name'], 'Address');
  assert.equal(fields['work']?.['type'], 'Address');
  assert.equal((fields['shop']?.['type'] as Json)['name'], 'Address_3');
  assert.equal((fields['taken']?.['type'] as Json)['name'], 'Address_2');
});

test('default domains do not split a type, shared domains do where they differ', () => {
  const address = {
    type: 'record',
    name: 'Address',
    fields: [{ name: 'zip', type: 'string', ...PII }],
  };
  const schema = customer({ home: address, work: 'Address' });
  const plan = planOf(schema, { rules: { tags: { PII: { technique: 'pseudonymize' } } } });
  assert.deepEqual(
    plan.steps.map(({ domain }) => domain),
    ['acme.user.Customer.home.zip', 'acme.user.Customer.work.zip'],
  );
  assert.equal(fieldsOf(plan)['work']?.['type'], 'Address');
  const apart = planOf(schema, {
    rules: {
      tags: { PII: { technique: 'pseudonymize' } },
      fields: { 'work.zip': { technique: 'pseudonymize', domain: 'zip' } },
    },
  });
  assert.equal((fieldsOf(apart)['work']?.['type'] as Json)['name'], 'Address_2');
});

test('a fixed that is kept here and rewritten there stays one type', () => {
  const fields = fieldsOf(
    planOf(
      customer({
        a: { type: { type: 'fixed', name: 'Hash', size: 16, doc: 'd' }, lethe: 'PUBLIC' },
        b: { type: 'Hash', ...PII },
      }),
      { rules: piiRules },
    ),
  );
  assert.deepEqual(fields['a']?.['type'], { type: 'fixed', name: 'Hash', size: 16 });
  assert.equal(fields['b']?.['type'], 'Hash');
});

test('types leave and enter namespaces as in the source', () => {
  const inner = (namespace: string, name: string): object => ({
    type: 'record',
    name,
    namespace,
    fields: [{ name: 'x', type: 'int', ...PII }],
  });
  const plan = planOf(customer({ a: inner('other', 'O'), b: inner('', 'Bare'), c: 'other.O' }), {
    rules: piiRules,
  });
  const fields = fieldsOf(plan);
  assert.equal((fields['a']?.['type'] as Json)['namespace'], 'other');
  assert.equal((fields['b']?.['type'] as Json)['namespace'], '');
  assert.equal(fields['c']?.['type'], 'other.O');
});

test('recursion stays recursion', () => {
  const plan = planOf(
    {
      type: 'record',
      name: 'Node',
      namespace: 'n',
      fields: [
        { name: 'value', type: 'string', default: 'x', ...PII },
        { name: 'children', type: { type: 'array', items: 'Node' }, default: [] },
        { name: 'next', type: ['null', 'n.Node'], default: null },
      ],
    },
    { rules: piiRules },
  );
  const { children, next } = fieldsOf(plan);
  assert.deepEqual(children?.['type'], { type: 'array', items: 'Node' });
  assert.deepEqual(next?.['type'], ['null', 'Node']);
});

test('the sanitized schema can be anonymized again: provenance is no mark', () => {
  const plan = planOf(
    customer({
      a: { type: 'string', ...PII },
      m: { type: { type: 'map', values: 'string' }, ...PII },
    }),
    { rules: piiRules },
  );
  const again = planOf(JSON.parse(plan.outputSchema), { rules: { unclassified: 'pass' } });
  assert.equal(again.passedUnclassified.length, 3);
});

test('a field named __proto__ is a field', () => {
  const text = `{"type":"record","name":"R","fields":[{"name":"r","default":{"__proto__":"x"},"type":{"type":"record","name":"I","fields":[{"name":"__proto__","type":"string"}]}}]}`;
  const plan = planOf(JSON.parse(text), { rules: { unclassified: 'suppress' } });
  assert.match(plan.outputSchema, /"default":\{"__proto__":""\}/);
});
