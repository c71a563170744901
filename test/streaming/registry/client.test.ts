import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RegistryClient } from '../../../src/streaming/registry/client.ts';
import type { RegistrySettings } from '../../../src/streaming/settings.ts';
import { createAuthority } from '../../rig/certificates.ts';
import { scratch } from '../../rig/scratch.ts';
import { FakeRegistry } from './fake-registry.ts';

const schema = JSON.stringify({ type: 'record', name: 'A', fields: [] });

function client(
  url: string,
  changes: Partial<RegistrySettings> = {},
  observe?: (operation: string, outcome: string) => void,
): RegistryClient {
  const settings: RegistrySettings = {
    url,
    auth: { type: 'none' },
    tls: null,
    requestTimeout: 500,
    retries: 0,
    negativeTtl: 50,
    cacheEntries: 2,
    ...changes,
  };
  return new RegistryClient(settings, { schemaBytes: 1000 }, observe);
}

test('a schema comes with its metadata tags and its references, dependencies first', async () => {
  await using fake = await FakeRegistry.start();
  fake.answer('GET /schemas/ids/7', {
    body: {
      schema,
      schemaType: 'AVRO',
      references: [{ name: 'b.B', subject: 'b', version: 2 }],
      metadata: { tags: { 'a.A.x': ['PII'] }, properties: { owner: 'crm' } },
    },
  });
  fake.answer('GET /subjects/b/versions/2', {
    body: {
      id: 5,
      version: 2,
      schema: '"B"',
      references: [{ name: 'c.C', subject: 'c d', version: 1 }],
    },
  });
  fake.answer('GET /subjects/c%20d/versions/1', { body: { id: 4, version: 1, schema: '"C"' } });
  const registry = client(fake.url);
  assert.deepEqual(await registry.schemaById(7), {
    id: 7,
    type: 'AVRO',
    text: schema,
    references: [
      { name: 'c.C', text: '"C"' },
      { name: 'b.B', text: '"B"' },
    ],
    tags: { 'a.A.x': ['PII'] },
  });
  registry.close();
});

test('references that go round in a circle end, and those without an end are refused', async () => {
  await using fake = await FakeRegistry.start();
  fake.answer('GET /schemas/ids/1', {
    body: { schema, references: [{ name: 'x', subject: 'x', version: 1 }] },
  });
  fake.answer('GET /subjects/x/versions/1', {
    body: { schema, references: [{ name: 'y', subject: 'x', version: 1 }] },
  });
  fake.answer('GET /schemas/ids/2', {
    body: { schema, references: [{ name: 'd0', subject: 'deep', version: 0 }] },
  });
  for (let i = 0; i < 20; i++)
    fake.answer(`GET /subjects/deep/versions/${i}`, {
      body: { schema, references: [{ name: `d${i + 1}`, subject: 'deep', version: i + 1 }] },
    });
  const registry = client(fake.url);
  assert.equal((await registry.schemaById(1))?.references.length, 1);
  await assert.rejects(registry.schemaById(2), { code: 'REGISTRY_REFERENCES_TOO_MANY' });
  registry.close();
});

test('one id is asked for once at a time, kept when found, and asked again after a while when missing', async () => {
  await using fake = await FakeRegistry.start();
  fake.answer('GET /schemas/ids/1', { body: { schema } });
  const calls: string[] = [];
  const registry = client(fake.url, {}, (operation, outcome) =>
    calls.push(`${operation} ${outcome}`),
  );
  await Promise.all([registry.schemaById(1), registry.schemaById(1), registry.schemaById(1)]);
  await registry.schemaById(1);
  assert.equal(fake.visits('GET /schemas/ids/1'), 1);
  assert.equal(await registry.schemaById(9), null);
  assert.equal(await registry.schemaById(9), null);
  assert.equal(fake.visits('GET /schemas/ids/9'), 1);
  await new Promise((resolve) => setTimeout(resolve, 60));
  fake.answer('GET /schemas/ids/9', { body: { schema } });
  assert.equal((await registry.schemaById(9))?.id, 9);
  assert.deepEqual(calls, ['schema-by-id ok', 'schema-by-id not-found', 'schema-by-id ok']);
  registry.close();
});

