import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constant } from '../../../src/anonymization/techniques/constant.ts';
import { agree, effectOf, keys, refusalOf, specOf } from './agreement.ts';
import {
  boolean,
  bytes,
  color,
  decimal,
  double,
  fixed,
  float,
  int,
  long,
  nothing,
  text,
  uuid,
} from './leaves.ts';

const of = (value: string | number | boolean) => specOf({ technique: 'constant', value });
const invalid = ['TECHNIQUE_PARAMETER_INVALID'];

test('the same value stands for all, in the form of its leaf', () => {
  agree(of('geschwärzt'), text, ['a', '', 'ü']);
  agree(of('00000000-0000-4000-8000-000000000000'), uuid, ['x']);
  agree(of(-7), int, [1n, 2n]);
  agree(of(2 ** 40), long, [1n]);
  agree(of(-1), long, [1n]);
  agree(of(1.5), double, [3, NaN]);
  agree(of(true), boolean, [false, true]);
  agree(of(false), boolean, [true]);
  agree(of('GREEN'), color, ['RED', 'BLUE']);
  agree(of('ab'), bytes, [Buffer.of(1)]);
  agree(of('ab'), fixed(2), [Buffer.of(1, 2)]);
  agree(of(12.5), decimal(4, 2), [Buffer.of(1)]);
  agree(of(-1), fixed(6, { name: 'decimal', precision: 4, scale: 2 }), [Buffer.alloc(6)]);
});

test('a value that does not fit its leaf is refused', () => {
  assert.deepEqual(refusalOf(of(1), text), invalid);
  assert.deepEqual(refusalOf(of('x'), uuid), invalid);
  assert.deepEqual(refusalOf(of('1'), int), invalid);
  assert.deepEqual(refusalOf(of(2 ** 31), int), invalid);
  assert.deepEqual(refusalOf(of(1.5), long), invalid);
  assert.deepEqual(refusalOf(of(2 ** 53), long), invalid);
  assert.deepEqual(refusalOf(of('1'), float), invalid);
  assert.deepEqual(refusalOf(of(1e300), float), invalid);
  assert.deepEqual(refusalOf(of('true'), boolean), invalid);
  assert.deepEqual(refusalOf(of('PINK'), color), invalid);
  assert.deepEqual(refusalOf(of(0), color), invalid);
  assert.deepEqual(refusalOf(of(1), bytes), invalid);
  assert.deepEqual(refusalOf(of('abc'), fixed(2)), invalid);
  assert.deepEqual(refusalOf(of(1.234), decimal(4, 2)), invalid);
  assert.deepEqual(refusalOf(of(100), decimal(4, 2)), invalid);
  assert.deepEqual(refusalOf(of('1'), decimal(4, 2)), invalid);
  assert.deepEqual(refusalOf(of('x'), nothing), ['TECHNIQUE_NOT_APPLICABLE']);
});

test('a constant changes no type and hides all', () => {
  const effect = effectOf(of('x'), text);
  assert.deepEqual(effect.output, text);
  assert.ok(effect.deterministic && !effect.injective && !effect.reversible);
});

test('linking past a refusal is a fault of the program', () => {
  const spec = of('x');
  assert.equal(spec.technique, 'constant');
  assert.throws(() => constant.link(spec, { keys, path: '', input: int, output: int }), TypeError);
});
