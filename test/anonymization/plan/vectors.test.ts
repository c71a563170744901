/**
 * Schemas of Apache Avro's own tests: each compiles to a total plan or is refused with reasons, and is accepted exactly where avsc accepts
 * it, except as said below.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import avsc from 'avsc';
import { parseAvroSchema } from '../../../src/anonymization/schema/avro.ts';
import { SchemaError } from '../../../src/anonymization/schema/schema-error.ts';
import { countLeaves } from './count-leaves.ts';
import { planOf, refusalsOf } from './plans.ts';

const folder =
  process.env['LETHE_VECTORS'] ??
  join(import.meta.dirname, '../../../../shared/vectors/avro/schemas');
const present = existsSync(folder);
if (!present) console.log('skipped: LETHE_VECTORS names no folder of Avro schemas');

/** Files that are too large to be expanded per path: hundreds of records that refer to each other. */
const tooLarge = ['c++__jsonschemas__large_schema.avsc'];

test('the vectors are there in CI', () => {
  assert.ok(present || process.env['CI'] === undefined);
});

for (const file of present ? readdirSync(folder) : []) {
  const text = readFileSync(join(folder, file), 'utf8');
  test(`${file} has a total plan under any rules, or reasons`, () => {
    const accepted = isAccepted(text);
    assert.equal(accepted, isAcceptedByAvsc(text));
    if (!accepted) {
      assert.ok(refusalsOf(JSON.parse(text)).length > 0);
      return;
    }
    const json: unknown = JSON.parse(text);
    for (const unclassified of ['suppress', 'pass']) {
      const rules = { unclassified };
      if (tooLarge.includes(file)) {
        assert.match(refusalsOf(json, { rules })[0] ?? '', /^PLAN_TOO_LARGE/);
        continue;
      }
      const plan = planOf(json, { rules });
      assert.ok(plan.steps.length >= countLeaves(parseAvroSchema(text).root));
      assert.ok(isAcceptedByAvsc(plan.outputSchema));
      assert.ok(isAccepted(plan.outputSchema));
      if (unclassified === 'pass') assert.equal(plan.passedUnclassified.length, plan.steps.length);
    }
  });
}

/** Where we and avsc 5.7 disagree, by the sentence of the specification (Avro 1.12) that decides. */
const disagreements: readonly {
  readonly rule: string;
  readonly schema: unknown;
  readonly ours: boolean;
}[] = [
  {
    rule: 'Records: "name: a JSON string providing the name of the record (required)"',
    schema: { type: 'record', fields: [] },
    ours: false,
  },
  {
    rule: 'Enums: "name: a JSON string providing the name of the enum (required)"',
    schema: { type: 'enum', symbols: ['A'] },
    ours: false,
  },
  {
    rule: 'Schema Declaration: "a JSON object, of the form {"type": "typeName", ...attributes...}"; an object in place of the name is read, so that annotations on it are not lost',
    schema: { type: { type: 'string' } },
    ours: true,
  },
  {
    rule: 'Invalid defaults: "Default values are only used to fill in missing data when reading"',
    schema: { type: 'record', name: 'R', fields: [{ name: 'a', type: 'int', default: 'x' }] },
    ours: true,
  },
  {
    rule: 'Unions: "the type of the default value must match with one element of the union"; avsc knows the first only',
    schema: {
      type: 'record',
      name: 'R',
      fields: [{ name: 'a', type: ['null', 'int'], default: 3 }],
    },
    ours: true,
  },
  {
    rule: 'Aliases: "any string is accepted as an alias"',
    schema: { type: 'record', name: 'R', aliases: ['1x'], fields: [] },
    ours: true,
  },
  {
    rule: 'Records: "order: specifies how this field impacts sort ordering": what is written does not depend on it',
    schema: { type: 'record', name: 'R', fields: [{ name: 'a', type: 'int', order: 'sideways' }] },
    ours: true,
  },
  {
    rule: 'Names: "if they do not contain a dot, the namespace is the namespace of the enclosing definition"; a name unknown there is looked for without one, as the Java library does',
    schema: {
      type: 'record',
      name: 'R',
      fields: [
        { name: 'bare', type: { type: 'fixed', name: 'F', size: 1 } },
        { name: 'in', type: { type: 'record', name: 'n.I', fields: [{ name: 'x', type: 'F' }] } },
      ],
    },
    ours: true,
  },
];

for (const { rule, schema, ours } of disagreements)
  test(`we differ from avsc: ${rule}`, () => {
    const text = JSON.stringify(schema);
    assert.equal(isAccepted(text), ours);
    assert.equal(isAcceptedByAvsc(text), !ours);
    if (!ours || rule.startsWith('Names:')) return;
    const plan = planOf(schema, { rules: { unclassified: 'pass' } });
    assert.ok(isAcceptedByAvsc(plan.outputSchema), 'what we write is accepted by both');
  });

function isAccepted(text: string): boolean {
  try {
    parseAvroSchema(text);
    return true;
  } catch (error) {
    assert.ok(error instanceof SchemaError, String(error));
    return false;
  }
}

function isAcceptedByAvsc(text: string): boolean {
  try {
    avsc.Type.forSchema(JSON.parse(text) as avsc.Schema);
    return true;
  } catch {
    return false;
  }
}
