import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sameWire } from '../../../../src/anonymization/formats/avro/same-wire.ts';
import { parseAvroSchema } from '../../../../src/anonymization/schema/avro.ts';

function same(one: unknown, other: unknown): boolean {
  const parse = (schema: unknown) => parseAvroSchema(JSON.stringify(schema)).root;
  return sameWire(parse(one), parse(other));
}

function record(type: unknown, name = 'R', field = 'f'): unknown {
  return { type: 'record', name, fields: [{ name: field, type }] };
}

describe('sameWire', () => {
  test('looks past annotations, documentation, defaults and logical types', () => {
    const plain = record({ type: 'array', items: ['null', { type: 'map', values: 'long' }] });
    const annotated = {
      ...(record({
        type: 'array',
        lethe: 'TAG',
        items: ['null', { type: 'map', values: { type: 'long', logicalType: 'timestamp-millis' } }],
      }) as object),
      doc: 'text',
    };
    assert.ok(same(plain, annotated));
  });

  test('ends on recursive schemas', () => {
    assert.ok(same(record(['null', 'R']), record(['null', 'R'])));
    assert.ok(!same(record(['null', 'R']), record(['R', 'null'])));
  });

  test('tells types, names, sizes and symbols apart', () => {
    const fixed = (name: string, size: number) => ({ type: 'fixed', name, size });
    const symbols = (...given: string[]) => ({ type: 'enum', name: 'E', symbols: given });
    const types = [
      'string',
      'bytes',
      { type: 'array', items: 'string' },
      { type: 'map', values: 'string' },
      { type: 'map', values: 'bytes' },
      ['null', 'string'],
      ['null'],
      fixed('F', 1),
      fixed('F', 2),
      fixed('G', 1),
      symbols('A'),
      symbols('B'),
      symbols('A', 'B'),
      record('string', 'Inner'),
      record('string', 'Other'),
      record('string', 'Inner', 'g'),
      record('bytes', 'Inner'),
      { type: 'record', name: 'Inner', fields: [] },
    ];
    for (const [index, one] of types.entries()) {
      for (const [position, other] of types.entries()) {
        assert.equal(same(record(one), record(other)), index === position, `${index} ${position}`);
      }
    }
  });
});
