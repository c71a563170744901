import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compile } from '../../../src/anonymization/plan/compile.ts';
import { parseRules } from '../../../src/anonymization/rules/parse-rules.ts';
import { detectorNames } from '../../../src/assurance/leak-audit/detectors/detector.ts';
import { LeafJudge } from '../../../src/assurance/leak-audit/leaf-judge.ts';
import { RecordAudit } from '../../../src/assurance/leak-audit/record-audit.ts';
import { TargetSchemas } from '../../../src/assurance/leak-audit/target-schemas.ts';
import { targetsOf, type Target } from '../../../src/assurance/leak-audit/target.ts';
import { writeFrame } from '../../../src/streaming/registry/framing.ts';
import { limits } from '../../anonymization/formats/avro/engine.ts';
import { avroCodec, frame } from '../../rig/avro.ts';
import type { SchemaSource } from '../../../src/assurance/leak-audit/target-schemas.ts';
import type { AllowedLeak } from '../../../src/assurance/leak-audit/settings.ts';
import type { RouteSettings } from '../../../src/streaming/settings.ts';
import { columnsOf, type TestRecord } from './records.ts';

const rawSchema = JSON.stringify({
  type: 'record',
  name: 'Customer',
  fields: [
    { name: 'email', type: 'string', lethe: 'EMAIL' },
    { name: 'note', type: 'string', lethe: 'public' },
    { name: 'blob', type: 'bytes', lethe: 'public' },
  ],
});
const rules = parseRules({ tags: { EMAIL: { technique: 'pseudonymize', output: 'email' } } });
const plan = compile({ schema: rawSchema, rules });
const foreignSchema = JSON.stringify({
  type: 'record',
  name: 'Customer',
  fields: [{ name: 'free', type: 'string' }],
});
const formerSchema = compile({
  schema: rawSchema,
  rules: parseRules({ tags: { EMAIL: { technique: 'mask' } } }),
}).outputSchema;

/** Ids: 1 what the rules make, 2 nobody's, 3 of other rules, 4 not Avro. */
const texts = new Map([
  [1, plan.outputSchema],
  [2, foreignSchema],
  [3, formerSchema],
  [4, '{ not json'],
]);
const registered = (id: number, text: string) =>
  ({ id, type: 'AVRO', text, references: [], tags: null }) as const;

const registry: SchemaSource = {
  schemaById: (id) => {
    const text = texts.get(id);
    return Promise.resolve(text === undefined ? null : registered(id, text));
  },
  schemaByGuid: () => Promise.resolve(null),
  versions: (subject) => Promise.resolve(subject === 'raw.customers-value' ? [1] : []),
  version: () => Promise.resolve(registered(100, rawSchema)),
};

const route: RouteSettings = {
  name: 'customers',
  from: { cluster: 'main', topic: 'raw.customers', pattern: null },
  to: {
    cluster: 'main',
    topic: 'public.customers',
    create: false,
    partitions: null,
    replicationFactor: null,
  },
  key: { type: 'string', spec: { technique: 'keep' } },
  headers: new Map([
    ['x-trace', { technique: 'keep' }],
    [
      'x-user',
      {
        technique: 'pseudonymize',
        output: 'hex',
        trim: false,
        foldCase: false,
        keepEmpty: false,
      },
    ],
  ]),
  timestamp: { technique: 'truncate-date', unit: 'day' },
  rules,
  onRefusal: 'quarantine',
  subjectNameStrategy: 'topic',
  outputSubjectNameStrategy: 'topic',
  framing: 'prefix',
  compression: 'source',
  partition: 'source',
};

const token = `${'a'.repeat(16)}@example.invalid`;
const encode = (schema: string, value: object): Buffer => avroCodec(schema).encode(value);
const clean = encode(plan.outputSchema, { email: token, note: 'fine', blob: Buffer.from('x') });

/** Codes with their paths, in the order of their finding. */
async function audit(
  record: TestRecord,
  { change = {}, allow = [] }: { change?: Partial<RouteSettings>; allow?: AllowedLeak[] } = {},
): Promise<readonly string[]> {
  const finds: string[] = [];
  const target: Target = targetsOf([{ ...route, ...change }], [])[0]!;
  const schemas = new TargetSchemas(registry);
  const judge = new LeafJudge(detectorNames, allow);
  const found = (code: string, path: string): void => void finds.push(`${code} ${path}`);
  const one = new RecordAudit({ target, schemas, judge, limits, found });
  const columns = columnsOf([record]);
  for (const [part, name] of one.schemasOf(columns, 0)) await schemas.judge(target, part, name);
  one.check(columns, 0);
  return finds;
}

const value = (schema: string, id: number, record: object): TestRecord => ({
  value: frame(id, encode(schema, record)),
});

