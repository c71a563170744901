import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import avro from 'avsc';
import { customerSchema, files, folder, lethe, planArgs } from './lethe.ts';

const customer = (id: number) => ({
  id,
  email: `canary${id}@example.org`,
  phone: id % 2 === 0 ? null : { string: `555123${id}` },
  status: 'active',
  address: { zip: '12345' },
});

async function withKeys(t: TestContext): Promise<string> {
  const cwd = folder(t, files);
  const { code, err } = await lethe(
    ['keys', 'create', '--directory', 'keys', '--key-version', 'v1'],
    { cwd },
  );
  assert.equal(code, 0, err);
  return cwd;
}

const args = ['apply', ...planArgs, '--keys', 'keys'];
const lines = (count: number): string =>
  Array.from({ length: count }, (_, id) => `${JSON.stringify(customer(id))}\n`).join('');

function objects(text: string): readonly Record<string, unknown>[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const value: unknown = JSON.parse(line);
      assert.ok(typeof value === 'object' && value !== null);
      return { ...value };
    });
}

test('apply rewrites JSON lines through a pipe and says what became of them', async (t) => {
  const cwd = await withKeys(t);
  const { code, out, err } = await lethe(args, { cwd, stdin: lines(3) });
  assert.equal(code, 0, err);
  assert.equal(err, '3 records: 3 written, 0 dropped, 0 refused\n');
  const records = objects(out);
  assert.equal(records.length, 3);
  for (const { email, status, address } of records) {
    assert.match(String(email), /@/);
    assert.equal(status, 'active');
    assert.deepEqual(address, { zip: '12***' });
  }
  assert.doesNotMatch(out, /canary/);
  const again = await lethe(args, { cwd, stdin: lines(3) });
  assert.equal(again.out, out, 'the same input gives the same bytes');
});

test('apply rewrites a container file into another, which appears only when it is whole', async (t) => {
  const cwd = await withKeys(t);
  const type = avro.Type.forSchema(JSON.parse(customerSchema) as avro.Schema, { wrapUnions: true });
  const raw = join(cwd, 'raw.avro');
  await new Promise<void>((resolve, reject) => {
    const encoder = avro.createFileEncoder(raw, type);
    encoder.on('finish', () => setTimeout(resolve, 50));
    encoder.on('error', reject);
    for (let id = 0; id < 500; id++) encoder.write(customer(id));
    encoder.end();
  });
  const { code, err } = await lethe([...args, '--in', 'raw.avro', '--out', 'public.avro'], { cwd });
  assert.equal(code, 0, err);
  assert.match(err, /^500 records: 500 written/);
  assert.equal(existsSync(join(cwd, 'public.avro.partial')), false);
  assert.ok(!readFileSync(join(cwd, 'public.avro')).includes('canary'));
  const read = await new Promise<unknown[]>((resolve, reject) => {
    const found: unknown[] = [];
    const decoder = avro.createFileDecoder(join(cwd, 'public.avro'));
    decoder.on('data', (record: unknown) => found.push(record));
    decoder.on('end', () => resolve(found));
    decoder.on('error', reject);
  });
  assert.equal(read.length, 500);
});

test('apply exits with 1 when records were refused, and with 0 when that is allowed', async (t) => {
  const cwd = await withKeys(t);
  const stdin = `${lines(1)}{"id":"canary"}\n${lines(1)}`;
  const refused = await lethe(args, { cwd, stdin });
  assert.equal(refused.code, 1);
  assert.match(refused.err, /^3 records: 2 written, 0 dropped, 1 refused\n/);
  assert.match(refused.err, /record 1: VALUE_TYPE_MISMATCH/);
  assert.doesNotMatch(refused.err, /canary/);
  assert.equal(objects(refused.out).length, 2);
  const allowed = await lethe([...args, '--allow-quarantine'], { cwd, stdin });
  assert.equal(allowed.code, 0);
});

test('apply leaves nothing behind when the input is no container file', async (t) => {
  const cwd = await withKeys(t);
  writeFileSync(join(cwd, 'raw.avro'), 'canary');
  const { code, err } = await lethe(
    [...args, '--format', 'avro', '--in', 'raw.avro', '--out', 'public.avro'],
    { cwd },
  );
  assert.equal(code, 2);
  assert.match(err, /CONTAINER_MAGIC_MISSING/);
  assert.doesNotMatch(err, /canary/);
  assert.equal(existsSync(join(cwd, 'public.avro')), false);
  assert.equal(existsSync(join(cwd, 'public.avro.partial')), false);
});

test('apply says which file or key is missing', async (t) => {
  const cwd = await withKeys(t);
  const input = await lethe([...args, '--in', 'absent'], { cwd });
  assert.equal(input.code, 2);
  assert.match(input.err, /CLI_FILE_UNREADABLE.*"absent"/);
  const output = await lethe([...args, '--out', 'absent/x'], { cwd, stdin: lines(1) });
  assert.equal(output.code, 2);
  assert.match(output.err, /CLI_FILE_UNWRITABLE/);
  const version = await lethe([...args, '--key-version', 'v9'], { cwd, stdin: '' });
  assert.equal(version.code, 2);
  assert.match(version.err, /KEY_VERSION_UNKNOWN/);
  const keys = await lethe(['apply', ...planArgs, '--keys', 'nowhere'], { cwd, stdin: '' });
  assert.equal(keys.code, 2);
  assert.match(keys.err, /KEY_DIRECTORY_UNREADABLE/);
});

test('apply draws no bar where no person reads', async (t) => {
  const cwd = await withKeys(t);
  const { err } = await lethe(args, { cwd, stdin: lines(5000) });
  assert.doesNotMatch(err, /\r/);
});
