import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { LinesOptions } from '../../../../src/anonymization/formats/avro/json-lines.ts';
import { applyJsonLines } from '../../../../src/anonymization/formats/avro/json-lines.ts';
import { GrowingBytes } from '../../../../src/anonymization/formats/avro/growing-bytes.ts';
import { JsonDecoder } from '../../../../src/anonymization/formats/avro/json-decode.ts';
import { encodeJson } from '../../../../src/anonymization/formats/avro/json-encode.ts';
import { parseJson } from '../../../../src/anonymization/formats/avro/json-text.ts';
import { parseAvroSchema } from '../../../../src/anonymization/schema/avro.ts';
import { parseRules } from '../../../../src/anonymization/rules/parse-rules.ts';
import { arbitrarySchema } from '../../schema/arbitrary-schema.ts';
import { arbitraryValue } from '../../schema/arbitrary-value.ts';
import { avscType } from './avsc-types.ts';
import { keys } from './engine.ts';

const keepAll = parseRules({ unclassified: 'pass' });

function record(types: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(types).map(([name, type]) => ({ name, type }));
  return JSON.stringify({ type: 'record', name: 'R', fields });
}

async function apply(
  schema: string,
  input: string | Buffer,
  options: Partial<LinesOptions> = {},
  size = 5,
) {
  const bytes = Buffer.from(input as string);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  let text = '';
  const reports: string[] = [];
  const summary = await applyJsonLines(
    Readable.from(chunks),
    (chunk) => {
      text += Buffer.from(chunk).toString();
      return Promise.resolve();
    },
    {
      schema: { text: schema },
      rules: keepAll,
      keys,
      onOutcome: ({ record: index, code, path }) => reports.push(`${index} ${code} ${path}`),
      ...options,
    },
  );
  return { lines: text.split('\n').slice(0, -1), summary, reports };
}

