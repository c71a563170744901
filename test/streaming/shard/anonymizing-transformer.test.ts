import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuarantineRecord } from '../../../src/streaming/quarantine/record.ts';
import type { TransformedSlice } from '../../../src/streaming/shard/record-transformer.ts';
import { compile } from '../../../src/anonymization/plan/compile.ts';
import { writeFrame } from '../../../src/streaming/registry/framing.ts';
import {
  bench,
  person,
  personSchema,
  rawSlice,
  readBack,
  record,
  resolved,
  settings,
  spec,
  transformed,
} from './slices.ts';

function outputTo(topic: string, { outputs }: TransformedSlice) {
  return outputs
    .filter(({ slice }) => slice.topic === topic)
    .flatMap(({ slice }) => readBack(slice));
}

function quarantined(output: TransformedSlice) {
  return outputTo('quarantine', output).map(({ value }) => parseQuarantineRecord(value!));
}

test('a slice of one schema is rewritten behind the frame of the output schema', async () => {
  const stage = bench();
  const slice = rawSlice([
    record('a', person(1, 'Ann')),
    record('b', null),
    record('c', person(1, 'Bo')),
  ]);
  const output = await transformed(stage, slice);
  assert.deepEqual(
    outputTo('public', output).map(({ key, value }) => [key, value]),
    [
      ['a', person(101, 'X')],
      ['b', null],
      ['c', person(101, 'X')],
    ],
  );
  assert.deepEqual(output.counters.outcomes, { WRITTEN: 3 });
  assert.equal(output.counters.techniques['constant'], 2);
  assert.equal(output.next, 3n);
  assert.equal(stage.asked.length, 1);
});

test('schemas mixed in one slice keep the order of the records', async () => {
  const stage = bench();
  const names = [1, 2, 1, 3, 2, 1];
  const slice = rawSlice(names.map((id, i) => record(String(i), person(id, 'Ann'))));
  const output = await transformed(stage, slice);
  assert.deepEqual(
    outputTo('public', output).map(({ key, value }) => [key, value!.readInt32BE(1)]),
    names.map((id, i) => [String(i), id + 100]),
  );
  assert.equal(stage.asked.length, 3);
});

test('records that fail leave coordinates and a code, and nothing else', async () => {
  const slice = rawSlice(
    [
      record('a', person(1, 'SECRET')),
      record('b', Buffer.from('SECRET')),
      record('c', person(404, 'SECRET')),
      record('d', person(500, 'SECRET')),
      record('e', person(1, 'SECRET').subarray(0, 8)),
    ],
    { from: 10n, partition: 4 },
  );
  const output = await transformed(bench(), slice);
  assert.equal(outputTo('public', output).length, 1);
  const found = quarantined(output);
  assert.deepEqual(
    found.map(({ offset, code, schemaId, path }) => [offset, code, schemaId, path]),
    [
      ['11', 'FRAME_MISSING', null, ''],
      ['12', 'SCHEMA_UNKNOWN', 404, ''],
      ['13', 'SCHEMA_REFUSED', 500, ''],
      ['14', 'RECORD_TRUNCATED', 1, 'name'],
    ],
  );
  assert.equal(new Set(found.map(({ fingerprint }) => fingerprint)).size, 4);
  assert.equal(output.outputs.at(-1)!.slice.partition, 1);
  assert.deepEqual(output.counters.outcomes, {
    WRITTEN: 1,
    FRAME_MISSING: 1,
    SCHEMA_UNKNOWN: 1,
    SCHEMA_REFUSED: 1,
    RECORD_TRUNCATED: 1,
  });
  assert.ok(!JSON.stringify(output.events).includes('SECRET'));
  assert.ok(
    !Buffer.concat(output.outputs.map(({ slice: { buffer } }) => buffer)).includes('SECRET'),
  );
});

test('a slice with nothing but refused or unframed values writes nothing', async () => {
  const output = await transformed(bench(), rawSlice([record('a', person(500, 'x'))]));
  assert.equal(outputTo('public', output).length, 0);
  const unframed = await transformed(bench(), rawSlice([record('a', Buffer.from('x'))]));
  assert.deepEqual(unframed.counters.outcomes, { FRAME_MISSING: 1 });
});

