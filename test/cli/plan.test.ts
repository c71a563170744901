import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { files, folder, lethe, planArgs } from './lethe.ts';

/** Compares with a file of `golden/`; with `UPDATE_GOLDEN=1` writes it. */
function golden(name: string, text: string): void {
  const file = new URL(`golden/${name}`, import.meta.url);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8'));
}

test('plan prints a table of every leaf', async (t) => {
  const cwd = folder(t, files);
  const { code, out, err } = await lethe(['plan', ...planArgs], { cwd });
  assert.equal(err, '');
  assert.equal(code, 0);
  golden('plan.txt', out);
});

test('plan takes the rules of a route', async (t) => {
  const cwd = folder(t, files);
  const { code, out } = await lethe(['plan', ...planArgs, '--route', 'open'], { cwd });
  assert.equal(code, 0);
  assert.match(out, /email +string +suppress.*route field email/);
  const unknown = await lethe(['plan', ...planArgs, '--route', 'closed'], { cwd });
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /CONFIG_REFERENCE_UNKNOWN/);
});

test('plan prints JSON that --diff reads again', async (t) => {
  const cwd = folder(t, files);
  const { out } = await lethe(['plan', ...planArgs, '--json'], { cwd });
  const plan: unknown = JSON.parse(out);
  assert.ok(typeof plan === 'object' && plan !== null && 'digest' in plan && 'steps' in plan);
  writeFileSync(join(cwd, 'old.json'), out);
  const same = await lethe(['plan', ...planArgs, '--diff', 'old.json'], { cwd });
  assert.equal(same.out, 'no difference\n');
  const other = await lethe(['plan', ...planArgs, '--route', 'open', '--diff', 'old.json'], {
    cwd,
  });
  assert.match(other.out, /^~ email/);
});

test('plan compares with other rules for the same schema', async (t) => {
  const other = files['lethe.yaml'].replace('keepFirst: 2', 'keepFirst: 3');
  const cwd = folder(t, { ...files, 'other.yaml': other });
  const { code, out } = await lethe(['plan', ...planArgs, '--diff', 'other.yaml'], { cwd });
  assert.equal(code, 0);
  assert.match(out, /^~ address\.zip/);
});

test('plan reads referenced schemas', async (t) => {
  const cwd = folder(t, {
    ...files,
    'order.avsc': JSON.stringify({
      type: 'record',
      name: 'acme.Order',
      fields: [{ name: 'customer', type: 'acme.Customer' }],
    }),
    'rules.yaml': files['lethe.yaml'].replace('address.zip', 'customer.address.zip'),
  });
  const reference = ['--reference', 'acme.Customer=customer.avsc'];
  const args = ['plan', '--schema', 'order.avsc', '--rules', 'rules.yaml', ...reference];
  const { code, out, err } = await lethe(args, { cwd });
  assert.equal(code, 0, err);
  assert.match(out, /customer\.email/);
});

test('plan exits with 1 and every reason when leaves are undecided', async (t) => {
  const cwd = folder(t, { ...files, 'empty.yaml': 'rules: {}' });
  const { code, out, err } = await lethe(
    ['plan', '--schema', 'customer.avsc', '--rules', 'empty.yaml'],
    { cwd },
  );
  assert.equal(code, 1);
  assert.equal(out, '');
  assert.match(err, /TAG_WITHOUT_RULE {2}email/);
  assert.match(err, /TAG_WITHOUT_RULE {2}phone/);
  assert.match(err, /LEAF_UNCLASSIFIED {2}address\.zip/);
  assert.doesNotMatch(err, /^\s+at /m);
});

test('plan exits with 2 for files that are missing or wrong', async (t) => {
  const cwd = folder(t, { ...files, 'wrong.yaml': 'rules: { tgs: {} }' });
  const missing = await lethe(['plan', '--schema', 'no.avsc', '--rules', 'lethe.yaml'], { cwd });
  assert.equal(missing.code, 2);
  assert.match(missing.err, /CLI_FILE_UNREADABLE.*no\.avsc/);
  const wrong = await lethe(['plan', '--schema', 'customer.avsc', '--rules', 'wrong.yaml'], {
    cwd,
  });
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /CONFIG_KEY_UNKNOWN {2}rules\.tgs {2}\(line 1, column 10\)/);
  assert.match(wrong.err, /did you mean "tags"\?/);
  assert.match(wrong.err, /remedy: /);
  const diff = await lethe(['plan', ...planArgs, '--diff', 'customer.avsc'], { cwd });
  assert.equal(diff.code, 2);
  assert.match(diff.err, /CLI_OPTION_INVALID/);
});

test('--debug shows where an error came from, without it nothing does', async (t) => {
  const cwd = folder(t, files);
  const args = ['plan', '--schema', 'no.avsc', '--rules', 'lethe.yaml'];
  assert.doesNotMatch((await lethe(args, { cwd })).err, /^\s+at /m);
  assert.match((await lethe(['--debug', ...args], { cwd })).err, /^\s+at .*files\.ts/m);
});
