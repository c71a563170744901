import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { link } from '../../../src/anonymization/formats/link.ts';
import { LinkedSteps } from '../../../src/anonymization/formats/steps.ts';
import { outcome } from '../../../src/anonymization/outcomes.ts';
import { compile } from '../../../src/anonymization/plan/compile.ts';
import type { Plan } from '../../../src/anonymization/plan/plan.ts';
import { parseRules } from '../../../src/anonymization/rules/parse-rules.ts';
import { keys, limits, nowhere, rewriteAll } from './avro/engine.ts';

const schema = JSON.stringify({
  type: 'record',
  name: 'R',
  fields: [{ name: 'u', type: ['null', 'string'] }],
});

function plan(): Plan {
  return compile({ schema, rules: parseRules({ fields: { u: { technique: 'suppress' } } }) });
}

describe('linked steps', () => {
  test('fail a record where a technique says null and no union allows it', () => {
    const steps = new LinkedSteps(plan(), keys, new Set([0]), () => false);
    steps.begin(new Uint8Array(16));
    const column = steps.columns[0]!;
    column.count = 1;
    column.records[0] = 1;
    steps.transform(nowhere, 2);
    const values = {
      count: 2,
      bytes: new Uint8Array(16),
      starts: new Int32Array(2),
      ends: new Int32Array(2),
    };
    const results = { outcomes: new Uint8Array(2), failedSteps: new Int32Array(2).fill(-1) };
    steps.settle(values, results);
    assert.deepEqual([...results.outcomes], [0, outcome.VALUE_OUTSIDE_DOMAIN]);
    assert.deepEqual([...results.failedSteps], [-1, 0]);
  });

  test('walk a null leaf that a plan names as a step', () => {
    const made = plan();
    const nothing = {
      ...made.steps[0]!,
      input: { kind: 'null' },
      output: { kind: 'null' },
    } as const;
    for (const technique of [{ technique: 'keep' }, made.steps[0]!.technique] as const) {
      const rewriter = link(
        {
          ...made,
          steps: [{ ...nothing, technique }],
          program: { root: 0, nodes: [{ op: 'leaf', step: 0 }] },
        },
        keys,
        limits,
      );
      const [empty, more] = rewriteAll(rewriter, [Buffer.alloc(0), Buffer.alloc(1)]);
      assert.deepEqual([empty!.code, empty!.bytes!.length], ['WRITTEN', 0]);
      assert.equal(more!.code, 'RECORD_TRAILING_BYTES');
    }
  });
});
