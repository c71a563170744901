import assert from 'node:assert/strict';
import { compile, type CompileInput } from '../../../src/anonymization/plan/compile.ts';
import { PlanRefused } from '../../../src/anonymization/plan/plan-refused.ts';
import type { Plan } from '../../../src/anonymization/plan/plan.ts';
import { parseRules } from '../../../src/anonymization/rules/parse-rules.ts';

export interface Case extends Omit<CompileInput, 'schema' | 'rules'> {
  /** Rules as in the operator's file, and those of the route. */
  readonly rules?: unknown;
  readonly route?: unknown;
}

/** A plan for a schema given as JSON. */
export function planOf(schema: unknown, { rules = {}, route, ...rest }: Case = {}): Plan {
  return compile({ schema: JSON.stringify(schema), rules: parseRules(rules, route), ...rest });
}

/** Why there is no plan, as `CODE path`. */
export function refusalsOf(schema: unknown, options: Case = {}): readonly string[] {
  try {
    planOf(schema, options);
  } catch (error) {
    assert.ok(error instanceof PlanRefused, String(error));
    assert.equal(error.code, 'PLAN_REFUSED');
    return error.problems.map(({ code, path }) => `${code} ${path}`);
  }
  return assert.fail('the schema got a plan');
}

/** Path → technique of a plan. */
export function techniques(plan: Plan): Readonly<Record<string, string>> {
  return Object.fromEntries(plan.steps.map(({ path, technique }) => [path, technique.technique]));
}

/** A record `acme.user.Customer` with the fields given as `name: type` or `name: {type, …}`. */
export function customer(fields: Readonly<Record<string, unknown>>, more: object = {}): unknown {
  return {
    type: 'record',
    name: 'Customer',
    namespace: 'acme.user',
    fields: Object.entries(fields).map(([name, field]) =>
      typeof field === 'object' &&
      field !== null &&
      !Array.isArray(field) &&
      'type' in field &&
      !named(field)
        ? { name, ...field }
        : { name, type: field },
    ),
    ...more,
  };
}

/** A type object rather than a field. */
function named(field: object): boolean {
  return (
    'fields' in field ||
    'symbols' in field ||
    'size' in field ||
    'items' in field ||
    'values' in field ||
    'logicalType' in field
  );
}

export const PII = { 'confluent:tags': ['PII'] };

/** Rules under which a PII leaf is suppressed and everything else is refused. */
export const piiRules = { tags: { PII: { technique: 'suppress' }, PUBLIC: { technique: 'keep' } } };