test('the cache holds no more than its bound', async () => {
  await using fake = await FakeRegistry.start();
  for (const id of [1, 2, 3]) fake.answer(`GET /schemas/ids/${id}`, { body: { schema } });
  const registry = client(fake.url);
  for (const id of [1, 2, 3, 1]) await registry.schemaById(id);
  assert.equal(fake.visits('GET /schemas/ids/1'), 2);
  assert.equal(fake.visits('GET /schemas/ids/3'), 1);
  registry.close();
});

test('credentials are sent, and a refusal has a code without them', async () => {
  await using fake = await FakeRegistry.start();
  fake.answer('GET /schemas/ids/1', { status: 401, body: { message: 'who is CANARY?' } });
  const basic = client(fake.url, {
    auth: { type: 'basic', username: 'lethe', password: 'CANARY' },
  });
  await assert.rejects(basic.schemaById(1), (error: Error & { code: string }) => {
    assert.equal(error.code, 'REGISTRY_UNAUTHORIZED');
    assert.ok(!JSON.stringify([error.message, error.stack]).includes('CANARY'));
    return true;
  });
  assert.equal(
    fake.requests[0]!.headers.authorization,
    `Basic ${Buffer.from('lethe:CANARY').toString('base64')}`,
  );
  const bearer = client(fake.url, { auth: { type: 'bearer', token: 'T' } });
  await assert.rejects(bearer.schemaById(2 - 1), {
    code: 'REGISTRY_UNAUTHORIZED',
    retriable: true,
  });
  assert.equal(fake.requests[1]!.headers.authorization, 'Bearer T');
  basic.close();
  bearer.close();
});

test('server errors are tried again, then told as unreachable', async () => {
  await using fake = await FakeRegistry.start();
  fake.answer('GET /schemas/ids/1', (visit) =>
    visit < 3 ? { status: visit === 1 ? 503 : 429 } : { body: { schema } },
  );
  fake.answer('GET /schemas/ids/2', { status: 500 });
  const registry = client(fake.url, { retries: 2 });
  assert.equal((await registry.schemaById(1))?.id, 1);
  await assert.rejects(registry.schemaById(2), { code: 'REGISTRY_UNREACHABLE', retriable: true });
  assert.equal(fake.visits('GET /schemas/ids/2'), 3);
  registry.close();
});

test('no server, a slow one, garbage and a stranger each have their code', async () => {
  await using fake = await FakeRegistry.start();
  fake.answer('GET /schemas/ids/1', { delay: 2000 });
  fake.answer('GET /schemas/ids/2', { raw: '<html>CANARY</html>' });
  fake.answer('GET /schemas/ids/3', { body: { schema: 3 } });
  fake.answer('GET /schemas/ids/4', { status: 404, raw: 'no such page' });
  fake.answer('GET /schemas/ids/5', { body: { schema: 'x'.repeat(1001) } });
  fake.answer('GET /schemas/ids/6', { raw: 'x'.repeat(100_000) });
  fake.answer('GET /schemas/ids/7', { body: { schema, schemaType: 'XML' } });
  fake.answer('GET /schemas/ids/8', { status: 400, body: {} });
  const registry = client(fake.url);
  const codes: string[] = [];
  for (let id = 1; id <= 8; id++)
    await registry.schemaById(id).catch((error: unknown) => {
      codes.push((error as { code: string }).code);
      assert.ok(!(error as Error).message.includes('CANARY'));
    });
  assert.deepEqual(codes, [
    'REGISTRY_TIMEOUT',
    'REGISTRY_RESPONSE_INVALID',
    'REGISTRY_RESPONSE_INVALID',
    'REGISTRY_RESPONSE_INVALID',
    'REGISTRY_SCHEMA_TOO_LARGE',
    'REGISTRY_SCHEMA_TOO_LARGE',
    'REGISTRY_TYPE_UNSUPPORTED',
    'REGISTRY_REJECTED',
  ]);
  registry.close();
  const nobody = client('http://127.0.0.1:1');
  await assert.rejects(nobody.check(), { code: 'REGISTRY_UNREACHABLE' });
  nobody.close();
});

