import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { covers, mergePatch } from '../../../src/isolation/warden/merge-patch.ts';

type Json = Readonly<Record<string, unknown>>;

/** RFC 7386, section 2. */
function applied(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result = new Map<string, unknown>(
    typeof target === 'object' && target !== null && !Array.isArray(target)
      ? Object.entries(target)
      : [],
  );
  for (const [key, value] of Object.entries(patch))
    if (value === null) result.delete(key);
    else result.set(key, applied(result.get(key), value));
  return Object.fromEntries(result);
}

/** Objects without null, which a merge patch can not write. */
const objects = fc
  .dictionary(
    fc.constantFrom('a', 'b', 'c'),
    fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.integer({ min: 0, max: 3 }),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { noNullPrototype: true }),
      ),
    })).value,
    { noNullPrototype: true },
  )
  .map((value) => value as Json);

test('the patch turns one object into the other', () => {
  fc.assert(
    fc.property(objects, objects, (from, to) => {
      assert.deepEqual(applied(from, mergePatch(from, to) ?? {}), to);
    }),
  );
});

test('there is no patch between equals', () => {
  fc.assert(fc.property(objects, (one) => mergePatch(one, structuredClone(one)) === null));
});

test('what has more members covers, what has other lists or values does not', () => {
  assert.ok(covers({ a: 1, b: { c: [1], d: 2 } }, { b: { c: [1] } }));
  assert.ok(covers({ list: [{ a: 1, b: 2 }] }, { list: [{ a: 1 }] }));
  assert.ok(!covers({ list: [{ a: 1 }, {}] }, { list: [{ a: 1 }] }));
  assert.ok(!covers({ a: 1 }, { a: 2 }));
  assert.ok(!covers({}, { a: undefined }));
  assert.ok(!covers('text', { a: 1 }));
});
