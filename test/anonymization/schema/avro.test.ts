import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAvroSchema } from '../../../src/anonymization/schema/avro.ts';
import { defaultSchemaLimits } from '../../../src/anonymization/schema/json-text.ts';
import { SchemaError } from '../../../src/anonymization/schema/schema-error.ts';
import type { RecordNode, SchemaNode } from '../../../src/anonymization/schema/tree.ts';
import { arbitrarySchema } from './arbitrary-schema.ts';

function parse(schema: unknown, references: { name: string; text: string }[] = []): SchemaNode {
  return parseAvroSchema(JSON.stringify(schema), references).root;
}

function record(node: SchemaNode | undefined): RecordNode {
  assert.equal(node?.kind, 'record');
  return node;
}

function refusal(run: () => unknown): SchemaError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof SchemaError, String(error));
    assert.ok(error.problems.length > 0);
    return error;
  }
  return assert.fail('the schema was accepted');
}

function codes(schema: unknown): readonly string[] {
  return refusal(() => parse(schema)).problems.map(({ code, path }) => `${code} ${path}`);
}

const of = (...types: unknown[]): unknown => ({
  type: 'record',
  name: 'R',
  fields: types.map((type, index) => ({ name: `f${index}`, type })),
});

test('a name with a dot is full, a namespace is inherited, and an empty one leaves it', () => {
  const root = record(
    parse({
      type: 'record',
      name: 'acme.user.Customer',
      namespace: 'ignored',
      fields: [
        { name: 'a', type: { type: 'record', name: 'Address', fields: [] } },
        { name: 'b', type: { type: 'fixed', name: 'F', namespace: 'other', size: 3 } },
        { name: 'c', type: { type: 'enum', name: 'E', namespace: '', symbols: ['X'] } },
        { name: 'd', type: 'Address' },
        { name: 'e', type: 'other.F' },
      ],
    }),
  );
  assert.equal(root.name, 'acme.user.Customer');
  const [a, b, c, d, e] = root.fields.map(({ type }) => type);
  assert.equal(record(a).name, 'acme.user.Address');
  assert.ok(b?.kind === 'leaf' && b.type.kind === 'fixed' && b.type.name === 'other.F');
  assert.ok(c?.kind === 'leaf' && c.type.kind === 'enum' && c.type.name === 'E');
  assert.equal(d, a);
  assert.equal(e, b);
});

test('a recursive schema is a cyclic graph', () => {
  const root = record(
    parse({ type: 'record', name: 'Node', fields: [{ name: 'next', type: ['null', 'Node'] }] }),
  );
  const next = root.fields[0]?.type;
  assert.ok(next?.kind === 'union');
  assert.equal(next.branches[1]?.type, root);
  assert.deepEqual(
    next.branches.map(({ name }) => name),
    ['null', 'Node'],
  );
});

test('an error is a record, order and aliases change nothing, defaults and custom attributes are kept', () => {
  const root = record(
    parse({
      type: 'error',
      name: 'Failure',
      aliases: ['Old'],
      custom: { deep: [1] },
      fields: [
        { name: 'f', type: 'string', default: 'x', order: 'ignore', 'confluent:tags': ['PII'] },
      ],
    }),
  );
  assert.deepEqual(root.attributes['custom'], { deep: [1] });
  assert.equal(root.fields[0]?.default, 'x');
  assert.deepEqual(root.fields[0].attributes['confluent:tags'], ['PII']);
});