describe('a record of the anonymizer', () => {
  it('is clean', async () => {
    const record: TestRecord = {
      key: Buffer.from('customer-17'),
      value: frame(1, clean),
      headers: { 'x-trace': Buffer.from('00-4bf92f35-01'), 'x-user': Buffer.from('ab'.repeat(16)) },
      timestamp: Date.UTC(2026, 10, 22),
    };
    assert.deepEqual(await audit(record), []);
  });

  it('may have no key and no value', async () => {
    assert.deepEqual(await audit({}), []);
  });

  it('may name its schema in a header, where the route says so', async () => {
    const headers = { __value_schema_id: writeFrame(1) };
    const change = { framing: 'header' } as const;
    assert.deepEqual(await audit({ value: clean, headers }, { change }), []);
    assert.deepEqual(await audit({ value: clean }, { change }), ['FRAME_MISSING $value']);
  });
});

describe('a record that somebody planted', () => {
  it('is found by a raw value in place of a token', async () => {
    const raw = { email: 'ada@lovelace.org', note: '', blob: Buffer.alloc(0) };
    assert.deepEqual(await audit(value(plan.outputSchema, 1, raw)), ['FORM_BROKEN email']);
  });

  it('is found by a leak in text or bytes that pass', async () => {
    const leak = {
      email: token,
      note: 'ask ada@lovelace.org',
      blob: Buffer.from('+4915112345678'),
    };
    assert.deepEqual(await audit(value(plan.outputSchema, 1, leak)), [
      'LEAK_EMAIL note',
      'LEAK_PHONE blob',
    ]);
    const allow: AllowedLeak[] = [{ route: 'customers', path: 'note', detector: 'email' }];
    assert.deepEqual(await audit(value(plan.outputSchema, 1, leak), { allow }), [
      'LEAK_PHONE blob',
    ]);
  });

  it('is found by a schema that no rule made, and detectors look into it', async () => {
    assert.deepEqual(await audit(value(foreignSchema, 2, { free: 'ada@lovelace.org' })), [
      'SCHEMA_FOREIGN $value',
      'LEAK_EMAIL free',
    ]);
  });

  it('is found by a schema of other rules', async () => {
    const record = { email: '****', note: '', blob: Buffer.alloc(0) };
    assert.deepEqual(await audit(value(formerSchema, 3, record)), ['SCHEMA_OF_OTHER_RULES $value']);
  });

  it('is found by a schema that the registry does not have, or that can not be read', async () => {
    for (const id of [4, 5])
      assert.deepEqual(await audit({ value: frame(id, clean) }), ['SCHEMA_FOREIGN $value']);
  });

  it('is found by bytes that are none of its schema', async () => {
    const cut = frame(1, clean.subarray(0, -1));
    assert.deepEqual(await audit({ value: cut }), ['VALUE_UNREADABLE $value']);
  });

  it('is found by a value without a frame', async () => {
    const json = Buffer.from('{"email":"ada@lovelace.org"}');
    assert.deepEqual(await audit({ value: json }), ['FRAME_MISSING $value']);
  });

  it('is found by its key', async () => {
    assert.deepEqual(await audit({ key: Buffer.from('ada@lovelace.org') }), ['LEAK_EMAIL $key']);
    const key = { type: 'long', spec: { technique: 'bucket', size: 10 } } as const;
    assert.deepEqual(
      await audit({ key: Buffer.from('0000000000000007', 'hex') }, { change: { key } }),
      ['FORM_BROKEN $key'],
    );
    assert.deepEqual(await audit({ key: Buffer.from('no long') }, { change: { key } }), [
      'VALUE_UNREADABLE $key',
    ]);
  });

  it('is found by a header that the route drops, whose name is not told', async () => {
    assert.deepEqual(await audit({ headers: { 'x-ada-lovelace': Buffer.from('1') } }), [
      'HEADER_UNEXPECTED $header',
    ]);
    assert.deepEqual(await audit({ headers: { __value_schema_id: writeFrame(1) } }), [
      'HEADER_UNEXPECTED $header',
    ]);
  });

  it('is found by a header that was to be rewritten, and by one that passes', async () => {
    const headers = { 'x-user': Buffer.from('ada'), 'x-trace': Buffer.from('ada@lovelace.org') };
    assert.deepEqual(await audit({ headers }), [
      'FORM_BROKEN $header.x-user',
      'LEAK_EMAIL $header.x-trace',
    ]);
  });

  it('is found by its timestamp', async () => {
    assert.deepEqual(await audit({ timestamp: 1_629_208_000_123 }), ['FORM_BROKEN $timestamp']);
  });
});

describe('a key with a schema', () => {
  const key = { type: 'avro', spec: { technique: 'keep' } } as const;
  it('is judged like a value, by the one technique of the key', async () => {
    const record = { key: frame(2, encode(foreignSchema, { free: 'ada@lovelace.org' })) };
    assert.deepEqual(await audit(record, { change: { key } }), [
      'SCHEMA_FOREIGN $key',
      'LEAK_EMAIL $key.free',
    ]);
  });
});
