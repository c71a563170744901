import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { loadConfig, loadRules } from '../../../src/operations/config/load.ts';
import { smallText } from './example.ts';

function folder(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>): string {
  const path = mkdtempSync(join(tmpdir(), 'lethe-load-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

test('a file is loaded with all that it refers to, relative to itself, and every file is named', (t) => {
  const text = smallText.replace("['localhost:9092']", "['${HOST}:9092'], tls: { ca: ca.pem }");
  const path = folder(t, { 'lethe.yaml': text, 'ca.pem': '-----BEGIN CERTIFICATE-----' });
  const { settings, files } = loadConfig(join(path, 'lethe.yaml'), { HOST: 'broker' });
  const cluster = settings.clusters.get('main');
  assert.deepEqual(cluster?.bootstrapServers, ['broker:9092']);
  assert.equal(cluster.tls?.ca, '-----BEGIN CERTIFICATE-----');
  assert.equal(settings.keys.directory, join(path, 'keys'));
  assert.deepEqual(files, [join(path, 'lethe.yaml'), join(path, 'ca.pem')]);
});

test('a file that is missing, a directory, or not UTF-8 is unreadable', (t) => {
  const path = folder(t, { 'bytes.yaml': Buffer.from([0xff, 0xfe, 0xfd]) });
  for (const name of ['absent.yaml', '.', 'bytes.yaml'])
    assert.throws(() => loadConfig(join(path, name), {}), { code: 'CONFIG_UNREADABLE' });
});

test('rules are loaded from a whole file or from the section alone', (t) => {
  const path = folder(t, {
    'whole.yaml': smallText,
    'alone.yaml': 'tags: { PII: { technique: keep } }',
  });
  const whole = loadRules(join(path, 'whole.yaml'), {}, 'customers');
  assert.equal(whole.rules.global.tags.get('PII')?.technique, 'suppress');
  assert.equal(whole.currentKey, 'v1');
  const alone = loadRules(join(path, 'alone.yaml'), {});
  assert.equal(alone.rules.global.tags.get('PII')?.technique, 'keep');
  assert.equal(alone.currentKey, null);
});
