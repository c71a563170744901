import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agree, effectOf, specOf } from './agreement.ts';
import { everyLeaf, text } from './leaves.ts';

const keep = specOf({ technique: 'keep' });

test('keep fits every leaf and promises that nothing changes', () => {
  for (const leaf of everyLeaf) {
    const effect = effectOf(keep, leaf);
    assert.equal(effect.output, leaf);
    assert.ok(effect.deterministic && effect.reversible && effect.injective);
  }
});

test('keep leaves every value as it is', () => agree(keep, text, ['', 'a', 'ü']));
