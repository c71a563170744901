/** Golden plans: run with UPDATE_GOLDEN=1 to write them anew, then read the diff. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { compile } from '../../../src/anonymization/plan/compile.ts';
import { explain, renderPlan } from '../../../src/anonymization/plan/explain.ts';
import { parseRules } from '../../../src/anonymization/rules/parse-rules.ts';

const folder = join(import.meta.dirname, 'golden');
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.avsc') && !file.endsWith('.output.avsc'))
  .map((file) => file.slice(0, -'.avsc'.length));

for (const name of names)
  test(`the plan of ${name} is the golden one: table, JSON, output schema, program`, () => {
    const read = (ending: string): string => readFileSync(join(folder, name + ending), 'utf8');
    const plan = compile({
      schema: read('.avsc'),
      rules: parseRules(parse(read('.rules.yaml'))),
    });
    const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
    const written = {
      '.plan.txt': renderPlan(plan),
      '.plan.json': json(explain(plan)),
      '.program.json': json(plan.program),
      '.output.avsc': json(JSON.parse(plan.outputSchema)),
    };
    for (const [ending, text] of Object.entries(written)) {
      if (process.env['UPDATE_GOLDEN'] !== undefined)
        writeFileSync(join(folder, name + ending), text);
      assert.equal(text, read(ending), `${name}${ending}`);
    }
  });

test('there is a golden plan', () => {
  assert.ok(names.includes('customer'));
});
