import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { op } from '../../../../src/anonymization/formats/avro/instructions.ts';
import { linkAvro } from '../../../../src/anonymization/formats/avro/rewriter.ts';
import type { OutcomeCode } from '../../../../src/anonymization/outcomes.ts';
import { compile } from '../../../../src/anonymization/plan/compile.ts';
import { parseRules } from '../../../../src/anonymization/rules/parse-rules.ts';
import { keys, limits, rewriteAll } from './engine.ts';

/** Two ways through the gatherer: values are passed over, or gathered. */
const manners = ['keep', 'replace'] as const;

type Manner = (typeof manners)[number];

function rewriterOf(schema: unknown, manner: Manner, own: Partial<typeof limits> = {}) {
  const rules = manner === 'keep' ? { unclassified: 'pass' } : { unclassified: 'suppress' };
  const plan = compile({ schema: JSON.stringify(schema), rules: parseRules(rules) });
  return linkAvro(plan, keys, { ...limits, ...own });
}

function record(type: unknown): unknown {
  return { type: 'record', name: 'R', fields: [{ name: 'f', type }] };
}

const longMax = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
const huge = [...new Array<number>(9).fill(0xfe), 0x01];
const array = { type: 'array', items: 'string' };
const map = { type: 'map', values: 'long' };

/** Type, bytes, and what the record must be quarantined for. */
const hostile: readonly (readonly [string, unknown, readonly number[], OutcomeCode])[] = [
  ['an empty record where a string is due', 'string', [], 'RECORD_TRUNCATED'],
  ['a string that ends early', 'string', [8, 65, 65], 'RECORD_TRUNCATED'],
  ['a string of negative length', 'string', [1], 'LENGTH_NEGATIVE'],
  [
    'a string of very negative length',
    'string',
    [...new Array<number>(9).fill(0xff), 0x01],
    'LENGTH_NEGATIVE',
  ],
  ['a string of a length beyond 32 bits', 'string', huge, 'RECORD_TRUNCATED'],
  ['a string of the longest length', 'string', longMax, 'RECORD_TRUNCATED'],
  ['a length of eleven bytes', 'string', new Array<number>(11).fill(0x80), 'VARINT_TOO_LONG'],
  ['a length that ends early', 'string', [0x80], 'RECORD_TRUNCATED'],
  ['text that is not UTF-8', 'string', [4, 0xc3, 0x28], 'STRING_NOT_UTF8'],
  ['text cut in a character', 'string', [2, 0xc3], 'STRING_NOT_UTF8'],
  [
    'text with a late bad byte',
    'string',
    [18, 65, 65, 65, 65, 65, 65, 65, 65, 0xff],
    'STRING_NOT_UTF8',
  ],
  ['bytes of negative length', 'bytes', [3], 'LENGTH_NEGATIVE'],
  ['bytes that end early', 'bytes', [4, 1], 'RECORD_TRUNCATED'],
  ['bytes after the value', 'string', [2, 65, 65], 'RECORD_TRAILING_BYTES'],
  ['an int of six bytes', 'int', [0x80, 0x80, 0x80, 0x80, 0x80, 0x01], 'VARINT_TOO_LONG'],
  ['an int beyond 32 bits', 'int', [0xff, 0xff, 0xff, 0xff, 0x1f], 'VALUE_TYPE_MISMATCH'],
  ['an int that ends early', 'int', [0x80], 'RECORD_TRUNCATED'],
  ['a long of eleven bytes', 'long', new Array<number>(11).fill(0x80), 'VARINT_TOO_LONG'],
  ['a long beyond 64 bits', 'long', [...new Array<number>(9).fill(0x80), 0x02], 'VARINT_TOO_LONG'],
  ['a long that ends early', 'long', [0x80, 0x80], 'RECORD_TRUNCATED'],
  ['a float that ends early', 'float', [1, 2, 3], 'RECORD_TRUNCATED'],
  ['a double that ends early', 'double', [1, 2, 3, 4, 5, 6, 7], 'RECORD_TRUNCATED'],
  ['a fixed that ends early', { type: 'fixed', name: 'F', size: 4 }, [1, 2, 3], 'RECORD_TRUNCATED'],
  ['a boolean of 2', 'boolean', [2], 'BOOLEAN_INVALID'],
  ['a missing boolean', 'boolean', [], 'RECORD_TRUNCATED'],
  ['an array that is not there', array, [], 'RECORD_TRUNCATED'],
  ['an array without end', array, [2, 2, 65], 'RECORD_TRUNCATED'],
  ['an array of 2^60 items', array, huge, 'RECORD_TOO_MANY_ITEMS'],
  ['a block count that ends early', array, [0x80], 'RECORD_TRUNCATED'],
  ['a block size that ends early', array, [1, 0x80], 'RECORD_TRUNCATED'],
  ['a block of negative size', array, [1, 1, 2, 65, 0], 'LENGTH_NEGATIVE'],
  ['a map with a bad key', map, [2, 2, 0xff, 0, 0], 'STRING_NOT_UTF8'],
  [
    'a map with a bad value',
    map,
    [2, 2, 65, ...new Array<number>(11).fill(0x80)],
    'VARINT_TOO_LONG',
  ],
  ['a union branch that is not there', ['null', 'string'], [4], 'UNION_BRANCH_UNKNOWN'],
  ['a negative union branch', ['null', 'string'], [1], 'UNION_BRANCH_UNKNOWN'],
  ['a union branch beyond 32 bits', ['null', 'string'], huge, 'VARINT_TOO_LONG'],
  ['a missing union branch', ['null', 'string'], [], 'RECORD_TRUNCATED'],
];

