import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDefaultOf } from '../../../src/anonymization/schema/avro-default.ts';
import { parseAvroSchema } from '../../../src/anonymization/schema/avro.ts';

function valid(schema: unknown, value: unknown): boolean {
  return isDefaultOf(parseAvroSchema(JSON.stringify(schema)).root, value);
}

const record = {
  type: 'record',
  name: 'R',
  fields: [
    { name: 'a', type: 'int' },
    { name: 'b', type: 'string', default: 'x' },
  ],
};

test('defaults that every reader accepts', () => {
  for (const [schema, value] of [
    ['int', -(2 ** 31)],
    ['long', 2 ** 40],
    ['double', 1.5],
    ['bytes', '\u00ff'],
    [{ type: 'fixed', name: 'F', size: 2 }, '\u0000\u00ff'],
    [{ type: 'enum', name: 'E', symbols: ['A'] }, 'A'],
    [{ type: 'array', items: 'int' }, [1, 2]],
    [{ type: 'map', values: 'int' }, { x: 1 }],
    [record, { a: 1 }],
    [['null', 'int'], null],
  ])
    assert.ok(valid(schema, value), JSON.stringify([schema, value]));
});

test('defaults that some reader refuses', () => {
  for (const [schema, value] of [
    ['null', 0],
    ['boolean', 0],
    ['int', 2 ** 31],
    ['int', 1.5],
    ['int', '1'],
    ['long', 2 ** 60],
    ['float', '1'],
    ['string', 1],
    ['bytes', '\u0100'],
    ['bytes', 1],
    [{ type: 'fixed', name: 'F', size: 2 }, 'x'],
    [{ type: 'fixed', name: 'F', size: 2 }, 2],
    [{ type: 'enum', name: 'E', symbols: ['A'] }, 'B'],
    [{ type: 'enum', name: 'E', symbols: ['A'] }, 1],
    [{ type: 'array', items: 'int' }, {}],
    [{ type: 'array', items: 'int' }, ['x']],
    [{ type: 'map', values: 'int' }, []],
    [{ type: 'map', values: 'int' }, { x: 'y' }],
    [record, { b: 'y' }],
    [record, { a: 'x' }],
    [record, null],
    [['null', 'int'], 1],
  ])
    assert.ok(!valid(schema, value), JSON.stringify([schema, value]));
});
