import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { linkAvro } from '../../../../src/anonymization/formats/avro/rewriter.ts';
import { compile } from '../../../../src/anonymization/plan/compile.ts';
import type { Plan } from '../../../../src/anonymization/plan/plan.ts';
import { parseRules } from '../../../../src/anonymization/rules/parse-rules.ts';
import { parseAvroSchema } from '../../../../src/anonymization/schema/avro.ts';
import { arbitrarySchema } from '../../schema/arbitrary-schema.ts';
import { arbitraryValue } from '../../schema/arbitrary-value.ts';
import { avscType } from './avsc-types.ts';
import { keys, limits, rewriteAll, roots } from './engine.ts';
import { Oracle } from './oracle.ts';
import { randomPlan } from './random-plan.ts';

interface Sample {
  readonly schema: string;
  readonly plan: Plan;
  readonly values: readonly Buffer[];
}

/** A schema, a plan with random techniques, and a few encoded values. */
const samples: fc.Arbitrary<Sample> = fc
  .tuple(arbitrarySchema(), fc.array(fc.nat(10_000), { minLength: 8, maxLength: 8 }))
  .map(([schema, choices]) => ({ schema, plan: randomPlan(schema, choices) }))
  .filter((sample): sample is { schema: string; plan: Plan } => sample.plan !== null)
  .filter(({ plan }) => isReadable(plan.outputSchema))
  .chain(({ schema, plan }) => {
    const type = avscType(schema);
    return fc
      .array(arbitraryValue(parseAvroSchema(schema).root, 4), { minLength: 1, maxLength: 6 })
      .map((values) => ({ schema, plan, values: values.map((value) => type.toBuffer(value)) }));
  });

const text = { type: 'string', lethe: 'SECRET' };
const constant = { SECRET: { technique: 'constant', value: 'x' } };

function record(types: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(types).map(([name, type]) => ({ name, type }));
  return JSON.stringify({ type: 'record', name: 'R', fields });
}

/** What the output schema should be is judged where it is derived; here only the bytes are. */
function isReadable(schema: string): boolean {
  try {
    avscType(schema);
    return true;
  } catch {
    return false;
  }
}

