import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyRing } from '../../../src/anonymization/crypto/key-ring.ts';
import { link } from '../../../src/anonymization/techniques/catalogue.ts';
import { Replacements } from '../../../src/anonymization/techniques/column.ts';
import { agree, effectOf, keys, refusalOf, roots, specOf, transform } from './agreement.ts';
import { anyBytes, anyInt, anyLong, anyText, listOf } from './arbitraries.ts';
import { columnOf, resultsOf } from './columns.ts';
import {
  boolean,
  bytes,
  color,
  date,
  decimal,
  double,
  fixed,
  float,
  int,
  long,
  longAs,
  nothing,
  text,
  uuid,
} from './leaves.ts';

const of = (parameters: object = {}) => specOf({ technique: 'pseudonymize', ...parameters });
const refused = ['TECHNIQUE_NOT_APPLICABLE'];
const invalid = ['TECHNIQUE_PARAMETER_INVALID'];
const texts = listOf(anyText.map((value) => value.toWellFormed()));
const quick = { numRuns: 40 };

function one(parameters: object, value: string): string {
  const [result] = transform(of(parameters), text, [value]);
  assert.ok(result?.status === 'replaced' && typeof result.value === 'string');
  return result.value;
}

test('text becomes 22 characters of base64url, as the reference computes them', () => {
  assert.match(one({}, 'someone@example.com'), /^[A-Za-z0-9_-]{22}$/);
  fc.assert(
    fc.property(texts, (values) => agree(of(), text, values)),
    { numRuns: 100 },
  );
});

test('text of all lengths to 200, over the chunks of the kernel, is as the reference has it', () => {
  agree(
    of(),
    text,
    Array.from({ length: 201 }, (_, n) => 'x'.repeat(n)),
  );
  const many = Array.from({ length: 4500 }, (_, i) => `user${i}${i % 9 === 0 ? 'e\u0301' : ''}`);
  const column = transform(of(), text, many);
  for (const i of [0, 9, 4095, 4096, 4097, 4491, 4499]) {
    assert.deepEqual(column[i], transform(of(), text, [many[i]!])[0]);
  }
});

test('two spellings of one text in Unicode are one value', () => {
  assert.equal(one({}, 'Ame\u0301lie'), one({}, 'Amélie'));
  assert.equal(one({}, '\u212b'), one({}, 'Å'));
  assert.notEqual(one({}, 'Amelie'), one({}, 'Amélie'));
});

test('spaces and case count unless the rule says otherwise', () => {
  assert.notEqual(one({}, 'Ann '), one({}, 'ann'));
  assert.equal(one({ trim: true, foldCase: true }, '\t Ann\u00a0'), one({}, 'ann'));
  assert.equal(one({ foldCase: true }, 'STRASSE'), one({ foldCase: true }, 'straße'));
  assert.equal(one({ foldCase: true }, 'ΟΔΟΣ'), one({ foldCase: true }, 'οδοσ'));
  const forms = fc.record({ trim: fc.boolean(), foldCase: fc.boolean() });
  fc.assert(fc.property(forms, texts, (form, values) => agree(of(form), text, values)));
  // Folding lengthens: the packed canonical forms grow over what the source needed.
  agree(
    of({ foldCase: true }),
    text,
    Array.from({ length: 50 }, () => '\u0390'.repeat(40)),
  );
});

