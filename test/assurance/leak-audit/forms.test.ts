import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expectationOf } from '../../../src/assurance/leak-audit/forms/expectation.ts';
import type { Expectation } from '../../../src/assurance/leak-audit/forms/form.ts';
import type { LeafValue } from '../../../src/assurance/leak-audit/leaf.ts';
import { anonymized, leaves, type Field } from './stage.ts';

const text = 'Ada Lovelace, London 1815';
const logical = (type: string, name: string): object => ({ type, logicalType: name });
const decimal = { type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2 };
const fixed = (name: string, size: number): object => ({ type: 'fixed', name, size });
const uuid = '3f2b8c1e-9d4a-4c7b-8e21-5a6f7b8c9d0e';
const token = (more: object = {}): Field['rule'] => ({ technique: 'pseudonymize', ...more });
/** 2021-08-17 13:46:40.123 UTC, a Tuesday. */
const millis = 1_629_208_000_123;

/** What every technique makes of a raw value that can be told from it. */
const fields: Readonly<Record<string, Field>> = {
  tokenText: { type: 'string', rule: token(), raw: text },
  tokenShort: { type: 'string', rule: token({ length: 9 }), raw: text },
  tokenLong: { type: 'string', rule: token({ length: 40 }), raw: text },
  tokenHex: { type: 'string', rule: token({ output: 'hex' }), raw: text },
  tokenHexLong: { type: 'string', rule: token({ output: 'hex', length: 63 }), raw: text },
  tokenMail: { type: 'string', rule: token({ output: 'email' }), raw: 'ada@lovelace.org' },
  tokenUuid: { type: logical('string', 'uuid'), rule: token(), raw: uuid },
  tokenUuidText: { type: 'string', rule: token({ output: 'uuid' }), raw: uuid },
  tokenBytes: { type: 'bytes', rule: token(), raw: Buffer.from(text) },
  tokenBytesLong: { type: 'bytes', rule: token({ length: 24 }), raw: Buffer.from(text) },
  tokenOrEmpty: { type: 'string', rule: token({ keepEmpty: true }), raw: text },
  sealed: { type: 'string', rule: { technique: 'encrypt' }, raw: text },
  sealedSame: { type: 'string', rule: { technique: 'encrypt-deterministic' }, raw: text },
  sealedBytes: { type: 'bytes', rule: { technique: 'encrypt' }, raw: Buffer.from(text) },
  sealedFixed: {
    type: fixed('Eight', 8),
    rule: { technique: 'encrypt' },
    raw: Buffer.from('London18'),
  },
  masked: { type: 'string', rule: { technique: 'mask' }, raw: text },
  maskedEnds: {
    type: 'string',
    rule: { technique: 'mask', keepFirst: 2, keepLast: 4, ignore: ' ,', character: '#' },
    raw: text,
  },
  maskedShort: { type: 'string', rule: { technique: 'mask', keepLast: 4 }, raw: '12345' },
  maskedWide: { type: 'string', rule: { technique: 'mask', keepLast: 2 }, raw: 'Zoë 😀 Müller' },
  constantText: { type: 'string', rule: { technique: 'constant', value: 'gone' }, raw: text },
  constantInt: { type: 'int', rule: { technique: 'constant', value: -7 }, raw: 1815 },
  constantLong: { type: 'long', rule: { technique: 'constant', value: 7 }, raw: 1815 },
  constantFloat: { type: 'float', rule: { technique: 'constant', value: 0.1 }, raw: 18.15 },
  constantBoolean: { type: 'boolean', rule: { technique: 'constant', value: true }, raw: false },
  constantEnum: {
    type: { type: 'enum', name: 'Plan', symbols: ['FREE', 'PAID'] },
    rule: { technique: 'constant', value: 'PAID' },
    raw: 'FREE',
  },
  constantDecimal: {
    type: decimal,
    rule: { technique: 'constant', value: -12.5 },
    raw: Buffer.from([0x12, 0x34]),
  },
  constantBytes: {
    type: 'bytes',
    rule: { technique: 'constant', value: 'x' },
    raw: Buffer.from('abc'),
  },
  emptyText: { type: 'string', rule: { technique: 'suppress' }, raw: text },
  emptyUuid: { type: logical('string', 'uuid'), rule: { technique: 'suppress' }, raw: uuid },
  emptyLong: { type: 'long', rule: { technique: 'suppress' }, raw: 1815 },
  emptyDouble: { type: 'double', rule: { technique: 'suppress' }, raw: 18.15 },
  emptyBoolean: { type: 'boolean', rule: { technique: 'suppress' }, raw: true },
  emptyBytes: { type: 'bytes', rule: { technique: 'suppress' }, raw: Buffer.from('abc') },
  emptyDecimal: { type: decimal, rule: { technique: 'suppress' }, raw: Buffer.from([5]) },
  emptyFixed: {
    type: fixed('Four', 4),
    rule: { technique: 'suppress' },
    raw: Buffer.from('1815'),
  },
  bucketInt: { type: 'int', rule: { technique: 'bucket', size: 10 }, raw: 37 },
  bucketNegative: { type: 'long', rule: { technique: 'bucket', size: 10 }, raw: -37 },
  bucketBounds: { type: 'int', rule: { technique: 'bucket', bounds: [0, 18, 65] }, raw: 37 },
  bucketDouble: { type: 'double', rule: { technique: 'bucket', size: 0.1 }, raw: 0.37 },
  bucketFloat: { type: 'float', rule: { technique: 'bucket', bounds: [0, 0.1, 0.7] }, raw: 0.55 },
  bucketDecimal: {
    type: decimal,
    rule: { technique: 'bucket', size: 0.5 },
    raw: Buffer.from([0x12, 0x34]),
  },
  rounded: { type: 'long', rule: { technique: 'round', to: 50 }, raw: -1815 },
  roundedDouble: { type: 'double', rule: { technique: 'round', to: 0.05 }, raw: 1815.12 },
  roundedFloat: { type: 'float', rule: { technique: 'round', to: 0.25 }, raw: 51.4779 },
  year: {
    type: logical('int', 'date'),
    rule: { technique: 'truncate-date', unit: 'year' },
    raw: 18_856,
  },
  week: {
    type: logical('int', 'date'),
    rule: { technique: 'truncate-date', unit: 'week' },
    raw: 18_856,
  },
  quarter: {
    type: logical('long', 'timestamp-millis'),
    rule: { technique: 'truncate-date', unit: 'quarter' },
    raw: millis,
  },
  month: {
    type: logical('long', 'timestamp-micros'),
    rule: { technique: 'truncate-date', unit: 'month' },
    raw: millis * 1000,
  },
  hour: {
    type: logical('long', 'timestamp-millis'),
    rule: { technique: 'truncate-date', unit: 'hour' },
    raw: -millis,
  },
  dayText: {
    type: 'string',
    rule: { technique: 'truncate-date', unit: 'day' },
    raw: '2021-08-17T23:46:40+05:00',
  },
  monthText: {
    type: 'string',
    rule: { technique: 'truncate-date', unit: 'month' },
    raw: '0099-08-17',
  },
  hourText: {
    type: 'string',
    rule: { technique: 'truncate-date', unit: 'hour' },
    raw: '2021-08-17 13:46:40',
  },
  network: { type: 'string', rule: { technique: 'truncate-ip' }, raw: '203.0.113.77' },
  network6: { type: 'string', rule: { technique: 'truncate-ip' }, raw: '2001:db8:1:2::77' },
  networkMapped: { type: 'string', rule: { technique: 'truncate-ip' }, raw: '::ffff:203.0.113.77' },
  networkBytes: {
    type: 'bytes',
    rule: { technique: 'truncate-ip', v4: 20 },
    raw: Buffer.from([203, 0, 113, 77]),
  },
};

