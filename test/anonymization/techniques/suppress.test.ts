import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveSuppress } from '../../../src/anonymization/techniques/suppress.ts';
import { agree, effectOf, refusalOf, specOf, transform } from './agreement.ts';
import {
  boolean,
  bytes,
  color,
  decimal,
  double,
  everyLeaf,
  fixed,
  int,
  long,
  nothing,
  text,
  uuid,
} from './leaves.ts';

const as = (how: string) => specOf({ technique: 'suppress', as: how });
const open = specOf({ technique: 'suppress' });

test('what a rule leaves open is null where the schema allows it, else the empty value', () => {
  assert.equal(open.technique, 'suppress');
  assert.deepEqual(resolveSuppress(open, true), as('null'));
  assert.deepEqual(resolveSuppress(open, false), as('empty'));
  const chosen = as('remove');
  assert.equal(chosen.technique, 'suppress');
  assert.equal(resolveSuppress(chosen, true), chosen);
});

test('null needs a union with null', () => {
  assert.ok(effectOf(as('null'), text, true).nullable);
  assert.ok(effectOf(open, text, true).nullable);
  assert.deepEqual(refusalOf(as('null'), text), ['TECHNIQUE_NOT_APPLICABLE']);
  agree(as('null'), text, ['a', '']);
});

test('remove takes the field out', () => {
  for (const leaf of everyLeaf) {
    if (leaf.kind !== 'null') assert.ok(effectOf(as('remove'), leaf).removes);
  }
});

test('every other leaf gets the empty value of its type', () => {
  agree(as('empty'), text, ['a', 'b']);
  agree(as('empty'), uuid, ['x']);
  agree(as('empty'), bytes, [Buffer.of(1)]);
  agree(as('empty'), decimal(4, 2), [Buffer.of(1)]);
  agree(as('empty'), fixed(5), [Buffer.alloc(5, 1)]);
  agree(as('empty'), int, [5n, -5n]);
  agree(as('empty'), long, [1n << 60n]);
  agree(as('empty'), double, [1.5]);
  agree(as('empty'), boolean, [true, false]);
  agree(as('default'), text, ['a']);
});

test('an enum has no empty value, but a first symbol on request', () => {
  assert.deepEqual(refusalOf(open, color), ['TECHNIQUE_NOT_APPLICABLE']);
  assert.deepEqual(refusalOf(as('empty'), color), ['TECHNIQUE_NOT_APPLICABLE']);
  assert.ok(effectOf(open, color, true).nullable);
  agree(as('default'), color, ['BLUE', 'GREEN']);
});

test('a null leaf stays null', () => {
  assert.equal(effectOf(open, nothing).output, nothing);
  assert.deepEqual(transform(as('null'), nothing, [0n]), [{ status: 'kept' }]);
});
