import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from '../../src/foundation/canonical-json.ts';

test('members are sorted by UTF-16 code units, as RFC 8785 §3.2.3 shows', () => {
  const sample = {
    '\u20ac': 1,
    '\r': 2,
    '\ufb33': 3,
    '1': 4,
    '\ud83d\ude00': 5,
    '\u0080': 6,
    ö: 7,
  };
  assert.equal(
    canonicalJson(sample),
    '{"\\r":2,"1":4,"\u0080":6,"ö":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
  );
});

test('numbers, nesting, maps and absent members have one form', () => {
  assert.equal(
    canonicalJson({ b: [1e21, -0, true, null], a: undefined, m: new Map([['x', 'y']]) }),
    '{"b":[1e+21,0,true,null],"m":{"x":"y"}}',
  );
});

test('equal values give equal text whatever the order of their members', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse());
      assert.equal(canonicalJson(turned), canonicalJson(value));
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('what JSON has no text for is refused', () => {
  for (const value of [NaN, Infinity, undefined, 1n, Symbol('s'), [undefined]])
    assert.throws(() => canonicalJson(value), TypeError);
});
