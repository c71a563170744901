import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agree, effectOf, specOf } from './agreement.ts';
import { color, everyLeaf, text } from './leaves.ts';

const present = specOf({ technique: 'drop-record' });

test('drop-record fits every leaf', () => {
  for (const leaf of everyLeaf) assert.equal(effectOf(present, leaf).output, leaf);
});

test('every value that is present drops its record, an empty one too', () => {
  agree(present, text, ['', 'a']);
  agree(present, color, ['RED']);
  agree(specOf({ technique: 'drop-record', when: 'always' }), text, ['x']);
});
