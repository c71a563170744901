import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parsePath, renderPath, type Segment } from '../../../src/anonymization/schema/path.ts';

test('each kind of segment has its written form', () => {
  const path: Segment[] = [
    { kind: 'field', name: 'payload' },
    { kind: 'branch', name: 'Refund', fullName: 'acme.Refund' },
    { kind: 'field', name: 'items' },
    { kind: 'items' },
    { kind: 'field', name: 'attributes' },
    { kind: 'values' },
    { kind: 'keys' },
    { kind: 'field', name: 'name.with.dots' },
  ];
  assert.equal(renderPath(path), 'payload<Refund>.items[].attributes{}{key}.`name.with.dots`');
  assert.equal(renderPath([]), '$value');
});

test('a path that was written is read back', () => {
  const name = fc.string({ minLength: 1, unit: 'grapheme' });
  const segment: fc.Arbitrary<Segment> = fc.oneof(
    name.map((text): Segment => ({ kind: 'field', name: text })),
    fc.constantFrom<Segment>({ kind: 'items' }, { kind: 'values' }, { kind: 'keys' }),
    fc
      .stringMatching(/^[A-Za-z.]+$/)
      .map((text): Segment => ({ kind: 'branch', name: text, fullName: text })),
  );
  fc.assert(
    fc.property(fc.array(segment), (path) => {
      const parsed = parsePath(renderPath(path));
      assert.ok(parsed.ok, renderPath(path));
      assert.deepEqual(parsed.segments, path);
    }),
  );
});

test('wildcards are segments, quoted stars are names', () => {
  const kinds = (text: string): readonly string[] => {
    const parsed = parsePath(text);
    assert.ok(parsed.ok, text);
    return parsed.segments.map(({ kind }) => kind);
  };
  assert.deepEqual(kinds('**.a.*[]'), ['any-number', 'field', 'any-field', 'items']);
  assert.deepEqual(kinds('`*`.`**`'), ['field', 'field']);
  assert.deepEqual(kinds('[].x'), ['items', 'field']);
});

test('what is no path is refused with its position', () => {
  for (const [text, position] of [
    ['', 0],
    ['.a', 0],
    ['a.', 2],
    ['a..b', 2],
    ['a*', 1],
    ['a[0]', 1],
    ['a{x}', 1],
    ['a<', 1],
    ['a<>', 1],
    ['`a', 0],
    ['a`b`', 1],
  ] as const)
    assert.deepEqual(parsePath(text), { ok: false, position }, text);
});
