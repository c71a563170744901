import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import avsc from 'avsc';
import { compile } from '../../../src/anonymization/plan/compile.ts';
import { parseRules } from '../../../src/anonymization/rules/parse-rules.ts';
import { Unreadable } from '../../../src/assurance/leak-audit/avro/cursor.ts';
import { leafWalk } from '../../../src/assurance/leak-audit/avro/leaf-walk.ts';
import { readAvroSchema, SchemaUnclear } from '../../../src/assurance/leak-audit/avro/schema.ts';
import type { LeafValue } from '../../../src/assurance/leak-audit/leaf.ts';
import { limits, Random } from '../../anonymization/formats/avro/engine.ts';
import { leaves } from './stage.ts';

const schema = JSON.stringify({
  type: 'record',
  name: 'Order',
  namespace: 'shop',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'small', type: 'int' },
    { name: 'ratio', type: 'float' },
    { name: 'total', type: 'double' },
    { name: 'paid', type: 'boolean' },
    { name: 'note', type: ['null', 'string'] },
    { name: 'blob', type: 'bytes' },
    { name: 'state', type: { type: 'enum', name: 'State', symbols: ['OPEN', 'DONE'] } },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 5 } },
    { name: 'before', type: 'State' },
    {
      name: 'lines',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Line',
          fields: [
            { name: 'sku', type: 'string' },
            { name: 'hash', type: 'shop.Hash' },
          ],
        },
      },
    },
    { name: 'labels', type: { type: 'map', values: 'string' } },
    { name: 'parent', type: ['null', 'Order'] },
    { name: 'either', type: ['string', 'long', { type: 'array', items: 'int' }] },
  ],
});

const type = avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema, { wrapUnions: true });

/** A random value, as avsc takes it. */
function order(random: Random, depth: number): unknown {
  const text = (): string =>
    String.fromCodePoint(0x41 + random.below(0x2000)).repeat(random.below(9));
  const list = <Item>(make: () => Item): Item[] => Array.from({ length: random.below(4) }, make);
  const hash = (): Buffer => Buffer.from([1, 2, 3, 4, random.below(256)]);
  const eithers = [{ string: text() }, { long: -random.below(2 ** 31) }, { array: list(() => -1) }];
  return {
    id: (random.below(2) === 0 ? 1 : -1) * random.below(2 ** 31) * 2 ** random.below(21),
    small: random.below(2 ** 31) - 2 ** 30,
    ratio: Math.fround(random.below(1000) / 7),
    total: random.below(1e9) / 7,
    paid: random.below(2) === 0,
    note: random.below(2) === 0 ? null : { string: text() },
    blob: Buffer.from(text()),
    state: 'DONE',
    hash: hash(),
    before: 'OPEN',
    lines: list(() => ({ sku: text(), hash: hash() })),
    labels: Object.fromEntries(list(() => [text(), text()])),
    parent: depth === 0 || random.below(3) > 0 ? null : { 'shop.Order': order(random, depth - 1) },
    either: eithers[random.below(3)],
  };
}

/** The leaves of a value as avsc decoded it, in the order of the schema. */
function* decoded(value: unknown): Generator {
  if (value === null) return;
  if (Array.isArray(value)) for (const item of value) yield* decoded(item);
  else if (typeof value !== 'object' || Buffer.isBuffer(value)) yield value;
  else if ('sku' in value || 'id' in value)
    for (const field of Object.values(value)) yield* decoded(field);
  else
    for (const [key, inner] of Object.entries(value)) {
      // The one branch of a union has a wrapper; the entries of a map are leaves by themselves.
      const wraps = ['string', 'long', 'array', 'shop.Order'].includes(key);
      if (!wraps) yield key;
      yield* decoded(inner);
    }
}

const plain = (value: LeafValue): unknown => (typeof value === 'bigint' ? Number(value) : value);

