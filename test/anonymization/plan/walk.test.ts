import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customer, PII, piiRules, planOf, refusalsOf, techniques } from './plans.ts';

const node = (more: object = {}): unknown => ({
  type: 'record',
  name: 'Node',
  fields: [
    { name: 'value', type: 'string', ...more },
    { name: 'next', type: ['null', 'Node'] },
  ],
});

test('a recursive record is one program node that points back to itself', () => {
  const plan = planOf(node(PII), { rules: piiRules });
  assert.deepEqual(techniques(plan), { value: 'suppress' });
  assert.deepEqual(plan.program.nodes, [
    {
      op: 'record',
      fields: [
        { node: 1, removed: false },
        { node: 2, removed: false },
      ],
    },
    { op: 'leaf', step: 0 },
    { op: 'union', branches: [3, 0], nullBranch: 0 },
    { op: 'null' },
  ]);
});

test('a mark on the recursive field is another context: expanded once, then closed', () => {
  const schema = {
    type: 'record',
    name: 'Node',
    fields: [
      { name: 'value', type: 'string' },
      { name: 'next', type: ['null', 'Node'], ...PII },
    ],
  };
  const plan = planOf(schema, { rules: { ...piiRules, fields: { value: { technique: 'keep' } } } });
  assert.deepEqual(techniques(plan), { value: 'keep', 'next.value': 'suppress' });
  assert.equal(plan.program.nodes.filter(({ op }) => op === 'record').length, 2);
  assert.match(plan.outputSchema, /"name":"Node_2"/);
});

test('field rules unroll a recursion as far as they tell its levels apart', () => {
  const rules = {
    unclassified: 'suppress',
    fields: { 'next.next.value': { technique: 'keep' } },
  };
  const plan = planOf(node(), { rules });
  assert.deepEqual(techniques(plan), {
    value: 'suppress',
    'next.value': 'suppress',
    'next.next.value': 'keep',
    'next.next.next.value': 'suppress',
  });
  const everywhere = planOf(node(), {
    rules: { fields: { '**.value': { technique: 'suppress' } } },
  });
  assert.equal(everywhere.steps.length, 1);
});

test('records that contain each other through arrays and maps are finite', () => {
  const schema = {
    type: 'record',
    name: 'A',
    fields: [
      {
        name: 'b',
        type: {
          type: 'array',
          items: {
            type: 'record',
            name: 'B',
            fields: [
              { name: 'a', type: { type: 'map', values: 'A' } },
              { name: 'x', type: 'int' },
            ],
          },
        },
      },
    ],
  };
  const plan = planOf(schema, { rules: { unclassified: 'suppress' } });
  assert.deepEqual(techniques(plan), { 'b[].a{key}': 'suppress', 'b[].x': 'suppress' });
});

test('a named type that is used twice is expanded per path', () => {
  const inner = { type: 'record', name: 'In', fields: [{ name: 'x', type: 'int' }] };
  const plan = planOf(customer({ a: inner, b: 'In' }), {
    rules: { fields: { 'a.x': { technique: 'keep' }, 'b.x': { technique: 'suppress' } } },
  });
  assert.deepEqual(techniques(plan), { 'a.x': 'keep', 'b.x': 'suppress' });
});

test('union branches are told apart only where more than one is not null', () => {
  const refund = {
    type: 'record',
    name: 'Refund',
    namespace: 'acme',
    fields: [{ name: 'iban', type: 'string' }],
  };
  const other = { ...refund, namespace: 'other' };
  const payment = { type: 'record', name: 'Payment', fields: [{ name: 'iban', type: 'string' }] };
  const paths = (type: unknown): readonly string[] =>
    planOf(customer({ p: type }), { rules: { unclassified: 'suppress' } }).steps.map(
      ({ path }) => path,
    );
  assert.deepEqual(paths(['null', refund]), ['p.iban']);
  assert.deepEqual(paths([refund]), ['p.iban']);
  assert.deepEqual(paths(['null', refund, payment, 'int']), [
    'p<Refund>.iban',
    'p<Payment>.iban',
    'p<int>',
  ]);
  assert.deepEqual(paths([refund, other]), ['p<acme.Refund>.iban', 'p<other.Refund>.iban']);
  assert.deepEqual(paths(['null', { type: 'array', items: ['int', 'string'] }]), [
    'p[]<int>',
    'p[]<string>',
  ]);
  const plan = planOf(customer({ p: [refund, payment] }), {
    rules: {
      fields: {
        'p<acme.Refund>.iban': { technique: 'keep' },
        'p<Payment>.*': { technique: 'suppress' },
      },
    },
  });
  assert.deepEqual(techniques(plan), { 'p<Refund>.iban': 'keep', 'p<Payment>.iban': 'suppress' });
});

test('a mark on a field reaches all branches, a mark on a branch is nearer', () => {
  const type = ['null', 'int', { type: 'string', 'confluent:tags': ['PUBLIC'] }];
  const plan = planOf(customer({ u: { type, ...PII } }), { rules: piiRules });
  assert.deepEqual(techniques(plan), { 'u<int>': 'suppress', 'u<string>': 'keep' });
});

test('a branch is nullable where null is in the same union', () => {
  const plan = planOf(customer({ u: { type: ['int', 'null', 'string'], ...PII } }), {
    rules: piiRules,
  });
  assert.deepEqual(
    plan.steps.map(({ technique }) => technique),
    [
      { technique: 'suppress', as: 'null' },
      { technique: 'suppress', as: 'null' },
    ],
  );
  const union = plan.program.nodes.find(({ op }) => op === 'union');
  assert.ok(union?.op === 'union' && union.nullBranch === 1 && union.branches.length === 3);
});