describe('the Avro rewriter', () => {
  test('writes what decoding, one technique per value and encoding would write', () => {
    const seen = new Map<string, number>();
    const where = { topic: 'raw', partition: 3, offsets: Float64Array.from([7, 8, 9, 10, 11, 12]) };
    fc.assert(
      fc.property(samples, fc.boolean(), ({ schema, plan, values }, placed) => {
        const oracle = new Oracle(plan, schema, { roots, current: 'v1' });
        const rewriter = linkAvro(plan, keys, limits);
        const results = placed ? rewriteAll(rewriter, values, where) : rewriteAll(rewriter, values);
        values.forEach((value, index) => {
          const at = { topic: 'raw', partition: 3, offset: where.offsets[index]! };
          const wanted = oracle.rewrite(value, placed ? at : null);
          seen.set(wanted.code, (seen.get(wanted.code) ?? 0) + 1);
          if (wanted.code === 'UNDECIDED') return;
          const got = results[index]!;
          assert.equal(got.code, wanted.code);
          if (wanted.code === 'WRITTEN') {
            assert.equal(got.bytes?.toString('hex'), wanted.bytes.toString('hex'));
          }
        });
      }),
      { numRuns: Number(process.env['LETHE_PROPERTY_RUNS'] ?? 300) },
    );
    // The property would hold for an engine that drops everything, if nothing were written.
    assert.ok((seen.get('WRITTEN') ?? 0) > 300, JSON.stringify([...seen]));
  });

  test('gives a record the same bytes whatever its neighbours are', () => {
    fc.assert(
      fc.property(samples, ({ plan, values }) => {
        const together = rewriteAll(linkAvro(plan, keys, limits), [null, ...values, ...values]);
        const rewriter = linkAvro(plan, keys, limits);
        values.forEach((value, index) => {
          const [alone] = rewriteAll(rewriter, [value]);
          assert.deepEqual(together[index + 1], alone);
          assert.deepEqual(together[index + 1 + values.length], alone);
        });
        assert.equal(together[0]!.bytes, null);
      }),
      { numRuns: 100 },
    );
  });

  test('writes blocks with a size anew, without the size, around what it replaces', () => {
    const schema = record({
      a: { type: 'array', items: text },
      m: { type: 'map', values: 'long' },
      kept: { type: 'array', items: 'long' },
    });
    const plan = compile({ schema, rules: parseRules({ unclassified: 'pass', tags: constant }) });
    const blocks = Buffer.from([
      ...[3, 6, 2, 65, 4, 66, 66, 2, 2, 67, 1, 4, 2, 68, 0], // a: -2 (6 bytes), 1, -1 (4 bytes), end
      ...[1, 8, 2, 107, 14, 0], // m: -1, and a size that is wrong, as nobody needs it
      ...[3, 4, 2, 4, 2, 6, 0], // kept: -2 (4 bytes), 1, end
    ]);
    const [result] = rewriteAll(linkAvro(plan, keys, limits), [blocks]);
    const wanted = [4, 2, 120, 2, 120, 2, 2, 120, 2, 2, 120, 0, 2, 2, 107, 14, 0, 4, 2, 4, 2, 6, 0];
    assert.deepEqual([...result!.bytes!], wanted);
    assert.deepEqual(
      { ...(avscType(plan.outputSchema).fromBuffer(result!.bytes!) as object) },
      { a: ['x', 'x', 'x', 'x'], m: { k: 7n }, kept: [1n, 2n, 3n] },
    );
  });

  test('writes null for a value in a union, however the branch was written', () => {
    const schema = record({ u: ['string', 'null'], v: ['null', 'string'] });
    const plan = compile({ schema, rules: parseRules({ unclassified: 'suppress' }) });
    const padded = Buffer.from([0x80, 0x00, 2, 65, 0x82, 0x80, 0x00, 4, 66, 66]);
    const [result, nulls] = rewriteAll(linkAvro(plan, keys, limits), [padded, Buffer.from([2, 0])]);
    assert.deepEqual([...result!.bytes!], [2, 0]);
    assert.deepEqual([...nulls!.bytes!], [2, 0]);
  });

  test('takes fields and map entries out, and still reads the subject of a shift from them', () => {
    const schema = record({
      subject: 'string',
      day: { type: 'int', logicalType: 'date' },
      m: { type: 'map', values: 'string' },
      gone: { type: 'array', items: { type: 'map', values: 'string' } },
      last: 'boolean',
    });
    const rules = parseRules({
      unclassified: 'pass',
      fields: {
        subject: { technique: 'keep' },
        day: { technique: 'shift-date', maxDays: 30, subject: 'subject' },
        'm{key}': { technique: 'suppress' },
        'gone[].**': { technique: 'suppress', as: 'remove' },
      },
    });
    const plan = compile({ schema, rules });
    const type = avscType(schema);
    const value = (subject: string, day: number) =>
      type.toBuffer({ subject, day, m: { a: 'b' }, gone: [{ c: 'd' }], last: true });
    const results = rewriteAll(linkAvro(plan, keys, limits), [
      value('anna', 1000),
      value('bob', 1000),
      value('anna', 1010),
    ]);
    const target = avscType(plan.outputSchema);
    const [one, other, later] = results.map(
      ({ bytes }) => target.fromBuffer(bytes!) as { day: number; m: object; last: boolean },
    );
    assert.equal(later!.day - one!.day, 10);
    assert.notEqual(one!.day, other!.day);
    assert.deepEqual([Object.keys(one!.m), one!.last, 'gone' in one!], [[], true, false]);
  });

  test('copies long runs and writes long replacements', () => {
    const schema = record({ before: 'string', secret: text, after: 'bytes' });
    const long = 'ä'.repeat(700);
    const tags = { SECRET: { technique: 'constant', value: 'y'.repeat(900) } };
    const plan = compile({ schema, rules: parseRules({ unclassified: 'pass', tags }) });
    const bytes = avscType(schema).toBuffer({
      before: long,
      secret: 's',
      after: Buffer.from(long),
    });
    const [result] = rewriteAll(linkAvro(plan, keys, limits), [bytes]);
    assert.deepEqual(
      { ...(avscType(plan.outputSchema).fromBuffer(result!.bytes!) as object) },
      { before: long, secret: 'y'.repeat(900), after: Buffer.from(long) },
    );
  });

  test('drops every record where a rule says always, but no tombstone and no bad record', () => {
    const schema = record({ u: ['null', text], s: 'string' });
    const tags = { SECRET: { technique: 'drop-record', when: 'always' } };
    const plan = compile({ schema, rules: parseRules({ unclassified: 'pass', tags }) });
    const values = [Buffer.from([0, 0]), Buffer.from([2, 2, 65, 0]), null, Buffer.from([0, 1])];
    assert.deepEqual(
      rewriteAll(linkAvro(plan, keys, limits), values).map(({ code }) => code),
      ['DROPPED', 'DROPPED', 'WRITTEN', 'LENGTH_NEGATIVE'],
    );
  });

  test('drops a record rather than quarantine it, and counts rows', () => {
    const schema = record({ drop: ['null', 'string'], date: 'string' });
    const rules = parseRules({
      fields: {
        drop: { technique: 'drop-record' },
        date: { technique: 'truncate-ip' },
      },
    });
    const rewriter = linkAvro(compile({ schema, rules }), keys, limits);
    const type = avscType(schema);
    const value = (drop: string | null) =>
      type.toBuffer({ drop: drop === null ? null : { string: drop }, date: 'no address' });
    const results = rewriteAll(rewriter, [value('x'), value(null)]);
    assert.deepEqual(
      results.map(({ code, step }) => [code, step]),
      [
        ['DROPPED', -1],
        ['VALUE_OUTSIDE_DOMAIN', 1],
      ],
    );
    assert.deepEqual([...rewriter.takeStepCounts()], [1, 2]);
  });

  test('makes room for as many edits as a record has, of every type', () => {
    const types: Readonly<Record<string, readonly [type: unknown, value: unknown]>> = {
      int: ['int', 5],
      string: ['string', 'text'],
      double: ['double', 0.5],
      boolean: ['boolean', true],
      fixed: [{ type: 'fixed', name: 'F', size: 3 }, Buffer.from('abc')],
      removed: [
        { type: 'record', name: 'Inner', fields: [{ name: 'gone', type: 'string' }] },
        { gone: 'x' },
      ],
    };
    for (const [name, [items, value]] of Object.entries(types)) {
      const schema = record({ a: { type: 'array', items } });
      const rules = parseRules(
        name === 'removed'
          ? { fields: { 'a[].gone': { technique: 'suppress', as: 'remove' } } }
          : { unclassified: 'suppress' },
      );
      const plan = compile({ schema, rules });
      const a = Array.from({ length: 5000 }, () => value);
      const [result] = rewriteAll(linkAvro(plan, keys, limits), [avscType(schema).toBuffer({ a })]);
      const written = avscType(plan.outputSchema).fromBuffer(result!.bytes!) as { a: unknown[] };
      assert.equal(written.a.length, 5000, name);
    }
    const schema = record({ a: { type: 'array', items: 'boolean' } });
    const plan = compile({ schema, rules: parseRules({ unclassified: 'pass' }) });
    const blocks = Buffer.from([...new Array<number[]>(3000).fill([1, 2, 1]).flat(), 0]);
    const [result] = rewriteAll(linkAvro(plan, keys, limits), [blocks]);
    assert.equal(result!.bytes!.length, 3000 * 2 + 1);
  });

  test('replays a batch to the same bytes, with another rewriter too', () => {
    fc.assert(
      fc.property(samples, ({ plan, values }) => {
        const rewriter = linkAvro(plan, keys, limits);
        const first = rewriteAll(rewriter, values);
        assert.deepEqual(rewriteAll(rewriter, values), first);
        assert.deepEqual(rewriteAll(linkAvro(plan, keys, limits), values), first);
      }),
      { numRuns: 50 },
    );
  });
});