test('a record without key is quarantined where keys matter, and passes where they do not', async () => {
  const slice = rawSlice([record(null, person(1, 'Ann'))]);
  const kept = await transformed(bench(), slice);
  assert.equal(outputTo('public', kept)[0]!.key, null);
  const key = { type: 'string', spec: spec({ technique: 'pseudonymize' }) } as const;
  const needed = await transformed(bench({ key }), slice);
  assert.equal(quarantined(needed)[0]!.code, 'KEY_MISSING');
  const compacted = { ...resolved, topics: [{ ...resolved.topics[0]!, toCompacted: true }] };
  const refused = await transformed(bench({}, compacted), slice);
  assert.equal(quarantined(refused)[0]!.code, 'KEY_MISSING');
});

test('a key of another type than declared is quarantined', async () => {
  const key = { type: 'long', spec: spec({ technique: 'pseudonymize' }) } as const;
  const output = await transformed(bench({ key }), rawSlice([record('abc', person(1, 'Ann'))]));
  const [found] = quarantined(output);
  assert.deepEqual([found?.code, found?.path], ['KEY_TYPE_MISMATCH', '$key']);
});

test('a route that halts writes what stands before the poison record and commits up to it', async () => {
  const slice = rawSlice(
    [
      record('a', person(1, 'Ann')),
      record('b', Buffer.from('poison')),
      record('c', person(1, 'Bo')),
    ],
    { from: 5n },
  );
  const output = await transformed(bench({ onRefusal: 'halt' }), slice);
  assert.deepEqual(
    outputTo('public', output).map(({ key }) => key),
    ['a'],
  );
  assert.equal(output.next, 6n);
  assert.equal(output.halt?.code, 'FRAME_MISSING');
  assert.equal(quarantined(output).length, 0);
});

test('a record too large for its target is quarantined, or halts', async () => {
  const small = { ...resolved, topics: [{ ...resolved.topics[0]!, toMessageBytes: 700 }] };
  const slice = rawSlice([
    record('a', person(1, 'Ann')),
    record('k'.repeat(500), person(1, 'Ann')),
    record('c', person(1, 'Bo')),
  ]);
  const output = await transformed(bench({}, small), slice);
  assert.deepEqual(output.counters.outcomes, { WRITTEN: 2, OUTPUT_TOO_LARGE: 1 });
  const halted = await transformed(bench({ onRefusal: 'halt' }, small), slice);
  assert.equal(halted.next, 1n);
  assert.deepEqual(halted.counters.outcomes, { WRITTEN: 1 });
});

test('a schema id in a header is read, and written there when the route says so', async () => {
  const payload = person(1, 'Ann').subarray(5);
  const id = { name: '__value_schema_id', value: person(1, '').subarray(0, 5) };
  const guid = { name: '__value_schema_id', value: Buffer.from('01'.padEnd(34, 'a'), 'hex') };
  const slice = rawSlice([
    record('a', payload, [id]),
    record('b', payload, [guid]),
    record('c', payload, [{ name: '__value_schema_id', value: null }]),
  ]);
  const prefix = bench();
  const output = await transformed(prefix, slice);
  assert.deepEqual(
    outputTo('public', output).map(({ value }) => value!.readInt32BE(1)),
    [101, 107],
  );
  assert.equal(quarantined(output)[0]!.code, 'FRAME_MISSING');
  assert.equal(output.counters.headersDropped, 0);
  assert.deepEqual(
    prefix.asked.map(({ schema }) => schema.kind),
    ['id', 'guid'],
  );
  const header = await transformed(bench({ framing: 'header' }), slice);
  const [first] = outputTo('public', header);
  assert.deepEqual(first!.value, person(1, 'X').subarray(5));
  assert.deepEqual(first!.headers, [['__value_schema_id', '\0\0\0\0e']]);
});

test('headers keep order and duplicates, and the rest is dropped and counted', async () => {
  const slice = rawSlice([
    record('a', person(1, 'Ann'), [
      { name: 'x', value: Buffer.from('1') },
      { name: 'y', value: Buffer.from('drop') },
      { name: 'z', value: Buffer.from('2') },
      { name: 'x', value: null },
    ]),
    record('b', person(1, 'Bo')),
  ]);
  const headers = new Map([
    ['x', spec({ technique: 'keep' })],
    ['z', spec({ technique: 'constant', value: 'Z' })],
  ]);
  const output = await transformed(bench({ headers }), slice);
  assert.deepEqual(
    outputTo('public', output).map((one) => one.headers),
    [
      [
        ['x', '1'],
        ['z', 'Z'],
        ['x', null],
      ],
      [],
    ],
  );
  assert.equal(output.counters.headersDropped, 1);
  const none = await transformed(bench(), slice);
  assert.equal(none.counters.headersDropped, 4);
});

