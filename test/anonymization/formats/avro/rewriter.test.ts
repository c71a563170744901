import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { linkAvro } from '../../../../src/anonymization/formats/avro/rewriter.ts';
import type { Plan } from '../../../../src/anonymization/plan/plan.ts';
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
});