test('valid logical types are known, invalid ones fall back to the base type', () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [{ type: 'int', logicalType: 'date' }, 'date'],
    [{ type: 'long', logicalType: 'date' }, ''],
    [{ type: 'int', logicalType: 'time-millis' }, 'time-millis'],
    [{ type: 'long', logicalType: 'time-micros' }, 'time-micros'],
    [{ type: 'long', logicalType: 'timestamp-nanos' }, 'timestamp-nanos'],
    [{ type: 'long', logicalType: 'local-timestamp-micros' }, 'local-timestamp-micros'],
    [{ type: 'string', logicalType: 'uuid' }, 'uuid'],
    [{ type: 'bytes', logicalType: 'uuid' }, ''],
    [{ type: 'fixed', name: 'A', size: 16, logicalType: 'uuid' }, 'uuid'],
    [{ type: 'fixed', name: 'B', size: 15, logicalType: 'uuid' }, ''],
    [{ type: 'fixed', name: 'C', size: 12, logicalType: 'duration' }, 'duration'],
    [{ type: 'fixed', name: 'D', size: 11, logicalType: 'duration' }, ''],
    [{ type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 }, 'decimal'],
    [{ type: 'bytes', logicalType: 'decimal', precision: 4 }, 'decimal'],
    [{ type: 'bytes', logicalType: 'decimal', precision: 0 }, ''],
    [{ type: 'bytes', logicalType: 'decimal', precision: 2, scale: 3 }, ''],
    [{ type: 'bytes', logicalType: 'decimal', precision: 2.5 }, ''],
    [{ type: 'string', logicalType: 'decimal', precision: 2 }, ''],
    // floor(log10(2^(8·2 - 1) - 1)) = 4 digits fit two bytes.
    [{ type: 'fixed', name: 'G', size: 2, logicalType: 'decimal', precision: 4 }, 'decimal'],
    [{ type: 'fixed', name: 'H', size: 2, logicalType: 'decimal', precision: 5 }, ''],
    [{ type: 'string', logicalType: 'made-up' }, ''],
    [{ type: 'string', logicalType: 7 }, ''],
  ];
  for (const [schema, expected] of cases) {
    const root = parse(schema);
    assert.ok(root.kind === 'leaf');
    const logical = 'logical' in root.type ? root.type.logical.name : '';
    assert.equal(logical, expected, JSON.stringify(schema));
  }
});

test('an object that wraps or refers to a type keeps its attributes for that use only', () => {
  const root = record(
    parse(
      of(
        { type: 'record', name: 'A', fields: [{ name: 'x', type: 'int' }] },
        { type: 'A', lethe: 'PII' },
        { type: { type: 'string' }, lethe: 'EMAIL' },
        'A',
      ),
    ),
  );
  const [first, marked, wrapped, last] = root.fields.map(({ type }) => type);
  assert.equal(first?.wrappers, undefined);
  assert.equal(marked?.wrappers?.[0]?.['lethe'], 'PII');
  assert.equal(record(marked).fields, record(first).fields);
  assert.equal(wrapped?.wrappers?.[0]?.['lethe'], 'EMAIL');
  assert.equal(last, first);
});

test('types of references are found in any order, by any name they declare', () => {
  const references = [
    {
      name: 'order',
      text: JSON.stringify({
        type: 'record',
        name: 'Order',
        namespace: 'acme',
        fields: [{ name: 'to', type: 'acme.geo.Address' }],
      }),
    },
    {
      name: 'address',
      text: JSON.stringify({
        type: 'record',
        name: 'acme.geo.Address',
        fields: [{ name: 'country', type: { type: 'enum', name: 'Country', symbols: ['DE'] } }],
      }),
    },
  ];
  const schema = {
    type: 'record',
    name: 'Root',
    fields: [
      { name: 'order', type: 'acme.Order' },
      { name: 'country', type: 'acme.geo.Country' },
    ],
  };
  const { root, names, documents } = parseAvroSchema(JSON.stringify(schema), references);
  assert.equal(record(record(root).fields[0]?.type).name, 'acme.Order');
  assert.deepEqual([...names.keys()].sort(), [
    'Root',
    'acme.Order',
    'acme.geo.Address',
    'acme.geo.Country',
  ]);
  assert.equal(documents.length, 3);
});