test('every output of text has the shape that its name says', () => {
  assert.match(one({ output: 'hex' }, 'a'), /^[0-9a-f]{32}$/);
  assert.match(one({ output: 'email' }, 'a'), /^[a-z2-7]{16}@example\.invalid$/);
  assert.match(
    one({ output: 'uuid' }, 'a'),
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  for (const output of ['text', 'hex', 'email', 'uuid'] as const) {
    fc.assert(
      fc.property(texts, (values) => agree(of({ output }), text, values)),
      quick,
    );
  }
});

test('tokens have any length from 8 to 64', () => {
  for (let length = 8; length <= 64; length++) {
    for (const output of ['text', 'hex', 'email'] as const) {
      agree(of({ output, length }), text, ['', 'a', 'user@example.com', 'ü']);
    }
    agree(of({ length }), bytes, [Buffer.of(), Buffer.of(1, 2, 3)]);
  }
});

test('the empty string is a value, or is kept on request', () => {
  assert.equal(one({}, '').length, 22);
  for (const output of ['text', 'hex', 'email', 'uuid', 'digits'] as const) {
    agree(of({ output, keepEmpty: true }), text, ['', '123456', '']);
  }
  agree(of({ keepEmpty: true }), bytes, [Buffer.of(), Buffer.of(1)]);
});

test('a UUID stays a UUID', () => {
  assert.deepEqual(effectOf(of(), uuid).output, uuid);
  agree(of(), uuid, ['123e4567-e89b-12d3-a456-426614174000', 'x']);
  agree(of(), fixed(16, { name: 'uuid' }), [Buffer.alloc(16, 0xff)]);
  assert.deepEqual(effectOf(of({ output: 'text' }), uuid).output, text);
  assert.deepEqual(effectOf(of({ output: 'uuid' }), long).output, text);
  agree(of({ output: 'uuid' }), long, [1n]);
});

test('bytes stay bytes and fixed keeps its size', () => {
  fc.assert(
    fc.property(listOf(anyBytes), (values) => agree(of(), bytes, values)),
    quick,
  );
  agree(of(), fixed(8), [Buffer.alloc(8), Buffer.alloc(8, 1)]);
  agree(of(), fixed(33), [Buffer.alloc(33)]);
  agree(of(), fixed(5000), [Buffer.alloc(5000, 3)]);
  agree(of({ output: 'hex' }), fixed(3), [Buffer.alloc(3)]);
  assert.deepEqual(refusalOf(of(), fixed(7)), refused);
  assert.deepEqual(refusalOf(of({ length: 9 }), fixed(8)), invalid);
  assert.ok(effectOf(of({ length: 8 }), fixed(8)).injective);
});

test('int and long stay integers of their width and sign', () => {
  fc.assert(
    fc.property(listOf(anyInt), (values) => agree(of(), int, values)),
    quick,
  );
  fc.assert(
    fc.property(listOf(anyLong), (values) => agree(of(), long, values)),
    quick,
  );
  assert.ok(effectOf(of(), long).injective);
});

test('numbers become text on request, and equal numbers join across widths', () => {
  agree(of({ output: 'text' }), int, [0n, -1n, 42n]);
  agree(of({ output: 'hex' }), long, [0n, -1n, 42n, 1n << 62n]);
  agree(of(), double, [0, -0, 1.5, NaN, Infinity]);
  agree(of({ output: 'email' }), float, [0.5]);
  const token = (leaf: typeof int, value: bigint | number | string) =>
    transform(of({ output: 'text' }), leaf, [value])[0];
  assert.deepEqual(token(int, 42n), token(long, 42n));
  assert.deepEqual(token(float, 0.5), token(double, 0.5));
  assert.notDeepEqual(token(long, 42n), token(text, '42'));
  assert.notDeepEqual(token(long, 42n), token(double, 42));
});

test('digits keep their number and their separators', () => {
  const values = [
    '123456',
    '4111 1111 1111 1111',
    '+49 (170) 123-4567',
    '0'.repeat(30),
    '12.34.56',
  ];
  agree(of({ output: 'digits' }), text, values);
  const digits = fc.stringMatching(/^[0-9]{1,3}[ ./()+:,_0-9-]{0,24}$/);
  fc.assert(
    fc.property(listOf(digits), (list) => agree(of({ output: 'digits' }), text, list)),
    quick,
  );
});

test('digits that are too few, or stand among letters, are outside the domain and touch no neighbour', () => {
  const values = ['12345', 'card 4111111111111111', '', '１２３４５６', '123456'];
  const results = transform(of({ output: 'digits' }), text, values);
  assert.deepEqual(
    results.map(({ status }) => status),
    [...new Array<string>(4).fill('VALUE_OUTSIDE_DOMAIN'), 'replaced'],
  );
  agree(of({ output: 'digits' }), text, values);
});

test('domains and key versions keep tokens apart', () => {
  assert.notEqual(one({ domain: 'a' }, 'x'), one({ domain: 'b' }, 'x'));
  const old = KeyRing.fromRootKeys(roots, '2026-10');
  const out = new Replacements('span');
  out.prepare(1);
  const apply = link(of(), { keys: old, path: 'a.b', input: text, output: text });
  const where = { topic: null, partition: 0, offsets: new Float64Array(0) };
  apply(columnOf(text, ['x']), out, where, null);
  const [result] = resultsOf(out, text, 1);
  assert.ok(result?.status === 'replaced');
  assert.notEqual(result.value, one({}, 'x'));
});

test('a token depends neither on its path nor on its record', () => {
  const place = { topic: 't', partition: 1, first: 9 };
  const elsewhere = { path: 'c', place, records: [0, 0, 3] };
  assert.deepEqual(
    transform(of(), text, ['a', 'b', 'a'], elsewhere),
    transform(of(), text, ['a', 'b', 'a']),
  );
});

test('leaves whose values are few, or would turn into nonsense, are refused', () => {
  for (const leaf of [nothing, boolean, color]) {
    assert.deepEqual(refusalOf(of(), leaf), refused);
    assert.deepEqual(refusalOf(of({ output: 'text' }), leaf), refused);
  }
  for (const leaf of [
    date,
    longAs('timestamp-millis'),
    decimal(10, 2),
    fixed(12, { name: 'duration' }),
  ]) {
    assert.deepEqual(refusalOf(of(), leaf), refused);
    assert.deepEqual(effectOf(of({ output: 'text' }), leaf).output, text);
  }
  assert.deepEqual(refusalOf(of({ output: 'integer' }), date), refused);
  assert.deepEqual(refusalOf(of({ output: 'integer' }), text), refused);
  assert.deepEqual(refusalOf(of({ output: 'digits' }), long), refused);
  assert.deepEqual(refusalOf(of({ output: 'digits' }), uuid), refused);
  assert.deepEqual(refusalOf(of({ output: 'bytes' }), text), refused);
  assert.deepEqual(refusalOf(of({ output: 'bytes' }), decimal(4, 2)), refused);
});

test('linking past a refusal is a fault of the program', () => {
  const context = { keys, path: '', input: color, output: color };
  assert.throws(() => link(of(), context), TypeError);
});

test('parameters that have no meaning are refused', () => {
  for (const output of ['uuid', 'digits'] as const) {
    assert.deepEqual(refusalOf(of({ output, length: 10 }), text), invalid);
  }
  assert.deepEqual(refusalOf(of({ length: 10 }), long), invalid);
  assert.deepEqual(refusalOf(of({ trim: true }), long), invalid);
  assert.deepEqual(refusalOf(of({ foldCase: true }), bytes), invalid);
});

test('a token counts as unique from 64 bits on', () => {
  assert.ok(effectOf(of(), text).injective);
  assert.ok(!effectOf(of({ length: 8 }), text).injective);
  assert.ok(!effectOf(of({ output: 'hex', length: 15 }), text).injective);
  assert.ok(effectOf(of({ output: 'hex', length: 16 }), text).injective);
});