/** Where a raw value looks like a replaced one. */
const blind: Readonly<Record<string, Field>> = {
  integer: { type: 'long', rule: token(), raw: 1815 },
  digits: { type: 'string', rule: token({ output: 'digits' }), raw: '+49 (0)151 123-45678' },
  tokenFixed: { type: fixed('Sixteen', 16), rule: token(), raw: Buffer.alloc(16, 'a') },
  shifted: {
    type: logical('int', 'date'),
    rule: { technique: 'shift-date', maxDays: 30 },
    raw: 18_856,
  },
  shiftedText: {
    type: 'string',
    rule: { technique: 'shift-date', maxDays: 30 },
    raw: '2021-08-17T13:46:40.5+02:00',
  },
};

function holds(expected: Expectation, value: LeafValue): boolean {
  return expected.kind === 'form' && expected.holds(value);
}

describe('the form of a technique', () => {
  const { plan, rawSchema, raw, written } = anonymized({ ...fields, ...blind });
  const made = leaves(plan.outputSchema, plan, written);
  const given = new Map(
    leaves(rawSchema, null, raw).map(([leaf, value]) => [leaf.path, value] as const),
  );
  for (const [leaf, value] of made) {
    const step = leaf.step!;
    const expected = expectationOf(step);
    const { technique } = step.technique;
    it(`holds for what ${technique} makes at ${leaf.path}`, () => {
      assert.equal(expected.kind, 'form');
      assert.equal(holds(expected, value), true);
    });
    const original = given.get(leaf.path)!;
    if (leaf.path in blind)
      it(`shows nothing at ${leaf.path}, and says so`, () => {
        assert.equal(expected.kind === 'form' && expected.blind, true);
        assert.equal(holds(expected, original), true);
      });
    else
      it(`is broken by the raw value at ${leaf.path}`, () => {
        assert.equal(expected.kind === 'form' && expected.blind, false);
        assert.equal(holds(expected, original), false);
      });
    it(`is broken by a value of another type at ${leaf.path}`, () => {
      const other = typeof value === 'string' ? Buffer.from('x') : 'x';
      assert.equal(holds(expected, other), false);
    });
  }
  it('is met once for every field', () => {
    assert.equal(made.length, Object.keys(fields).length + Object.keys(blind).length);
  });
});

