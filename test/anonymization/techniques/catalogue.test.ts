import assert from 'node:assert/strict';
import { test } from 'node:test';
import { techniqueSpecVariants } from '../../../src/anonymization/rules/technique-spec.ts';
import {
  catalogue,
  check,
  link,
  techniqueOf,
} from '../../../src/anonymization/techniques/catalogue.ts';
import { shapeOf } from '../../../src/anonymization/schema/tree.ts';
import { Replacements } from '../../../src/anonymization/techniques/column.ts';
import { keys, specOf } from './agreement.ts';
import { columnOf } from './columns.ts';
import { everyLeaf } from './leaves.ts';

const written: readonly Readonly<Record<string, unknown>>[] = [
  { technique: 'keep' },
  { technique: 'suppress', as: 'empty' },
  { technique: 'suppress', as: 'default' },
  { technique: 'drop-record' },
  { technique: 'constant', value: 'x' },
  { technique: 'constant', value: 1 },
  { technique: 'mask' },
  { technique: 'pseudonymize' },
  { technique: 'pseudonymize', output: 'hex' },
  { technique: 'encrypt' },
  { technique: 'encrypt-deterministic' },
  { technique: 'bucket', size: 10 },
  { technique: 'round', to: 10 },
  { technique: 'truncate-date', unit: 'year' },
  { technique: 'shift-date', maxDays: 3 },
  { technique: 'truncate-ip' },
];

test('every technique of the rules has an entry under its own name', () => {
  const names = techniqueSpecVariants.map((variant) => variant.shape.technique.value);
  assert.deepEqual(Object.keys(catalogue).sort(), [...names].sort());
  for (const name of names) assert.equal(techniqueOf(name).name, name);
});

test('every technique on every leaf either fits and runs over no rows, or is refused with a remedy', () => {
  const where = { topic: 't', partition: 0, offsets: new Float64Array(0) };
  let fits = 0;
  for (const spec of written.map(specOf)) {
    for (const leaf of everyLeaf) {
      const result = check(spec, leaf, false);
      if ('output' in result) {
        const out = new Replacements(shapeOf(result.output));
        out.prepare(0);
        const apply = link(spec, { keys, path: 'p', input: leaf, output: result.output });
        apply(columnOf(leaf, []), out, where, null);
        fits++;
      } else {
        assert.ok(result.length > 0);
        for (const { code, path, message } of result) {
          assert.match(code, /^TECHNIQUE_(?:NOT_APPLICABLE|PARAMETER_INVALID)$/);
          assert.equal(path, '');
          assert.match(message, /\w+/);
        }
      }
    }
  }
  assert.ok(fits > 100);
});