test('a reference that needs a later part of one that is still being read is refused', () => {
  const text = (name: string, ...types: unknown[]): string =>
    JSON.stringify({
      type: 'record',
      name,
      fields: types.map((type, index) => ({ name: `f${index}`, type })),
    });
  const late = { type: 'record', name: 'Late', fields: [] };
  const error = refusal(() =>
    parse('A', [
      { name: 'a', text: text('A', 'B', late) },
      { name: 'b', text: text('B', 'Late') },
    ]),
  );
  assert.deepEqual(
    error.problems.map(({ code }) => code),
    ['SCHEMA_REFERENCE_CYCLE', 'SCHEMA_TYPE_UNKNOWN'],
  );
  const mutual = [
    { name: 'a', text: text('A', ['null', 'B']) },
    { name: 'b', text: text('B', ['null', 'A']) },
  ];
  assert.equal(record(parse('A', mutual)).name, 'A');
});

test('what is wrong is named by code and path', () => {
  assert.deepEqual(codes(of('strin')), ['SCHEMA_TYPE_UNKNOWN f0']);
  assert.deepEqual(codes(of('acme.Later')), ['SCHEMA_TYPE_UNKNOWN f0']);
  assert.deepEqual(codes(of(7)), ['SCHEMA_SHAPE_INVALID f0']);
  assert.deepEqual(codes(of({})), ['SCHEMA_SHAPE_INVALID f0']);
  assert.deepEqual(codes(of({ type: 'array' })), ['SCHEMA_SHAPE_INVALID f0[]']);
  assert.deepEqual(codes(of({ type: 'map', values: 'x' })), ['SCHEMA_TYPE_UNKNOWN f0{}']);
  assert.deepEqual(codes(of([])), ['SCHEMA_UNION_INVALID f0']);
  assert.deepEqual(codes(of(['int', 'int'])), ['SCHEMA_UNION_INVALID f0<1>']);
  assert.deepEqual(codes(of(['int', ['null', 'string']])), ['SCHEMA_UNION_INVALID f0<1>']);
  assert.deepEqual(codes(of(['int', { type: 'int', logicalType: 'date' }])), [
    'SCHEMA_UNION_INVALID f0<1>',
  ]);
  assert.deepEqual(codes({ type: 'record', name: 'R' }), ['SCHEMA_SHAPE_INVALID ']);
  assert.deepEqual(codes({ type: 'record', name: '1R', fields: [] }), ['SCHEMA_NAME_INVALID ']);
  assert.deepEqual(codes({ type: 'record', name: 'a.int', fields: [] }), ['SCHEMA_NAME_INVALID ']);
  assert.deepEqual(codes({ type: 'record', name: 'R', namespace: '1', fields: [] }), [
    'SCHEMA_NAME_INVALID ',
  ]);
  assert.deepEqual(
    codes({ type: 'record', name: 'R', fields: [{ name: 'a-b', type: 'int' }, 5, { name: 'c' }] }),
    ['SCHEMA_NAME_INVALID .fields[0]', 'SCHEMA_NAME_INVALID .fields[1]', 'SCHEMA_SHAPE_INVALID c'],
  );
  assert.deepEqual(
    codes({
      type: 'record',
      name: 'R',
      fields: [
        { name: 'a', type: 'int' },
        { name: 'a', type: 'int' },
      ],
    }),
    ['SCHEMA_NAME_DUPLICATE .a'],
  );
  assert.deepEqual(codes(of({ type: 'record', name: 'R', fields: [] })), [
    'SCHEMA_NAME_DUPLICATE f0',
  ]);
  for (const symbols of [undefined, [], ['a-b'], [1], ['A', 'A']])
    assert.deepEqual(codes({ type: 'enum', name: 'E', symbols }), ['SCHEMA_ENUM_INVALID ']);
  assert.deepEqual(codes({ type: 'enum', name: 'E', symbols: ['A'], default: 'B' }), [
    'SCHEMA_ENUM_INVALID ',
  ]);
  for (const size of [undefined, -1, 1.5, '4', 2 ** 31])
    assert.deepEqual(codes({ type: 'fixed', name: 'F', size }), ['SCHEMA_FIXED_INVALID ']);
});