describe('values that numbers and enums become', () => {
  const rule = (technique: string): Field['rule'] => ({ technique });
  const sealed: Readonly<Record<string, Field>> = {
    int: { type: 'int', rule: rule('encrypt'), raw: 1815 },
    double: { type: 'double', rule: rule('encrypt-deterministic'), raw: 18.15 },
    boolean: { type: 'boolean', rule: rule('encrypt'), raw: true },
    symbol: {
      type: { type: 'enum', name: 'City', symbols: ['LONDON', 'ROME'] },
      rule: rule('encrypt'),
      raw: 'ROME',
    },
    hidden: {
      type: { type: 'enum', name: 'Town', symbols: ['A', 'B'] },
      rule: { technique: 'suppress', as: 'default' },
      raw: 'B',
    },
    token: { type: 'float', rule: token(), raw: 1.5 },
  };
  const { plan, written } = anonymized(sealed);
  for (const [leaf, value] of leaves(plan.outputSchema, plan, written))
    it(`have the form of their technique: ${leaf.path}`, () => {
      assert.equal(holds(expectationOf(leaf.step!), value), true);
    });
  it('break it when a sealed value is cut or of another kind', () => {
    const [first] = leaves(plan.outputSchema, plan, written);
    const [leaf, value] = first!;
    const expected = expectationOf(leaf.step!);
    assert.equal(typeof value, 'string');
    assert.equal(holds(expected, String(value).slice(4)), false);
    assert.equal(holds(expected, `${String(value)}A`), false);
    assert.equal(holds(expected, `${String(value)}AAAA`), false);
  });
});

describe('a leaf whose value is taken away', () => {
  const { plan } = anonymized({
    nothing: { type: ['null', 'string'], rule: { technique: 'suppress' }, raw: text },
    dropped: { type: ['null', 'string'], rule: { technique: 'drop-record' }, raw: null },
    kept: { type: 'string', rule: { technique: 'keep' }, raw: text },
  });
  const expected = plan.steps.map((step) => expectationOf(step).kind);
  it('must have none, and one that is kept may have any', () => {
    assert.deepEqual(expected, ['absent', 'absent', 'kept']);
  });
});