describe('the gatherer', () => {
  for (const manner of manners) {
    for (const [what, type, bytes, code] of hostile) {
      test(`quarantines ${what} (${manner}) and nothing else`, () => {
        const rewriter = rewriterOf(record(type), manner);
        const [alone] = rewriteAll(rewriter, [Uint8Array.from(bytes)]);
        assert.equal(alone!.code, code);
        assert.equal(alone!.bytes?.length, 0);
      });
    }

    test(`quarantines an enum index that is not there (${manner})`, () => {
      const type = { type: 'enum', name: 'E', symbols: ['A', 'B'] };
      const technique =
        manner === 'keep' ? { technique: 'keep' } : { technique: 'suppress', as: 'default' };
      const plan = compile({
        schema: JSON.stringify(record(type)),
        rules: parseRules({ fields: { f: technique } }),
      });
      const rewriter = linkAvro(plan, keys, limits);
      const results = rewriteAll(
        rewriter,
        [[4], [1], [2], [0x80], []].map((one) => Uint8Array.from(one)),
      );
      assert.deepEqual(
        results.map(({ code }) => code),
        [
          'ENUM_INDEX_UNKNOWN',
          'ENUM_INDEX_UNKNOWN',
          'WRITTEN',
          'RECORD_TRUNCATED',
          'RECORD_TRUNCATED',
        ],
      );
    });

    test(`leaves the neighbours of a bad record as they are (${manner})`, () => {
      const type = { type: 'array', items: ['null', 'string'] };
      const rewriter = rewriterOf(record(type), manner);
      const good = Uint8Array.from([4, 2, 2, 65, 0, 0]);
      const bad = Uint8Array.from([6, 2, 2, 65, 2, 2, 66, 2, 9, 0]);
      const [wanted] = rewriteAll(rewriter, [good]);
      const results = rewriteAll(rewriter, [bad, good, bad, bad, good, bad]);
      assert.deepEqual(
        results.map(({ code }) => code),
        [0, 1, 0, 0, 1, 0].map((one) => (one === 0 ? 'LENGTH_NEGATIVE' : 'WRITTEN')),
      );
      assert.deepEqual(results[1], wanted);
      assert.deepEqual(results[4], wanted);
    });

    test(`walks data nested 100,000 deep without the stack, and quarantines it (${manner})`, () => {
      const list = {
        type: 'record',
        name: 'List',
        fields: [
          { name: 'v', type: 'string' },
          { name: 'next', type: ['null', 'List'] },
        ],
      };
      const deep = (levels: number): Uint8Array =>
        Uint8Array.from([...new Array<number[]>(levels).fill([2, 65, 2]).flat(), 2, 65, 0]);
      const strict = rewriterOf(list, manner);
      assert.equal(rewriteAll(strict, [deep(100_000)])[0]!.code, 'RECORD_TOO_DEEP');
      assert.equal(rewriteAll(strict, [deep(63)])[0]!.code, 'WRITTEN');
      assert.equal(rewriteAll(strict, [deep(64)])[0]!.code, 'RECORD_TOO_DEEP');
      const generous = rewriterOf(list, manner, { depth: 200_000 });
      assert.equal(rewriteAll(generous, [deep(100_000)])[0]!.code, 'WRITTEN');
    });

    test(`does not loop over items that take no bytes (${manner})`, () => {
      const rewriter = rewriterOf(record({ type: 'array', items: 'null' }), manner);
      const started = performance.now();
      assert.equal(rewriteAll(rewriter, [Uint8Array.from(huge)])[0]!.code, 'RECORD_TOO_MANY_ITEMS');
      const blocks = Uint8Array.from(new Array<number[]>(1000).fill([0x80, 0x08]).flat());
      assert.equal(rewriteAll(rewriter, [blocks])[0]!.code, 'RECORD_TOO_MANY_ITEMS');
      assert.ok(performance.now() - started < 2000);
    });

    test(`counts the items of all arrays of a record (${manner})`, () => {
      const schema = {
        type: 'record',
        name: 'R',
        fields: [
          { name: 'a', type: { type: 'array', items: 'boolean' } },
          { name: 'b', type: { type: 'array', items: 'boolean' } },
        ],
      };
      const rewriter = rewriterOf(schema, manner, { items: 4 });
      const four = Uint8Array.from([4, 0, 0, 0, 4, 0, 0, 0]);
      const five = Uint8Array.from([4, 0, 0, 0, 6, 0, 0, 0, 0]);
      assert.deepEqual(
        rewriteAll(rewriter, [four, five, four]).map(({ code }) => code),
        ['WRITTEN', 'RECORD_TOO_MANY_ITEMS', 'WRITTEN'],
      );
    });

    test(`quarantines records above the size limit without a step (${manner})`, () => {
      const rewriter = rewriterOf(record('string'), manner, { recordBytes: 4 });
      const [small, large] = rewriteAll(rewriter, [
        Uint8Array.from([6, 65, 65, 65]),
        Uint8Array.from([8, 65, 65, 65, 65]),
      ]);
      assert.equal(small!.code, 'WRITTEN');
      assert.deepEqual(large, { code: 'RECORD_TOO_LARGE', bytes: Buffer.alloc(0), step: -1 });
    });
  }

  test('names the step at which a record failed', () => {
    const rewriter = rewriterOf(record('string'), 'replace');
    assert.equal(rewriteAll(rewriter, [Uint8Array.from([1])])[0]!.step, 0);
    const unions = rewriterOf(record(['null', 'string']), 'replace');
    assert.equal(rewriteAll(unions, [Uint8Array.from([9])])[0]!.step, -1);
  });

  test('checks the depth of nested records that are not recursive too', () => {
    const inner = { type: 'record', name: 'I', fields: [{ name: 'v', type: 'boolean' }] };
    const schema = record({ type: 'array', items: inner });
    const value = Uint8Array.from([2, 0, 0]);
    assert.equal(rewriteAll(rewriterOf(schema, 'keep', { depth: 3 }), [value])[0]!.code, 'WRITTEN');
    assert.equal(
      rewriteAll(rewriterOf(schema, 'keep', { depth: 2 }), [value])[0]!.code,
      'RECORD_TOO_DEEP',
    );
    assert.equal(
      rewriteAll(rewriterOf(schema, 'keep', { depth: 1 }), [value])[0]!.code,
      'RECORD_TOO_DEEP',
    );
  });

  test('has a case for each instruction, under its number', () => {
    const file = new URL('../../../../src/anonymization/formats/avro/gather.ts', import.meta.url);
    const cases = new Map(
      [...readFileSync(file, 'utf8').matchAll(/case (\d+): ?\{?\s*\/\/ (\w+)/g)].map((match) => [
        match[2]!,
        Number(match[1]),
      ]),
    );
    assert.deepEqual(
      Object.fromEntries([...cases].sort()),
      Object.fromEntries(Object.entries(op).sort()),
    );
  });
});
