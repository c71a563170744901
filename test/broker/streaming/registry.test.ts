import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RegistryClient } from '../../../src/streaming/registry/client.ts';
import { startRegistry } from '../../rig/registry.ts';
import type { Registry } from '../../rig/registry.ts';

let server: Registry;
let registry: RegistryClient;
before(async () => {
  server = await startRegistry();
  registry = new RegistryClient(
    {
      url: server.url,
      auth: { type: 'none' },
      tls: null,
      requestTimeout: 5000,
      retries: 0,
      negativeTtl: 100,
      cacheEntries: 100,
    },
    { schemaBytes: 100_000 },
  );
});
after(async () => {
  registry.close();
  await server.stop();
});

function record(name: string, fields: readonly unknown[]): string {
  return JSON.stringify({ type: 'record', name, namespace: 'acme', fields });
}

test('the real registry gives schemas by id and tells an unknown id', async () => {
  await registry.check();
  const text = record('One', [{ name: 'a', type: 'string', 'confluent:tags': ['PII'] }]);
  const id = await server.register('one-value', text);
  const found = await registry.schemaById(id);
  assert.deepEqual(JSON.parse(found!.text), JSON.parse(text));
  assert.equal(found!.type, 'AVRO');
  assert.equal(await registry.schemaById(999_999), null);
  assert.equal((await registry.latest('one-value'))?.schema.id, id);
  assert.equal(await registry.latest('nobody-value'), null);
});

test('registering twice gives the same id, and another schema another one', async () => {
  const first = { type: 'AVRO', text: record('Two', []), references: [] } as const;
  const id = await registry.register('public.two-value', first);
  assert.equal(await registry.register('public.two-value', first), id);
  const second = { ...first, text: record('Two', [{ name: 'b', type: 'int', default: 0 }]) };
  assert.notEqual(await registry.register('public.two-value', second), id);
});

test('references are followed through the subjects that they name', async () => {
  await server.register('acme.Inner', record('Inner', [{ name: 'x', type: 'int' }]));
  const outer = {
    type: 'AVRO',
    text: record('Outer', [{ name: 'inner', type: 'acme.Inner' }]),
    references: [{ name: 'acme.Inner', subject: 'acme.Inner', version: 1 }],
  } as const;
  const id = await registry.register('outer-value', outer);
  const found = await registry.schemaById(id);
  assert.deepEqual(
    found!.references.map(({ name }) => name),
    ['acme.Inner'],
  );
  assert.match(found!.references[0]!.text, /"Inner"/);
});

test('a schema that breaks the compatibility of its subject is refused', async () => {
  const first = { type: 'AVRO', text: record('Strict', []), references: [] } as const;
  await registry.register('strict-value', first);
  const set = await fetch(`${server.url}/config/strict-value`, {
    method: 'PUT',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ compatibility: 'BACKWARD' }),
  });
  assert.equal(set.ok, true);
  const breaking = { ...first, text: record('Strict', [{ name: 'must', type: 'string' }]) };
  assert.equal(await registry.compatible('strict-value', breaking), false);
  await assert.rejects(registry.register('strict-value', breaking), {
    code: 'REGISTRY_INCOMPATIBLE',
  });
});

test('a registry that is away is unreachable, and answers again once it is back', async () => {
  await server.kill();
  await assert.rejects(registry.schemaById(12_345), {
    code: 'REGISTRY_UNREACHABLE',
    retriable: true,
  });
  await server.start();
  assert.equal(await registry.schemaById(12_345), null);
});
