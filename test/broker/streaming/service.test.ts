import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseQuarantineRecord } from '../../../src/streaming/quarantine/record.ts';
import { running, written } from './running.ts';
import { customer, customerSchema, eventually, spec, Stage } from './stage.ts';
import type { Customer } from './stage.ts';

let stage: Stage;
before(async () => {
  stage = await Stage.up();
});
after(async () => {
  await stage[Symbol.asyncDispose]();
});

test('a route sanitizes values and keys, keeps order, partitions, tombstones and timestamps, and the outside decoder reads it', async () => {
  const [raw, clean] = [stage.name('raw.customers'), stage.name('public.customers')];
  await stage.createTopic(raw);
  const id = await stage.register(raw, customerSchema);
  const messages = await Promise.all(
    Array.from({ length: 300 }, async (_, i) => ({
      key: `CANARY-ID-${i % 100}`,
      value: i % 7 === 3 ? null : await stage.avro.encode(id, customer(i)),
      partition: i % 3,
      headers: { secret: 'CANARY header' },
      timestamp: String(1_700_000_000_000 + i),
    })),
  );
  await stage.produce(raw, messages);
  await running(stage.settings([stage.route(raw, clean)]), async (_, witness) => {
    await written(witness, 300);
  });

  const output = await stage.read(clean);
  assert.equal(output.length, 300);
  const input = await stage.read(raw);
  for (const partition of [0, 1, 2]) {
    const before = input.filter((record) => record.partition === partition);
    const got = output.filter((record) => record.partition === partition);
    assert.deepEqual(
      got.map(({ timestamp }) => timestamp),
      before.map(({ timestamp }) => timestamp),
    );
    assert.deepEqual(
      got.map(({ value }) => value === null),
      before.map(({ value }) => value === null),
    );
  }
  const tokens = new Map<string, string>();
  for (const [index, { key, value, headers, timestamp }] of output.entries()) {
    assert.ok(
      !Buffer.concat([key!, value ?? Buffer.alloc(0)]).includes('CANARY'),
      `record ${index}`,
    );
    assert.deepEqual(headers, {});
    if (value === null) continue;
    const decoded = (await stage.avro.decode(value)) as Customer;
    const source = customer(timestamp - 1_700_000_000_000);
    assert.equal(decoded.plan, source.plan);
    assert.equal(decoded.visits, source.visits);
    assert.equal(decoded.address.city, 'Bern');
    assert.equal(decoded.address.street, '');
    assert.equal(decoded.email === null, source.email === null);
    if (decoded.email !== null) assert.match(decoded.email, /^[^@]+@[^@]+$/);
    const known = tokens.get(source.id);
    assert.equal(decoded.id, known ?? decoded.id);
    tokens.set(source.id, decoded.id);
  }
  // Key and id are of one domain: they still join.
  const joined = output.find(({ timestamp }) => timestamp === 1_700_000_000_000)!;
  assert.equal(joined.key!.toString(), ((await stage.avro.decode(joined.value!)) as Customer).id);
});

test('records that can not be sanitized are quarantined with coordinates only, and the others pass', async () => {
  const [raw, clean] = [stage.name('raw.mixed'), stage.name('public.mixed')];
  await stage.createTopic(raw, 1);
  const good = await stage.register(raw, customerSchema);
  const refused = await stage.register(`${raw}-other`, {
    type: 'record',
    name: 'Leaky',
    fields: [{ name: 'secret', type: 'string' }],
  });
  const second = await stage.register(`${raw}-second`, {
    ...customerSchema,
    fields: [...customerSchema.fields, { name: 'level', type: 'int', default: 0, lethe: 'public' }],
  });
  const encoded = await stage.avro.encode(good, customer(1));
  const unknown = Buffer.from(encoded);
  unknown.writeInt32BE(999_999, 1);
  await stage.produce(raw, [
    { key: 'a', value: encoded },
    { key: 'b', value: await stage.avro.encode(refused, { secret: 'CANARY' }) },
    { key: 'c', value: await stage.avro.encode(second, { ...customer(2), level: 3 }) },
    { key: 'd', value: Buffer.from('CANARY unframed') },
    { key: 'e', value: unknown },
    { key: 'f', value: encoded.subarray(0, 12) },
    { key: null, value: encoded },
    { key: 'h', value: Buffer.concat([encoded, Buffer.from('CANARY')]) },
    { key: 'i', value: encoded },
  ]);
  const settings = stage.settings([stage.route(raw, clean)]);
  const witness = await running(settings, async (_, seen) => {
    await written(seen, 3);
  });

  assert.deepEqual(
    (await stage.read(clean)).map(({ offset }) => Number(offset)),
    [0, 1, 2],
  );
  const quarantined = await stage.read(settings.quarantine.topic);
  const records = quarantined.map(({ value }) => parseQuarantineRecord(value!));
  assert.deepEqual(
    records.map(({ offset, code }) => [offset, code]),
    [
      ['1', 'SCHEMA_REFUSED'],
      ['3', 'FRAME_MISSING'],
      ['4', 'SCHEMA_UNKNOWN'],
      ['5', 'RECORD_TRUNCATED'],
      ['6', 'KEY_MISSING'],
      ['7', 'RECORD_TRAILING_BYTES'],
    ],
  );
  assert.equal(quarantined[0]!.key!.toString(), `${raw}/0/1`);
  assert.equal(records[0]!.schemaId, refused);
  assert.match(records[0]!.fingerprint, /^[0-9a-f]{32}$/);
  assert.ok(quarantined.every(({ value }) => !value!.includes('CANARY')));
  const told = witness.named('plan.refused');
  // Both are asked for at once; which answer comes first is open.
  assert.deepEqual(told.map(({ code }) => code).sort(), ['PLAN_REFUSED', 'SCHEMA_UNKNOWN']);
  assert.equal(told.find(({ code }) => code === 'PLAN_REFUSED')!.problems[0]!.path, 'secret');
  assert.ok(!JSON.stringify([witness.events, witness.reports]).includes('CANARY'));
});