test('timestamps are rewritten where the route classifies them', async () => {
  const timestamp = spec({ technique: 'truncate-date', unit: 'year' });
  const output = await transformed(bench({ timestamp }), rawSlice([record('a', person(1, 'Ann'))]));
  assert.equal(outputTo('public', output)[0]!.timestamp, Date.UTC(2023, 0, 1));
});

test('a slice waits for its plans, asked for once each', async () => {
  const gate = Promise.withResolvers<undefined>();
  const stage = bench({}, resolved, async () => {
    await gate.promise;
    return { kind: 'refused', outcome: 'SCHEMA_REFUSED', schemaId: 1, ttl: 1000 };
  });
  const slice = rawSlice([record('a', person(1, 'Ann'))]);
  const first = stage.transformer.transform(slice);
  const second = stage.transformer.transform(slice);
  assert.deepEqual([first.kind, second.kind], ['waiting', 'waiting']);
  gate.resolve(undefined);
  await (first.kind === 'waiting' ? first.ready : null);
  assert.equal(stage.transformer.transform(slice).kind, 'done');
  assert.equal(stage.asked.length, 1);
});

test('a slice with more schemas than the store holds still gets through', async () => {
  const slice = rawSlice(
    Array.from({ length: 30 }, (_, i) => record(String(i), person(i + 1, 'Ann'))),
  );
  const output = await transformed(bench(), slice);
  assert.deepEqual(output.counters.outcomes, { WRITTEN: 30 });
});

test('a damaged batch is an error, not a loss', () => {
  const slice = rawSlice([record('a', person(1, 'Ann'))]);
  slice.bytes[30]! ^= 1;
  assert.throws(() => bench().transformer.transform(slice), { code: 'BATCH_CRC_MISMATCH' });
});

test('a slice of control records only moves the offset', async () => {
  const slice = rawSlice([], { from: 3n, next: 5n, end: 5n });
  const output = await transformed(bench(), slice);
  assert.deepEqual(output.outputs, []);
  assert.equal(output.next, 5n);
});

test('keys with a schema are rewritten and framed like values', async () => {
  const key = { type: 'avro', spec: spec({ technique: 'constant', value: 'X' }) } as const;
  const framed = (id: number, name: string) => ({
    ...record('', person(1, 'Ann')),
    key: person(id, name),
  });
  const slice = rawSlice([framed(2, 'Kim'), { ...framed(2, ''), key: null }, framed(3, 'Lee')]);
  const stage = bench({ key });
  const output = await transformed(stage, slice);
  assert.deepEqual(
    outputTo('public', output).map((one) => one.key),
    [person(102, 'X').toString(), person(103, 'X').toString()],
  );
  assert.equal(quarantined(output)[0]!.code, 'KEY_MISSING');
  assert.deepEqual(
    stage.asked.map(({ part, schema }) => [part, schema.kind === 'id' && schema.id]),
    [
      ['value', 1],
      ['key', 2],
      ['key', 3],
    ],
  );
});

test('values of every length are copied whole behind their frame', async () => {
  const keep = { technique: 'keep' } as const;
  const base = settings();
  const rules = {
    ...base.routes[0]!.rules,
    global: { tags: new Map([['NAME', keep]]), fields: [] },
  };
  const plan = compile({ schema: personSchema, rules });
  const stage = bench({}, resolved, ({ schema }) => ({
    kind: 'ready',
    plan,
    schemaId: schema.kind === 'id' ? schema.id : 0,
    outputSchemaId: 9,
  }));
  const names = Array.from({ length: 60 }, (_, i) => 'n'.repeat(i));
  const long = Array.from({ length: 40 }, (_, i) => Buffer.from('m'.repeat(180 + i)));
  const records = [
    ...names.map((name) => record('k', person(1, name))),
    ...long.map((text) =>
      record('k', Buffer.concat([writeFrame(1), varint(text.length * 2), text])),
    ),
  ];
  const output = await transformed(stage, rawSlice(records));
  assert.deepEqual(
    outputTo('public', output).map(({ value }) => value),
    records.map(({ value }) => Buffer.concat([writeFrame(9), value!.subarray(5)])),
  );
});

function varint(value: number): Buffer {
  return Buffer.from([(value & 127) | 128, value >> 7]);
}
