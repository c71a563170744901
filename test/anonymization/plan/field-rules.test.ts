import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldRules } from '../../../src/anonymization/plan/field-rules.ts';
import type { PlanProblem } from '../../../src/anonymization/plan/plan-refused.ts';
import type { FieldRule } from '../../../src/anonymization/rules/rules.ts';

const rule = (pattern: string, optional = false): FieldRule => ({
  pattern,
  optional,
  spec: { technique: 'keep' },
});

function rulesOf(...patterns: FieldRule[]): { rules: FieldRules; problems: PlanProblem[] } {
  const problems: PlanProblem[] = [];
  const rules = new FieldRules({ tags: new Map(), fields: patterns }, (problem) =>
    problems.push(problem),
  );
  return { rules, problems };
}

test('a pattern that is no path is refused, even where nobody parsed the rules before', () => {
  const { problems } = rulesOf(rule('a..b'), rule('a[0]'), rule('ok'));
  assert.deepEqual(
    problems.map(({ code, path }) => [code, path]),
    [
      ['FIELD_RULE_INVALID', 'a..b'],
      ['FIELD_RULE_INVALID', 'a[0]'],
    ],
  );
});

test('a pattern that ends at a container says how to reach below', () => {
  const { rules, problems } = rulesOf(rule('a'), rule('b'), rule('c', true));
  rules.noteContainer(rules.advance(rules.start(), { kind: 'field', name: 'a' }));
  rules.reportUnmatched((problem) => problems.push(problem));
  assert.equal(problems.length, 2);
  assert.match(problems[0]!.message, /write "a\.\*\*"/);
  assert.match(problems[1]!.message, /optional: true/);
});

test('only the rules of the best rank decide', () => {
  const { rules } = rulesOf(rule('**'), rule('*'), rule('**.a'), rule('a'));
  const at = rules.advance(rules.start(), { kind: 'field', name: 'a' });
  assert.deepEqual(
    rules.decide(at).map(({ pattern }) => pattern),
    ['a'],
  );
  const other = rules.advance(rules.start(), { kind: 'field', name: 'b' });
  assert.deepEqual(
    rules.decide(other).map(({ pattern }) => pattern),
    ['*'],
  );
  assert.deepEqual(rules.decide([]), []);
});