test('a route that halts stops its partition at the poison record and goes on with the others', async () => {
  const [raw, clean] = [stage.name('raw.halt'), stage.name('public.halt')];
  await stage.createTopic(raw, 2);
  const id = await stage.register(raw, customerSchema);
  const value = await stage.avro.encode(id, customer(1));
  await stage.produce(raw, [
    { key: 'a', value, partition: 0 },
    { key: 'b', value: Buffer.from('poison'), partition: 0 },
    { key: 'c', value, partition: 0 },
    { key: 'd', value, partition: 1 },
  ]);
  const settings = stage.settings([stage.route(raw, clean, { onRefusal: 'halt' })]);
  await running(settings, async (service, witness) => {
    await eventually('the halt', () => service.status().halted.length === 1);
    await written(witness, 2);
    await stage.produce(raw, [{ key: 'e', value, partition: 1 }]);
    await written(witness, 3);
    const [halted] = witness.named('partition.halted');
    assert.deepEqual([halted?.partition, halted?.code], [0, 'FRAME_MISSING']);
  });
  assert.equal((await stage.read(clean)).length, 3);
  assert.equal((await stage.read(settings.quarantine.topic)).length, 0);
});

test('headers on the list pass rewritten in order, and a classified timestamp is truncated', async () => {
  const [raw, clean] = [stage.name('raw.headers'), stage.name('public.headers')];
  await stage.createTopic(raw, 1);
  const id = await stage.register(raw, customerSchema);
  await stage.produce(raw, [
    {
      key: 'a',
      value: await stage.avro.encode(id, customer(1)),
      headers: { trace: ['one', 'two'], user: 'CANARY', other: 'CANARY' },
      timestamp: '1700000012345',
    },
    { key: 'b', value: null, timestamp: '1700000012345' },
  ]);
  const route = stage.route(raw, clean, {
    headers: new Map([
      ['trace', spec({ technique: 'keep' })],
      ['user', spec({ technique: 'pseudonymize', domain: 'user' })],
    ]),
    timestamp: spec({ technique: 'truncate-date', unit: 'day' }),
    framing: 'header',
  });
  const witness = await running(stage.settings([route]), async (_, seen) => {
    await written(seen, 2);
  });
  const [first, second] = await stage.read(clean);
  assert.deepEqual(first!.headers['trace'], [Buffer.from('one'), Buffer.from('two')]);
  assert.equal((first!.headers['user'] as Buffer).length, 22);
  assert.equal(first!.headers['other'], undefined);
  assert.equal(first!.timestamp, Date.UTC(2023, 10, 14));
  assert.equal(second!.timestamp, Date.UTC(2023, 10, 14));
  const frame = first!.headers['__value_schema_id'] as Buffer;
  const decoded = (await stage.avro.decode(Buffer.concat([frame, first!.value!]))) as Customer;
  assert.equal(decoded.visits, 1);
  const dropped = witness.reports.reduce(
    (sum, { routes }) => sum + (routes[raw]?.headersDropped ?? 0),
    0,
  );
  assert.equal(dropped, 1);
});
