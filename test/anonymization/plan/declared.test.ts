import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileDeclared } from '../../../src/anonymization/plan/declared.ts';
import { PlanRefused } from '../../../src/anonymization/plan/plan-refused.ts';
import {
  techniqueSpecSchema,
  type TechniqueSpec,
} from '../../../src/anonymization/rules/technique-spec.ts';

const spec = (value: object): TechniqueSpec => techniqueSpecSchema.parse(value);

test('a declared value is a plan of one leaf', () => {
  const plan = compileDeclared(
    'string',
    spec({ technique: 'pseudonymize', domain: 'customer.id' }),
    '$key',
  );
  assert.equal(plan.format, 'RAW');
  assert.equal(plan.outputSchema, '');
  assert.deepEqual(plan.program, { root: 0, nodes: [{ op: 'leaf', step: 0 }] });
  const [step] = plan.steps;
  assert.deepEqual([step?.path, step?.domain, step?.why.rule], ['$key', 'customer.id', 'declared']);
  assert.match(plan.digest, /^[0-9a-f]{64}$/);
});

test('types are leaf types; a timestamp is milliseconds', () => {
  const keep = spec({ technique: 'keep' });
  const input = (
    type: Parameters<typeof compileDeclared>[0],
    path: Parameters<typeof compileDeclared>[2],
  ): unknown => compileDeclared(type, keep, path).steps[0]?.input;
  assert.deepEqual(input('uuid', '$key'), { kind: 'string', logical: { name: 'uuid' } });
  assert.deepEqual(input('bytes', '$header.trace'), { kind: 'bytes' });
  assert.deepEqual(input('long', '$timestamp'), {
    kind: 'long',
    logical: { name: 'timestamp-millis' },
  });
});

test('a default domain is unique to the scope that is given', () => {
  const token = spec({ technique: 'pseudonymize' });
  assert.equal(compileDeclared('string', token, '$key').steps[0]?.domain, '$key');
  assert.equal(compileDeclared('string', token, '$key', 'orders').steps[0]?.domain, 'orders.$key');
  const long = compileDeclared('string', token, '$key', 'o'.repeat(200)).steps[0]?.domain;
  assert.match(long ?? '', /^sha256:[0-9a-f]{64}$/);
});

test('a suppressed key is null, a timestamp can be neither null nor text', () => {
  const suppress = spec({ technique: 'suppress' });
  assert.deepEqual(compileDeclared('string', suppress, '$key').steps[0]?.technique, {
    technique: 'suppress',
    as: 'null',
  });
  assert.deepEqual(compileDeclared('long', suppress, '$timestamp').steps[0]?.technique, {
    technique: 'suppress',
    as: 'empty',
  });
  assert.throws(
    () =>
      compileDeclared('long', spec({ technique: 'pseudonymize', output: 'text' }), '$timestamp'),
    PlanRefused,
  );
});

test('what does not fit is refused with the path', () => {
  for (const value of [
    { technique: 'suppress', as: 'remove' },
    { technique: 'constant', value: true },
    { technique: 'shift-date', maxDays: 3, subject: 'id' },
    { technique: 'round', to: 5 },
  ])
    assert.throws(
      () => compileDeclared('string', spec(value), '$key'),
      (error: unknown) =>
        error instanceof PlanRefused && error.problems.every(({ path }) => path === '$key'),
      JSON.stringify(value),
    );
  assert.throws(
    () =>
      compileDeclared(
        'long',
        spec({ technique: 'shift-date', maxDays: 3, subject: 'id' }),
        '$timestamp',
      ),
    PlanRefused,
  );
});
