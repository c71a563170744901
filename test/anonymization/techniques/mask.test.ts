import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { agree, effectOf, refusalOf, specOf, transform } from './agreement.ts';
import { anyText, listOf } from './arbitraries.ts';
import { everyLeaf, text, uuid } from './leaves.ts';

const of = (parameters: object) => specOf({ technique: 'mask', ...parameters });
const masked = (parameters: object, value: string): unknown => {
  const [result] = transform(of(parameters), text, [value]);
  return result?.status === 'replaced' ? result.value : result;
};

test('characters are hidden, the first and last ones kept on request', () => {
  assert.equal(masked({}, 'secret'), '******');
  assert.equal(masked({ keepLast: 2 }, '0123456789'), '********89');
  assert.equal(masked({ keepFirst: 1, keepLast: 1, character: '#' }, 'secret'), 's####t');
  assert.equal(masked({}, ''), '');
});

test('separators are kept and not counted', () => {
  assert.equal(masked({ keepLast: 4, ignore: '- ' }, '4111-1111 1111-1234'), '****-**** ****-1234');
  assert.equal(masked({ keepLast: 1, ignore: 'é·' }, 'aé·bc'), '*é·*c');
});

test('a value too short to hide half of its characters is masked whole', () => {
  assert.equal(masked({ keepLast: 2 }, 'abcd'), '**cd');
  assert.equal(masked({ keepLast: 2 }, 'abc'), '***');
  assert.equal(masked({ keepFirst: 2, keepLast: 2 }, 'abcdefg'), '*******');
  assert.equal(masked({ keepFirst: 2, keepLast: 2 }, 'abcdefgh'), 'ab****gh');
  assert.equal(masked({ keepLast: 9 }, 'ab'), '**');
});

test('characters are code points', () => {
  assert.equal(masked({ keepFirst: 1 }, '👍👎ü€'), '👍***');
  assert.equal(masked({ keepLast: 1, character: '•' }, 'aü👍'), '••👍');
});

test('a column is masked as its values are', () => {
  const spec = fc.record({
    keepFirst: fc.nat({ max: 5 }),
    keepLast: fc.nat({ max: 5 }),
    character: fc.constantFrom('*', 'é', '•'),
    ignore: fc.constantFrom('', '-', ' é', '👍Z'),
  });
  fc.assert(
    fc.property(spec, listOf(anyText), (p, values) => agree(of(p), text, wellFormed(values))),
  );
});

test('only strings can be masked, and a masked UUID is plain text', () => {
  for (const leaf of everyLeaf) {
    if (leaf.kind === 'string') assert.deepEqual(effectOf(of({}), leaf).output, text);
    else assert.deepEqual(refusalOf(of({}), leaf), ['TECHNIQUE_NOT_APPLICABLE']);
  }
  assert.equal(uuid.kind, 'string');
});

function wellFormed(values: readonly string[]): string[] {
  return values.map((value) => value.toWellFormed());
}
