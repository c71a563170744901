import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neutralDefault } from '../../../src/anonymization/plan/neutral-default.ts';
import { isDefaultOf } from '../../../src/anonymization/schema/avro-default.ts';
import { parseAvroSchema } from '../../../src/anonymization/schema/avro.ts';
import { planOf } from './plans.ts';

function neutral(schema: unknown): unknown {
  const plan = planOf(schema, { rules: { unclassified: 'pass' } });
  return neutralDefault(
    { ...plan.program, steps: plan.steps, fieldName: (_, field) => `f${field}` },
    plan.program.root,
  );
}

test('every type has an empty value, and it is a valid default', () => {
  const cases: readonly (readonly [unknown, unknown])[] = [
    ['null', null],
    ['boolean', false],
    ['int', 0],
    ['long', 0],
    ['float', 0],
    ['double', 0],
    ['string', ''],
    [{ type: 'string', logicalType: 'uuid' }, '00000000-0000-0000-0000-000000000000'],
    ['bytes', ''],
    [{ type: 'bytes', logicalType: 'decimal', precision: 3 }, '\u0000'],
    [{ type: 'fixed', name: 'F', size: 3 }, '\u0000\u0000\u0000'],
    [{ type: 'enum', name: 'E', symbols: ['A', 'B'] }, 'A'],
    [{ type: 'array', items: 'int' }, []],
    [{ type: 'map', values: 'int' }, {}],
    [['null', 'int'], null],
    [['int', 'null'], 0],
    [
      {
        type: 'record',
        name: 'R',
        fields: [
          { name: 'f0', type: 'int' },
          { name: 'f1', type: ['null', 'R'] },
        ],
      },
      { f0: 0, f1: null },
    ],
  ];
  for (const [schema, expected] of cases) {
    assert.deepEqual(neutral(schema), expected);
    assert.ok(
      isDefaultOf(parseAvroSchema(JSON.stringify(schema)).root, expected),
      JSON.stringify(schema),
    );
  }
});

test('a record that needs itself has none', () => {
  const endless = { type: 'record', name: 'R', fields: [{ name: 'f0', type: ['R', 'null'] }] };
  assert.equal(neutral(endless), undefined);
});