describe('applyJsonLines', () => {
  test('keeps 64-bit integers, bytes, unions and odd numbers as they are', async () => {
    const schema = record({
      l: 'long',
      d: ['null', 'double'],
      b: 'bytes',
      x: { type: 'fixed', name: 'X', size: 2 },
      e: { type: 'enum', name: 'E', symbols: ['A', 'B'] },
      m: { type: 'map', values: ['null', 'float', { type: 'array', items: 'int' }] },
      z: 'boolean',
      n: 'null',
    });
    const lines = [
      '{"l":9223372036854775807,"d":{"double":-0.0},"b":"\\u0000ÿ","x":"ab","e":"B","m":{"__proto__":{"array":[1,-2]},"k":null},"z":true,"n":null}',
      '{"l":-9007199254740993,"d":{"double":"NaN"},"b":"","x":"\\u0000é","e":"A","m":{"k":{"float":"-Infinity"}},"z":false,"n":null}',
      '{"l":0,"d":{"double":1e+30},"b":"","x":"..","e":"A","m":{},"z":false,"n":null}',
    ];
    const result = await apply(schema, lines.join('\r\n'));
    assert.deepEqual(result.reports, []);
    assert.deepEqual(result.lines, lines);
  });

  test('takes values of any length', async () => {
    const line = JSON.stringify({ s: 'x'.repeat(5000), b: 'y'.repeat(100_000) });
    const { lines } = await apply(record({ s: 'string', b: 'bytes' }), line, {}, 4096);
    assert.deepEqual(lines, [line]);
  });

  test('takes whole numbers of any length for reals', async () => {
    const { lines } = await apply(record({ d: 'double' }), '{"d":12345678901234567890}');
    assert.deepEqual(lines, ['{"d":12345678901234567000}']);
  });

  test('rewrites by the rules', async () => {
    const schema = record({ name: 'string', age: ['null', 'int'] });
    const rules = parseRules({
      fields: { name: { technique: 'mask', keepFirst: 1 }, age: { technique: 'suppress' } },
    });
    const input = '{"name":"Anna","age":{"int":7}}\n\n  \n{"name":"Bob","age":null}';
    const { lines, summary } = await apply(schema, input, { rules });
    assert.deepEqual(lines, ['{"name":"A***","age":null}', '{"name":"B**","age":null}']);
    assert.deepEqual(summary, { records: 2, written: 2, dropped: 0, quarantined: {} });
  });

  test('quarantines each bad line for its own reason, and goes on', async () => {
    const schema = record({
      s: 'string',
      i: 'int',
      e: { type: 'enum', name: 'E', symbols: ['A'] },
      u: ['null', 'string'],
    });
    const good = '{"s":"x","i":1,"e":"A","u":null}';
    const bad: readonly (readonly [string, string])[] = [
      ['{"s":', 'JSON_INVALID'],
      ['{"s":1,"i":1,"e":"A","u":null}', 'VALUE_TYPE_MISMATCH'],
      ['{"i":1,"e":"A","u":null}', 'VALUE_TYPE_MISMATCH'],
      ['{"s":"x","i":2147483648,"e":"A","u":null}', 'VALUE_TYPE_MISMATCH'],
      ['{"s":"x","i":1.5,"e":"A","u":null}', 'VALUE_TYPE_MISMATCH'],
      ['{"s":"\\ud800","i":1,"e":"A","u":null}', 'VALUE_TYPE_MISMATCH'],
      ['{"s":"x","i":1,"e":"Z","u":null}', 'ENUM_INDEX_UNKNOWN'],
      ['{"s":"x","i":1,"e":"A","u":{"int":1}}', 'UNION_BRANCH_UNKNOWN'],
      ['{"s":"x","i":1,"e":"A","u":{"string":"a","null":null}}', 'VALUE_TYPE_MISMATCH'],
      ['{"s":"x","i":1,"e":"A","u":"bare"}', 'VALUE_TYPE_MISMATCH'],
      ['[]', 'VALUE_TYPE_MISMATCH'],
      ['['.repeat(100_000), 'JSON_INVALID'],
      [`${'['.repeat(50_000)}${']'.repeat(50_000)}`, 'RECORD_TOO_DEEP'],
      [`{"s":"${'x'.repeat(1_300_000)}","i":1,"e":"A","u":null}`, 'RECORD_TOO_LARGE'],
    ];
    const input = [good, ...bad.map(([line]) => line), good].join('\n');
    const limits = { recordBytes: 200_000 };
    const { lines, reports, summary } = await apply(schema, input, { limits }, 65_536);
    assert.deepEqual(lines, [good, good]);
    assert.deepEqual(
      reports,
      bad.map(([, code], index) => `${index + 1} ${code} `),
    );
    assert.equal(summary.written, 2);
  });

  test('quarantines a line that is not UTF-8', async () => {
    const line = Buffer.from([...Buffer.from('{"s":"'), 0xff, ...Buffer.from('"}')]);
    const { reports } = await apply(record({ s: 'string' }), line);
    assert.deepEqual(reports, ['0 STRING_NOT_UTF8 ']);
  });

  test('refuses values of the wrong kind for each type', async () => {
    const wrong: readonly (readonly [unknown, string])[] = [
      ['null', '0'],
      ['boolean', '0'],
      ['long', '"1"'],
      ['long', '9223372036854775808'],
      ['float', '"one"'],
      ['bytes', '"\u0100"'],
      [{ type: 'fixed', name: 'F', size: 2 }, '"abc"'],
      [{ type: 'array', items: 'int' }, '{}'],
      [{ type: 'map', values: 'int' }, '[]'],
      [['null', 'int'], '{}'],
    ];
    for (const [type, json] of wrong) {
      const { reports } = await apply(record({ v: type }), `{"v":${json}}`);
      assert.deepEqual(reports, ['0 VALUE_TYPE_MISMATCH '], json);
    }
  });

  test('stops at the depth limit on recursive values', async () => {
    const schema = record({ next: ['null', 'R'] });
    const deep = `${'{"next":{"R":'.repeat(40)}{"next":null}${'}}'.repeat(40)}`;
    assert.equal((await apply(schema, deep)).summary.written, 1);
    const { reports } = await apply(schema, deep, { limits: { depth: 20 } });
    assert.deepEqual(reports, ['0 RECORD_TOO_DEEP ']);
  });

  test('drops and reports more lines than one batch holds', async () => {
    const schema = record({ s: 'string', drop: ['null', 'int'] });
    const rules = parseRules({
      unclassified: 'pass',
      fields: { drop: { technique: 'drop-record' } },
    });
    const input = Array.from(
      { length: 3000 },
      (_, index) => `{"s":"${index}","drop":${index % 10 === 0 ? '{"int":1}' : 'null'}}`,
    ).join('\n');
    const seen: number[] = [];
    const { summary, lines } = await apply(
      schema,
      input,
      { rules, onProgress: ({ records }) => seen.push(records) },
      10_000,
    );
    assert.deepEqual(summary, { records: 3000, written: 2700, dropped: 300, quarantined: {} });
    assert.equal(lines.length, 2700);
    assert.ok(seen.length >= 3);
  });

  test('encodes as avsc does, and decodes what it encoded', () => {
    const samples = arbitrarySchema().chain((schema) =>
      arbitraryValue(parseAvroSchema(schema).root, 4).map((value) => ({ schema, value })),
    );
    fc.assert(
      fc.property(samples, ({ schema, value }) => {
        const { root } = parseAvroSchema(schema);
        const bytes = avscType(schema).toBuffer(value);
        const text = new JsonDecoder(root).decode(bytes, 0);
        const into = new GrowingBytes();
        encodeJson(root, parseJson(text), into, 64);
        assert.deepEqual(Buffer.from(into.written()), bytes);
      }),
      { numRuns: 300 },
    );
  });
});