test('an incompatible schema is refused before anything is written', async () => {
  await using fake = await FakeRegistry.start();
  const compatibility = 'POST /compatibility/subjects/public-value/versions/latest';
  const register = 'POST /subjects/public-value/versions';
  fake.answer(compatibility, { body: { is_compatible: false } });
  const registry = client(fake.url);
  const output = { type: 'AVRO', text: schema, references: [] } as const;
  await assert.rejects(registry.register('public-value', output), {
    code: 'REGISTRY_INCOMPATIBLE',
    retriable: false,
  });
  assert.equal(fake.visits(register), 0);
  fake.answer(compatibility, { body: { is_compatible: true } });
  fake.answer(register, { status: 409, body: { error_code: 409 } });
  await assert.rejects(registry.register('public-value', output), {
    code: 'REGISTRY_INCOMPATIBLE',
  });
  fake.answer(register, { status: 422, body: { error_code: 42201 } });
  await assert.rejects(registry.register('public-value', output), { code: 'REGISTRY_REJECTED' });
  fake.answer(register, { body: { id: 12 } });
  assert.equal(await registry.register('public-value', output), 12);
  fake.answer('POST /subjects/public-value', { body: { id: 12, version: 1 } });
  assert.equal(await registry.register('public-value', output), 12);
  assert.equal(fake.visits(register), 3);
  registry.close();
});

test('a schema is found by its GUID', async () => {
  await using fake = await FakeRegistry.start();
  const guid = '89791762-2336-4186-9674-299b90a802e2';
  fake.answer(`GET /schemas/guids/${guid}`, { body: { id: 3, schema } });
  const registry = client(fake.url);
  assert.equal((await registry.schemaByGuid(guid))?.id, 3);
  assert.equal(await registry.schemaByGuid('89791762-2336-4186-9674-299b90a802e3'), null);
  registry.close();
});

test("mutual TLS: the client shows its certificate and checks the server's", async () => {
  const folder = scratch('registry-tls');
  try {
    const authority = await createAuthority(folder.path);
    const server = await authority.issue('server', ['127.0.0.1']);
    const lethe = await authority.issue('lethe');
    const ca = authority.certificate;
    await using fake = await FakeRegistry.start({ ca, cert: server.certificate, key: server.key });
    fake.answer('GET /schemas/ids/1', { body: { schema } });
    const trusted = {
      ca,
      certificate: lethe.certificate,
      key: lethe.key,
      rejectUnauthorized: true,
    };
    const known = client(fake.url, { tls: trusted });
    assert.equal((await known.schemaById(1))?.id, 1);
    const stranger = client(fake.url, { tls: { rejectUnauthorized: true } });
    await assert.rejects(stranger.schemaById(1), { code: 'REGISTRY_UNREACHABLE' });
    const anonymous = client(fake.url, { tls: { ca, rejectUnauthorized: true } });
    await assert.rejects(anonymous.schemaById(1), { code: 'REGISTRY_UNREACHABLE' });
    for (const one of [known, stranger, anonymous]) one.close();
  } finally {
    folder.remove();
  }
});

test('subjects and the versions of one are listed, and none where there is no such subject', async () => {
  await using fake = await FakeRegistry.start();
  fake.answer('GET /subjects', { body: ['a-value', 'b-value'] });
  fake.answer('GET /subjects/a-value/versions', { body: [3, 1] });
  fake.answer('GET /subjects/a-value/versions/3', { body: { id: 9, version: 3, schema } });
  fake.answer('GET /subjects/b-value/versions', { status: 404, body: { error_code: 40401 } });
  const registry = client(fake.url);
  assert.deepEqual(await registry.subjects(), ['a-value', 'b-value']);
  assert.deepEqual(await registry.versions('a-value'), [1, 3]);
  assert.equal((await registry.version('a-value', 3))?.id, 9);
  assert.deepEqual(await registry.versions('b-value'), []);
  registry.close();
});