test('two branches that would become one type are refused', () => {
  const schema = customer({ u: ['int', 'string'] });
  const rules = {
    fields: {
      'u<int>': { technique: 'pseudonymize', output: 'text' },
      'u<string>': { technique: 'keep' },
    },
  };
  assert.deepEqual(refusalsOf(schema, { rules }), ['UNION_TYPES_COLLIDE u<int>']);
});

const remove = {
  tags: { PII: { technique: 'suppress', as: 'remove' }, PUBLIC: { technique: 'keep' } },
};

test('as: remove takes the whole field out: leaf, nullable leaf, array, map', () => {
  const plan = planOf(
    customer({
      id: { type: 'string', 'confluent:tags': ['PUBLIC'] },
      a: { type: 'string', ...PII },
      b: { type: ['null', 'string'], ...PII },
      c: { type: { type: 'array', items: 'string' }, ...PII },
      d: { type: { type: 'map', values: 'string' }, ...PII },
    }),
    { rules: remove },
  );
  const [root] = plan.program.nodes;
  assert.ok(root?.op === 'record');
  assert.deepEqual(
    root.fields.map(({ removed }) => removed),
    [false, true, true, true, true],
  );
  const output = JSON.parse(plan.outputSchema) as { fields: { name: string }[] };
  assert.deepEqual(
    output.fields.map(({ name }) => name),
    ['id'],
  );
});

test('as: remove is refused where no whole field can go', () => {
  const tagged = (type: string): object => ({ type, ...PII });
  const open = (type: string): object => ({ type, 'confluent:tags': ['PUBLIC'] });
  assert.deepEqual(
    refusalsOf(customer({ u: [tagged('int'), open('string')] }), { rules: remove }),
    ['TECHNIQUE_NOT_APPLICABLE u<int>'],
  );
  assert.deepEqual(refusalsOf(tagged('string'), { rules: remove }), [
    'TECHNIQUE_NOT_APPLICABLE $value',
  ]);
  const map = { type: 'map', values: tagged('string'), lethe: { keys: 'PUBLIC' } };
  assert.deepEqual(refusalsOf(customer({ m: map }), { rules: remove }), [
    'TECHNIQUE_NOT_APPLICABLE m{}',
  ]);
});

test('a map whose keys are removed is written empty, its values are decided all the same', () => {
  const map = { type: 'map', values: 'string', lethe: { keys: 'PII', values: 'PUBLIC' } };
  const plan = planOf(customer({ m: map }), { rules: remove });
  assert.deepEqual(techniques(plan), { 'm{key}': 'suppress', 'm{}': 'keep' });
  assert.ok(plan.program.nodes.some((one) => one.op === 'map' && one.removeEntries));
});

test('map keys are strings and take only what stays one', () => {
  const schema = customer({ m: { type: 'map', values: 'string' } });
  const rules = (technique: object): object => ({
    unclassified: 'suppress',
    fields: { 'm{key}': technique },
  });
  const keep = planOf(schema, { rules: rules({ technique: 'pseudonymize', domain: 'k' }) });
  assert.ok(keep.program.nodes.some((one) => one.op === 'map' && !one.removeEntries));
  assert.deepEqual(
    refusalsOf(schema, { rules: rules({ technique: 'pseudonymize', output: 'bytes' }) }),
    ['TECHNIQUE_NOT_APPLICABLE m{key}'],
  );
});

test('a schema that explodes when expanded per path is refused, not followed', () => {
  const fields = Array.from({ length: 40 }, (_, level) => ({
    name: `level${level}`,
    type: {
      type: 'record',
      name: `R${level}`,
      fields:
        level === 0
          ? [{ name: 'x', type: 'int' }]
          : [
              { name: 'a', type: `R${level - 1}` },
              { name: 'b', type: `R${level - 1}` },
            ],
    },
  }));
  const schema = { type: 'record', name: 'Root', fields };
  const [problem] = refusalsOf(schema, { rules: { unclassified: 'suppress' } });
  assert.match(problem ?? '', /^PLAN_TOO_LARGE level/);
});

test('a chain of records that is deeper than the limit is refused, not followed', () => {
  const fields = Array.from({ length: 10_000 }, (_, level) => ({
    name: `f${level}`,
    type: {
      type: 'record',
      name: `R${level}`,
      fields: level === 0 ? [] : [{ name: 'x', type: `R${level - 1}` }],
    },
  }));
  const schema = { type: 'record', name: 'Root', fields: [...fields.slice(0, -1), fields.at(-1)] };
  const limits = { plan: { nodes: 100_000_000, depth: 200 } };
  assert.match(refusalsOf(schema, { limits })[0] ?? '', /^PLAN_TOO_LARGE /);
});

test('attributes around a union are marks of its place, with one branch or several', () => {
  const wrapped = (...types: string[]): unknown => ({
    type: 'array',
    items: { type: types, 'confluent:tags': ['PII'] },
  });
  const plan = planOf(customer({ a: wrapped('null', 'int'), b: wrapped('int', 'string') }), {
    rules: piiRules,
  });
  assert.deepEqual(techniques(plan), {
    'a[]': 'suppress',
    'b[]<int>': 'suppress',
    'b[]<string>': 'suppress',
  });
});

test('the time of a compilation grows with the schema, not with its square', () => {
  const fields = (count: number): unknown =>
    customer(
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, 'string'])),
    );
  const seconds = (count: number): number => {
    const started = performance.now();
    planOf(fields(count), { rules: { unclassified: 'suppress' } });
    return (performance.now() - started) / 1000;
  };
  seconds(1000);
  // Measured at a third of a second; quadratic it was half a minute.
  assert.ok(seconds(15_000) < 10);
});
