import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RegistryClient } from '../../../src/streaming/registry/client.ts';
import type { RouteSettings } from '../../../src/streaming/settings.ts';
import type { PlanWanted } from '../../../src/streaming/shard/messages.ts';
import { PlanService } from '../../../src/streaming/shard/plan-service.ts';
import type { StreamingEvent, Telemetry } from '../../../src/streaming/telemetry.ts';
import { FakeRegistry } from '../registry/fake-registry.ts';
import { personSchema, resolved, settings, spec } from './slices.ts';

const wanted: PlanWanted = {
  route: 'people',
  topic: 'raw',
  schema: { kind: 'id', id: 5 },
  part: 'value',
};

function bench(fake: FakeRegistry, changes: Partial<RouteSettings> = {}, dryRun = false) {
  const events: StreamingEvent[] = [];
  const telemetry: Telemetry = {
    event: (event) => events.push(event),
    report: () => undefined,
    registryCall: () => undefined,
    planCompiled: () => undefined,
    shardRestarted: () => undefined,
  };
  const base = settings(changes);
  const all = {
    ...base,
    registry: { ...base.registry, url: fake.url, negativeTtl: 30 },
    service: { ...base.service, dryRun },
  };
  const registry = new RegistryClient(all.registry, all.service.limits);
  const plans = new PlanService({ settings: all, registry, telemetry });
  plans.route(resolved);
  return { plans, events, close: () => registry.close() };
}

function answers(fake: FakeRegistry, schema = personSchema, subject = 'public-value'): void {
  fake.answer('GET /schemas/ids/5', { body: { schema } });
  fake.answer(`POST /subjects/${subject}/versions`, { body: { id: 55 } });
}

test('a schema is read, compiled and registered once, however many ask', async () => {
  await using fake = await FakeRegistry.start();
  answers(fake);
  const { plans, events, close } = bench(fake);
  const [first, second] = await Promise.all([plans.answer(wanted), plans.answer(wanted)]);
  await plans.answer(wanted);
  assert.equal(first.kind === 'ready' && first.outputSchemaId, 55);
  assert.equal(second, first);
  assert.equal(fake.visits('POST /subjects/public-value/versions'), 1);
  assert.deepEqual(
    events.map(({ event }) => event),
    ['plan.compiled'],
  );
  close();
});

test('tags of the metadata of a schema count', async () => {
  await using fake = await FakeRegistry.start();
  const bare = JSON.stringify({
    type: 'record',
    name: 'Person',
    fields: [{ name: 'name', type: 'string' }],
  });
  answers(fake, bare);
  const { plans, events, close } = bench(fake);
  assert.equal((await plans.answer(wanted)).kind, 'refused');
  fake.answer('GET /schemas/ids/6', {
    body: { schema: bare, metadata: { tags: { 'Person.name': ['NAME'] } } },
  });
  const tagged = await plans.answer({ ...wanted, schema: { kind: 'id', id: 6 } });
  assert.equal(tagged.kind, 'ready');
  const [refused] = events;
  assert.equal(refused?.event === 'plan.refused' && refused.problems[0]?.path, 'name');
  close();
});

test('a refusal is told once and asked again after its time', async () => {
  await using fake = await FakeRegistry.start();
  const { plans, events, close } = bench(fake);
  const answer = await plans.answer(wanted);
  assert.deepEqual(answer, {
    kind: 'refused',
    outcome: 'SCHEMA_UNKNOWN',
    schemaId: 5,
    ttl: 30,
  });
  await plans.answer(wanted);
  assert.equal(fake.visits('GET /schemas/ids/5'), 1);
  await new Promise((resolve) => setTimeout(resolve, 70));
  await plans.answer(wanted);
  assert.equal(fake.visits('GET /schemas/ids/5'), 2);
  assert.equal(events.filter(({ event }) => event === 'plan.refused').length, 1);
  close();
});

test('a registry without an answer refuses nothing', async () => {
  await using fake = await FakeRegistry.start();
  fake.answer('GET /schemas/ids/5', (visit) =>
    visit === 1
      ? { status: 401 }
      : visit === 2
        ? { status: 503 }
        : { body: { schema: personSchema } },
  );
  const { plans, events, close } = bench(fake);
  assert.deepEqual(await plans.answer(wanted), {
    kind: 'unavailable',
    code: 'REGISTRY_UNAUTHORIZED',
  });
  assert.deepEqual(await plans.answer(wanted), {
    kind: 'unavailable',
    code: 'REGISTRY_UNREACHABLE',
  });
  fake.answer('POST /subjects/public-value/versions', { body: { id: 55 } });
  assert.equal((await plans.answer(wanted)).kind, 'ready');
  assert.equal(events.filter(({ event }) => event === 'registry.unavailable').length, 2);
  close();
});

test('an output schema that the registry refuses refuses the schema', async () => {
  await using fake = await FakeRegistry.start();
  answers(fake);
  fake.answer('POST /compatibility/subjects/public-value/versions/latest', {
    body: { is_compatible: false },
  });
  for (const dryRun of [false, true]) {
    const { plans, events, close } = bench(fake, {}, dryRun);
    const answer = await plans.answer(wanted);
    assert.equal(answer.kind === 'refused' && answer.outcome, 'SCHEMA_REFUSED');
    const [told] = events;
    assert.equal(told?.event === 'plan.refused' && told.code, 'REGISTRY_INCOMPATIBLE');
    close();
  }
  assert.equal(fake.visits('POST /subjects/public-value/versions'), 0);
});

test('a dry run registers nothing', async () => {
  await using fake = await FakeRegistry.start();
  answers(fake);
  const { plans, close } = bench(fake, {}, true);
  const answer = await plans.answer(wanted);
  assert.equal(answer.kind === 'ready' && answer.outputSchemaId, 0);
  assert.equal(fake.visits('POST /subjects/public-value/versions'), 0);
  close();
});

for (const [name, schema, subject] of [
  ['a text', '"string"', 'public-key'],
  [
    'a record',
    JSON.stringify({ type: 'record', name: 'K', fields: [{ name: 'id', type: 'string' }] }),
    'public-key',
  ],
] as const)
  test(`the technique of the key decides every leaf of a key schema: ${name}`, async () => {
    await using fake = await FakeRegistry.start();
    answers(fake, schema, subject);
    const key = { type: 'avro', spec: spec({ technique: 'pseudonymize' }) } as const;
    const { plans, events, close } = bench(fake, { key });
    const answer = await plans.answer({ ...wanted, part: 'key' });
    const steps = answer.kind === 'ready' ? answer.plan.steps : [];
    const techniques = steps.map(({ technique }) => technique.technique);
    assert.deepEqual(techniques, ['pseudonymize'], JSON.stringify(events));
    close();
  });

test('known subjects are planned before a record comes, as far as they are known', async () => {
  await using fake = await FakeRegistry.start();
  answers(fake);
  fake.answer('GET /subjects/raw-value/versions/latest', {
    body: { id: 5, version: 3, schema: personSchema },
  });
  const key = { type: 'avro', spec: spec({ technique: 'keep' }) } as const;
  const { plans, events, close } = bench(fake, { key });
  await plans.preload();
  assert.equal(events[0]?.event, 'plan.compiled');
  assert.equal(fake.visits('GET /subjects/raw-key/versions/latest'), 1);
  fake.answer('GET /subjects/raw-value/versions/latest', { status: 500 });
  await plans.preload();
  close();
});
