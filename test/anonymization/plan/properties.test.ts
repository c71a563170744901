import assert from 'node:assert/strict';
import { test } from 'node:test';
import avsc from 'avsc';
import fc from 'fast-check';
import { compile } from '../../../src/anonymization/plan/compile.ts';
import type { Plan } from '../../../src/anonymization/plan/plan.ts';
import { PlanRefused } from '../../../src/anonymization/plan/plan-refused.ts';
import { parseRules } from '../../../src/anonymization/rules/parse-rules.ts';
import { parseAvroSchema } from '../../../src/anonymization/schema/avro.ts';
import { arbitrarySchema } from '../schema/arbitrary-schema.ts';
import { arbitraryValue } from '../schema/arbitrary-value.ts';
import { countLeaves } from './count-leaves.ts';

const technique = fc.constantFrom(
  { technique: 'keep' },
  { technique: 'suppress' },
  { technique: 'suppress', as: 'remove' },
  { technique: 'encrypt', domain: 'd' },
  { technique: 'pseudonymize', output: 'text' },
);

const section = fc.record({
  unclassified: fc.constantFrom('suppress', 'pass', 'refuse'),
  tags: fc.record({ A: technique, B: technique }),
  precedence: fc.constantFrom(['A', 'B'], ['B', 'A']),
  fields: fc.constantFrom(
    {},
    { '**.f0': { technique: 'suppress', optional: true } },
    {
      '*.f1': { technique: 'keep', optional: true },
      'f0[]': { technique: 'suppress', optional: true },
    },
  ),
});

function attempt(schema: string, rules: unknown): Plan | undefined {
  try {
    return compile({ schema, rules: parseRules(rules) });
  } catch (error) {
    assert.ok(error instanceof PlanRefused, String(error));
    assert.ok(error.problems.length > 0);
    return undefined;
  }
}

test('without marks every leaf is decided exactly once per path, and the output schema is read by two readers', () => {
  fc.assert(
    fc.property(arbitrarySchema(), fc.constantFrom('suppress', 'pass'), (schema, unclassified) => {
      const plan = attempt(schema, { unclassified });
      assert.ok(plan !== undefined, 'suppress and keep fit everything');
      assert.equal(plan.steps.length, countLeaves(parseAvroSchema(schema).root));
      assert.equal(new Set(plan.steps.map(({ path }) => path)).size, plan.steps.length);
      parseAvroSchema(plan.outputSchema);
      avsc.Type.forSchema(JSON.parse(plan.outputSchema) as avsc.Schema);
      assert.ok(
        unclassified === 'pass' ||
          !plan.outputSchema.includes('owner text') ||
          plan.steps.length === 0 ||
          keepsDoc(plan),
      );
    }),
    { numRuns: 300 },
  );
});

/** Records without any leaf have nothing to hide: their documentation may stay. */
function keepsDoc(plan: Plan): boolean {
  return plan.program.nodes.some((node) => node.op === 'null');
}

test('with marks and any rules there is a total plan, or reasons; the digest is stable', () => {
  let planned = 0;
  fc.assert(
    fc.property(arbitrarySchema({ tags: ['A', 'B'] }), section, (schema, rules) => {
      const plan = attempt(schema, rules);
      if (plan === undefined) return;
      planned++;
      assert.ok(plan.steps.length >= countLeaves(parseAvroSchema(schema).root));
      assert.ok(
        plan.program.nodes.every(
          (node) => node.op !== 'leaf' || plan.steps[node.step] !== undefined,
        ),
      );
      avsc.Type.forSchema(JSON.parse(plan.outputSchema) as avsc.Schema);
      assert.doesNotMatch(plan.outputSchema, /confluent/);
      assert.equal(attempt(schema, rules)?.digest, plan.digest);
      assert.equal(attempt(schema, rules)?.outputSchema, plan.outputSchema);
    }),
    { numRuns: 400 },
  );
  assert.ok(planned > 30, `${planned} plans`);
});

test('where everything is kept, what the source schema writes the output schema reads', () => {
  fc.assert(
    fc.property(
      arbitrarySchema({ tags: ['A'] }).chain((schema) =>
        fc.tuple(fc.constant(schema), arbitraryValue(parseAvroSchema(schema).root)),
      ),
      ([schema, value]) => {
        const rules = { unclassified: 'pass', tags: { A: { technique: 'keep' } } };
        const plan = attempt(schema, rules);
        assert.ok(plan !== undefined);
        const read = (text: string): avsc.Type =>
          avsc.Type.forSchema(JSON.parse(text) as avsc.Schema, { wrapUnions: true });
        const bytes = read(schema).toBuffer(value);
        const out = read(plan.outputSchema);
        assert.deepEqual(out.toBuffer(out.fromBuffer(bytes)), bytes);
      },
    ),
    { numRuns: 200 },
  );
});