test('hostile texts are refused, never by a stack overflow', () => {
  const deep = (open: string, close: string, inner = '"int"'): string =>
    open.repeat(100_000) + inner + close.repeat(100_000);
  const texts: readonly (readonly [string, string])[] = [
    [deep('[', ']'), 'SCHEMA_TOO_DEEP'],
    [deep('{"type":"array","items":', '}'), 'SCHEMA_TOO_DEEP'],
    [deep('{"type":', '}'), 'SCHEMA_TOO_DEEP'],
    [`{"type":"string","doc":${deep('[', ']', '')}}`, 'SCHEMA_TOO_DEEP'],
    [
      `{"type":"array","items":${'{"type":"array","items":'.repeat(300)}"int"${'}'.repeat(301)}`,
      'SCHEMA_TOO_DEEP',
    ],
    ['['.repeat(10_000), 'SCHEMA_TOO_DEEP'],
    [`"${'x'.repeat(defaultSchemaLimits.textLength)}"`, 'SCHEMA_TOO_LARGE'],
    ['', 'SCHEMA_NOT_JSON'],
    ['{"type":', 'SCHEMA_NOT_JSON'],
    ['\u0000', 'SCHEMA_NOT_JSON'],
    [`"${'x'.repeat(100_000)}"`, 'SCHEMA_TYPE_UNKNOWN'],
  ];
  for (const [text, code] of texts) {
    const error = refusal(() => parseAvroSchema(text));
    assert.equal(error.code, code);
    assert.ok(error.message.length < 1000);
  }
  const half = JSON.stringify('x'.repeat(defaultSchemaLimits.textLength / 2));
  assert.equal(
    refusal(() => parseAvroSchema(half, [{ name: 'r', text: half }])).code,
    'SCHEMA_TOO_LARGE',
  );
});

test('names like __proto__ and constructor are names like any other', () => {
  const schema =
    '{"type":"record","name":"__proto__","fields":[{"name":"__proto__","type":"int"},{"name":"constructor","type":["null","__proto__"]}]}';
  const root = record(parseAvroSchema(schema).root);
  assert.equal(root.name, '__proto__');
  assert.deepEqual(
    root.fields.map(({ name }) => name),
    ['__proto__', 'constructor'],
  );
  assert.equal(refusal(() => parse('constructor')).code, 'SCHEMA_TYPE_UNKNOWN');
  assert.equal(refusal(() => parse({ type: '__proto__' })).code, 'SCHEMA_TYPE_UNKNOWN');
});

test('a schema with thousands of problems lists a bounded number', () => {
  const error = refusal(() => parse(of(...new Array<string>(5000).fill('nope'))));
  assert.equal(error.problems.length, 200);
});

test('mutated schemas give a tree or a SchemaError, nothing else', () => {
  let parsed = 0;
  let seed = 0;
  const mutate = (text: string, choices: readonly number[]): string => {
    const bytes = Buffer.from(text);
    for (const choice of choices) {
      const at = choice % bytes.length;
      bytes[at] =
        (choice >>> 8) % 3 === 0 ? (choice >>> 16) & 0xff : bytes[(choice >>> 12) % bytes.length]!;
    }
    return bytes.toString('utf8');
  };
  fc.assert(
    fc.property(
      arbitrarySchema({ tags: ['A'] }),
      fc.array(fc.array(fc.nat(), { minLength: 1, maxLength: 4 }), {
        minLength: 100,
        maxLength: 100,
      }),
      (text, mutations) => {
        for (const choices of mutations) {
          seed++;
          try {
            parseAvroSchema(mutate(text, choices));
            parsed++;
          } catch (error) {
            assert.ok(error instanceof SchemaError, String(error));
          }
        }
      },
    ),
    { numRuns: 200 },
  );
  assert.ok(seed >= 20_000);
  assert.ok(parsed > 0 && parsed < seed, 'mutations hit and miss');
});
