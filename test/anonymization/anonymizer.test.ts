import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Anonymizer, isLetheError, KeyRing } from '../../src/index.ts';
import type { AnonymizerOptions } from '../../src/index.ts';
import { avscType } from './formats/avro/avsc-types.ts';

const text = JSON.stringify({
  type: 'record',
  name: 'Customer',
  namespace: 'acme',
  fields: [
    { name: 'id', type: 'long', lethe: 'public' },
    { name: 'email', type: 'string', lethe: 'EMAIL' },
    { name: 'note', type: ['null', 'string'], lethe: 'TEXT' },
  ],
});
const rules = {
  tags: {
    EMAIL: { technique: 'pseudonymize', domain: 'person.email' },
    TEXT: { technique: 'encrypt' },
  },
};
const keys = { roots: { v1: new Uint8Array(32).fill(3) }, current: 'v1' };
const options: AnonymizerOptions = { schema: { type: 'AVRO', text }, rules, keys };

function customer(id: number, note: string | null = 'a note'): Buffer {
  return avscType(text).toBuffer({
    id,
    email: `anna${id}@example.org`,
    note: note === null ? null : { string: note },
  });
}

function codeOf(action: () => unknown): string {
  try {
    action();
    return 'none';
  } catch (error) {
    if (!isLetheError(error)) throw error;
    assert.ok(error.problems.length > 0);
    return error.code;
  }
}

describe('Anonymizer', () => {
  test('rewrites values under an output schema of its own', () => {
    const anonymizer = Anonymizer.compile(options);
    const [one, none] = anonymizer.anonymize([customer(7), null]);
    const value = one?.status === 'written' ? one.value : null;
    const written = avscType(anonymizer.outputSchema).fromBuffer(Buffer.from(value!)) as {
      id: bigint;
      email: string;
    };
    assert.equal(written.id, 7n);
    assert.match(written.email, /^[\w-]{22}$/);
    assert.deepEqual(none, { status: 'written', value: null });
    assert.deepEqual(anonymizer.outputReferences, []);
    assert.equal(anonymizer.plan.name, 'acme.Customer');
  });

  test('gives equal records equal bytes, in batches of any size and order', () => {
    const values = Array.from({ length: 9000 }, (_, index) => customer(index % 100));
    const together = Anonymizer.compile(options).anonymize(values);
    const single = Anonymizer.compile({
      ...options,
      keys: KeyRing.fromRootKeys(new Map(Object.entries(keys.roots)), 'v1'),
    });
    for (const index of [0, 99, 4096, 8999]) {
      assert.deepEqual(together[index], single.anonymize([values[index]!])[0]);
    }
    assert.deepEqual(together[0], together[8900]);
  });

  test('keeps what it gave out when it is used again', () => {
    const anonymizer = Anonymizer.compile(options);
    const [first] = anonymizer.anonymize([customer(1)]);
    const copy = structuredClone(first);
    anonymizer.anonymize([customer(2)]);
    assert.deepEqual(first, copy);
  });

  test('derives from coordinates where they are given', () => {
    const anonymizer = Anonymizer.compile(options);
    const at = (offset: number) =>
      anonymizer.anonymize([customer(1)], { topic: 'raw', partition: 0, offsets: [offset] })[0];
    assert.deepEqual(at(1), at(1));
    assert.notDeepEqual(at(1), at(2));
    const two = anonymizer.anonymize([customer(1), customer(1)], {
      topic: 'raw',
      partition: 0,
      offsets: [1, 2],
    });
    assert.deepEqual(two, [at(1), at(2)]);
    assert.equal(
      codeOf(() => anonymizer.anonymize([null], { topic: 'raw', partition: 0, offsets: [] })),
      'COORDINATES_INCOMPLETE',
    );
  });

  test('says code and path of what it quarantines, and what it drops', () => {
    const anonymizer = Anonymizer.compile({
      ...options,
      rules: { ...rules, fields: { note: { technique: 'drop-record' } } },
      limits: { recordBytes: 1000 },
    });
    assert.deepEqual(
      anonymizer
        .anonymize([
          customer(1),
          Buffer.from([2, 2, 0xff, 0]),
          Buffer.from([2, 2, 65, 8]),
          Buffer.alloc(1001),
        ])
        .map((outcome) => ({ ...outcome })),
      [
        { status: 'dropped' },
        { status: 'quarantined', code: 'STRING_NOT_UTF8', path: 'email' },
        { status: 'quarantined', code: 'UNION_BRANCH_UNKNOWN', path: '' },
        { status: 'quarantined', code: 'RECORD_TOO_LARGE', path: '' },
      ],
    );
  });

  test('refuses with a code and all reasons', () => {
    const schema = { ...options.schema, text: text.replaceAll(',"lethe":"TEXT"', '') };
    assert.equal(
      codeOf(() => Anonymizer.compile({ ...options, schema })),
      'PLAN_REFUSED',
    );
    assert.equal(
      codeOf(() => Anonymizer.compile({ ...options, rules: { tags: 1 } })),
      'RULES_INVALID',
    );
    assert.equal(
      codeOf(() => Anonymizer.compile({ ...options, keys: { ...keys, current: 'v2' } })),
      'KEY_VERSION_UNKNOWN',
    );
    for (const type of ['JSON', 'PROTOBUF'] as const) {
      assert.equal(
        codeOf(() => Anonymizer.compile({ ...options, schema: { type, text: '{}' } })),
        'FORMAT_UNSUPPORTED',
      );
    }
  });
});
