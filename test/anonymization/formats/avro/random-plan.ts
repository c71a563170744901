import { compile } from '../../../../src/anonymization/plan/compile.ts';
import type { Plan, PlanStep } from '../../../../src/anonymization/plan/plan.ts';
import { PlanRefused } from '../../../../src/anonymization/plan/plan-refused.ts';
import { parseRules } from '../../../../src/anonymization/rules/parse-rules.ts';

type Spec = Readonly<Record<string, unknown>>;

const everywhere: readonly Spec[] = [
  { technique: 'keep' },
  { technique: 'suppress' },
  { technique: 'suppress', as: 'null' },
  { technique: 'suppress', as: 'remove' },
];
const forText: readonly Spec[] = [
  { technique: 'pseudonymize' },
  { technique: 'pseudonymize', output: 'hex', length: 64 },
  { technique: 'mask', keepFirst: 2 },
  { technique: 'constant', value: 'constant' },
  { technique: 'encrypt' },
  { technique: 'encrypt-deterministic' },
];
const forNumbers: readonly Spec[] = [
  { technique: 'pseudonymize' },
  { technique: 'bucket', size: 10 },
  { technique: 'round', to: 5 },
  { technique: 'constant', value: 3 },
  { technique: 'truncate-date', unit: 'month' },
  { technique: 'encrypt' },
];
const forOthers: readonly Spec[] = [
  { technique: 'pseudonymize' },
  { technique: 'encrypt' },
  { technique: 'suppress', as: 'default' },
  { technique: 'constant', value: true },
];
/** Map keys must stay different from each other, so that an object can hold the result. */
const forKeys: readonly Spec[] = [
  { technique: 'keep' },
  { technique: 'pseudonymize' },
  { technique: 'suppress' },
];
/** Seldom, or no record would be left. */
const dropping: Spec = { technique: 'drop-record' };

function choose(step: PlanStep, choice: number): Spec {
  if (step.path.endsWith('{key}')) return forKeys[choice % forKeys.length]!;
  if (choice % 97 === 0) return dropping;
  const { kind } = step.input;
  const own =
    kind === 'string'
      ? forText
      : ['int', 'long', 'float', 'double'].includes(kind)
        ? forNumbers
        : forOthers;
  const all = choice % 3 === 0 ? everywhere : own;
  return all[Math.floor(choice / 3) % all.length]!;
}

/**
 * A plan for a schema with a technique for each leaf, chosen by numbers; where a choice does not fit its leaf, the leaf is suppressed or kept.
 * Null when the schema gets no plan at all.
 */
export function randomPlan(schema: string, choices: readonly number[]): Plan | null {
  const pass = { unclassified: 'pass' };
  let plan: Plan;
  try {
    plan = compile({ schema, rules: parseRules(pass) });
  } catch (error) {
    if (error instanceof PlanRefused) return null;
    throw error;
  }
  const fields = new Map(
    plan.steps.map((step, index) => [
      step.path,
      choose(step, choices[index % choices.length]! + index),
    ]),
  );
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      return compile({
        schema,
        rules: parseRules({ ...pass, fields: Object.fromEntries(fields) }),
      });
    } catch (error) {
      if (!(error instanceof PlanRefused)) throw error;
      let mended = 0;
      for (const { path } of error.problems) if (fields.delete(path)) mended += 1;
      if (mended === 0) return null;
    }
  }
  return null;
}