describe('a walk over leaves', () => {
  it('meets the same values as another reader of Avro', () => {
    const random = new Random(1815);
    for (let round = 0; round < 300; round++) {
      const value = order(random, 3);
      const bytes = type.toBuffer(value);
      const met = leaves(schema, null, bytes).map(([, leaf]) => plain(leaf));
      assert.deepEqual(met, [...decoded(type.fromBuffer(bytes))]);
    }
  });

  it('names leaves as plans do, and finds the step of each', () => {
    const rules = parseRules({
      unclassified: 'refuse',
      fields: {
        '**': { technique: 'keep' },
        small: { technique: 'suppress', as: 'remove' },
        'lines[].sku': { technique: 'pseudonymize' },
        'labels{key}': { technique: 'mask' },
        note: { technique: 'suppress' },
      },
    });
    const plan = compile({ schema, rules });
    const outType = avsc.Type.forSchema(JSON.parse(plan.outputSchema) as avsc.Schema, {
      wrapUnions: true,
    });
    // What the output schema doesn't have, such as the removed field, avsc leaves out.
    const whole = order(new Random(3), 0) as Record<string, unknown>;
    const value = { ...whole, lines: [{ sku: 'a', hash: Buffer.alloc(5) }], labels: { a: 'b' } };
    const met = leaves(plan.outputSchema, plan, outType.toBuffer(value));
    const steps = new Map(met.map(([{ path, step }]) => [path, step?.technique.technique]));
    assert.equal(steps.get('lines[].sku'), 'pseudonymize');
    assert.equal(steps.get('labels{key}'), 'mask');
    assert.equal(steps.get('labels{}'), 'keep');
    assert.equal(steps.has('small'), false);
    assert.ok(met.every(([{ step }]) => step !== null));
  });

  it('gives no step to a leaf that the plan does not know', () => {
    const grown = JSON.parse(schema) as { fields: unknown[] };
    const rules = parseRules({ fields: { '**': { technique: 'keep' } } });
    const plan = compile({ schema, rules });
    grown.fields.push({ name: 'more', type: 'string' });
    const bytes = Buffer.concat([type.toBuffer(order(new Random(1), 0)), Buffer.from([2, 0x41])]);
    const [leaf] = leaves(JSON.stringify(grown), plan, bytes).at(-1)!;
    assert.deepEqual(leaf, { path: 'more', step: null });
  });

  it('refuses every value that is cut off, and bytes behind one', () => {
    const walk = leafWalk(readAvroSchema(schema, []), null);
    const bytes = type.toBuffer(order(new Random(7), 2));
    for (let end = 0; end < bytes.length; end++)
      assert.throws(() => walk(bytes.subarray(0, end), limits, () => undefined), Unreadable);
    assert.throws(
      () => walk(Buffer.concat([bytes, Buffer.alloc(1)]), limits, () => undefined),
      Unreadable,
    );
  });

  it('never throws anything else, whatever the bytes are', () => {
    const walk = leafWalk(readAvroSchema(schema, []), null);
    const random = new Random(99);
    for (let round = 0; round < 2000; round++) {
      const bytes = Buffer.from(Array.from({ length: 60 }, () => random.below(256)));
      try {
        walk(bytes, limits, () => undefined);
      } catch (error) {
        assert.ok(error instanceof Unreadable, String(error));
      }
    }
  });

  it('ends where a record nests without end or an array of nothing claims to be long', () => {
    const list = JSON.stringify({
      type: 'record',
      name: 'List',
      fields: [{ name: 'next', type: ['null', 'List'] }],
    });
    const deep = Buffer.alloc(100_000, 2);
    const tooDeep = leafWalk(readAvroSchema(list, []), null);
    assert.throws(() => tooDeep(deep, limits, () => undefined), /deep/);
    const nothing = readAvroSchema('{"type":"array","items":"null"}', []);
    const long = Buffer.from([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0]);
    assert.throws(() => leafWalk(nothing, null)(long, limits, () => undefined), /items/);
  });
});

describe('a schema', () => {
  it('is read with those that it refers to', () => {
    const address = JSON.stringify({
      type: 'record',
      name: 'acme.Address',
      fields: [{ name: 'zip', type: 'string' }],
    });
    const customer = JSON.stringify({
      type: 'record',
      name: 'Customer',
      namespace: 'acme',
      fields: [{ name: 'home', type: 'Address' }],
    });
    const met: string[] = [];
    leafWalk(readAvroSchema(customer, [address]), null)(
      Buffer.from([2, 0x41]),
      limits,
      (leaf) => void met.push(leaf.path),
    );
    assert.deepEqual(met, ['home.zip']);
  });

  for (const [what, text] of Object.entries({
    'not JSON': '{',
    'a type that is not defined': '"acme.Unknown"',
    'a fixed without size': '{"type":"fixed","name":"A"}',
    'a record without fields': '{"type":"record","name":"A"}',
    'a number': '7',
  }))
    it(`is refused where it is ${what}`, () => {
      assert.throws(() => readAvroSchema(text, []), SchemaUnclear);
    });
});
