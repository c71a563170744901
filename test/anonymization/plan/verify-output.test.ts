import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProgramNode } from '../../../src/anonymization/plan/plan.ts';
import { verifyOutputSchema } from '../../../src/anonymization/plan/verify-output.ts';
import { customer, planOf } from './plans.ts';

const plan = planOf(
  customer({
    a: ['null', 'string'],
    b: { type: 'array', items: { type: 'fixed', name: 'F', size: 4 } },
    c: { type: 'map', values: { type: 'enum', name: 'E', symbols: ['X', 'Y'] } },
    d: 'null',
    e: 'long',
  }),
  { rules: { unclassified: 'pass' } },
);

function verdict(
  change: (schema: string) => string,
  nodes = plan.program.nodes,
): readonly string[] {
  const codes: string[] = [];
  const written = { root: plan.program.root, nodes, steps: plan.steps };
  verifyOutputSchema(change(plan.outputSchema), written, ({ code }) => codes.push(code));
  return codes;
}

test('the output schema describes what the program writes', () => {
  assert.deepEqual(
    verdict((schema) => schema),
    [],
  );
});

test('every difference on the wire is found', () => {
  const changes: readonly (readonly [string, string])[] = [
    ['"null","string"', '"string","null"'],
    ['"null","string"', '"null"'],
    ['["null","string"]', '"string"'],
    ['"size":4', '"size":5'],
    ['"X","Y"', '"X"'],
    ['"type":"long"', '"type":"int"'],
    ['{"name":"d","type":"null"},', ''],
    ['"name":"d","type":"null"', '"name":"d","type":"int"'],
    ['"type":"array","items"', '"type":"map","values"'],
    ['"type":"map","values"', '"type":"array","items"'],
    ['"type":"record"', '"type":"array","items":"int","x":"record"'],
  ];
  for (const [from, to] of changes) {
    assert.ok(plan.outputSchema.includes(from), from);
    assert.deepEqual(
      verdict((schema) => schema.replace(from, to)),
      ['OUTPUT_SCHEMA_UNREPRESENTABLE'],
      to,
    );
  }
});

test('an output schema that does not parse is reported with its reasons', () => {
  assert.deepEqual(
    verdict((schema) => schema.replace('"long"', '"lng"')),
    ['OUTPUT_SCHEMA_UNREPRESENTABLE'],
  );
});

test('a program that loops is compared once', () => {
  const node = planOf(
    { type: 'record', name: 'N', fields: [{ name: 'n', type: ['null', 'N'] }] },
    { rules: {} },
  );
  const looped: readonly ProgramNode[] = node.program.nodes;
  const codes: string[] = [];
  verifyOutputSchema(node.outputSchema, { ...node.program, nodes: looped, steps: [] }, ({ code }) =>
    codes.push(code),
  );
  assert.deepEqual(codes, []);
});
