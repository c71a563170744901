import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConfigError } from '../../../src/operations/config/errors.ts';
import { parseConfig } from '../../../src/operations/config/parse.ts';
import { context, exampleText, smallText } from './example.ts';

/** Settings, or a refusal that is one of ours; anything else is a fault of the parser. */
function survives(text: string): void {
  try {
    assert.ok(parseConfig(text, context).settings.routes.length > 0);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    assert.ok(error.problems.length > 0);
  }
}

test('a file with changed bytes is accepted or refused, never more than that', () => {
  const bytes = Buffer.from(exampleText);
  const place = fc.nat({ max: bytes.length - 1 });
  const edit = fc.tuple(place, fc.constantFrom('set', 'cut', 'copy'), fc.nat({ max: 255 }));
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
      let mutated: Buffer = Buffer.from(bytes);
      for (const [at, kind, value] of edits) {
        if (kind === 'set') mutated[Math.min(at, mutated.length - 1)] = value;
        else {
          const head = mutated.subarray(0, at);
          const tail = mutated.subarray(kind === 'cut' ? at + value : Math.max(0, at - value));
          mutated = Buffer.concat([head, tail]);
        }
      }
      survives(mutated.toString('utf8'));
    }),
    { numRuns: 300, seed: 7 },
  );
});

test('a file with changed words is accepted or refused, never more than that', () => {
  const words = ['&a', '*a', '<<: *a', '{', '[', '- -', '? ', ': ', '!!binary', '!!set', '|', '>'];
  const hostile = ['null', '.inf', '-1', '1e999', '__proto__', 'constructor', '${', '${file:', '~'];
  const word = fc.constantFrom(...words, ...hostile);
  const lines = smallText.split('\n');
  fc.assert(
    fc.property(fc.nat({ max: lines.length - 1 }), word, fc.nat({ max: 60 }), (line, text, at) => {
      const old = lines[line] ?? '';
      survives(lines.with(line, `${old.slice(0, at)}${text}${old.slice(at)}`).join('\n'));
    }),
    { numRuns: 600, seed: 11 },
  );
});

for (const [what, text] of [
  ['nothing', ''],
  ['a scalar', '1'],
  ['a list', '[]'],
  ['a deep list', '- '.repeat(20_000)],
  ['two documents', 'a: 1\n---\nb: 2'],
  ['many aliases', `a: &a [1]\nb: [${'*a,'.repeat(5000)}]`],
  [
    'growing aliases',
    'a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c,*c]',
  ],
  ['a key that is a prototype', '__proto__: { a: 1 }'],
] as const)
  test(`${what} instead of a file is refused`, () => {
    assert.throws(() => parseConfig(text, context), ConfigError);
  });
