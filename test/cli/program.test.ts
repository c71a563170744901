import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { lethe } from './lethe.ts';

const commands = [
  [],
  ['run'],
  ['plan'],
  ['apply'],
  ['keys'],
  ['keys', 'create'],
  ['keys', 'rotate'],
  ['keys', 'list'],
  ['network'],
  ['network', 'connections'],
  ['network', 'diff'],
  ['network', 'snapshot'],
  ['network', 'map'],
] as const;

for (const command of commands)
  test(`${['lethe', ...command].join(' ')} has help with examples`, async () => {
    const { code, out, err } = await lethe([...command, '--help']);
    assert.equal(code, 0);
    assert.equal(err, '');
    assert.match(out, /^Usage: lethe/);
    assert.match(out, /\nExamples:\n {2}lethe /);
  });

test('--version tells the version of the package', async () => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { code, out } = await lethe(['--version']);
  assert.equal(code, 0);
  assert.ok(text.includes(`"version": "${out.trim()}"`));
});

for (const [what, args] of [
  ['an unknown command', ['forget']],
  ['an unknown option', ['plan', '--what']],
  ['a missing option', ['run']],
  ['a wrong format', ['apply', '--format', 'xml']],
  ['a wrong time', ['run', '--config', 'x', '--duration', 'soon']],
  ['a wrong reference', ['plan', '--reference', 'x']],
  ['a wrong reading of ipBlock', ['network', 'diff', 'a', 'b', '--ipblock-pods', 'x']],
  ['one side of a comparison', ['network', 'diff', 'a']],
] as const)
  test(`${what} exits with 2 and points to the help`, async () => {
    const { code, out, err } = await lethe(args);
    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(err, /^error: /);
    assert.match(err, /--help/);
  });
