import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { link } from '../../../src/anonymization/formats/link.ts';
import type { DeclaredType } from '../../../src/anonymization/plan/declared.ts';
import { compileDeclared } from '../../../src/anonymization/plan/declared.ts';
import type { TechniqueSpec } from '../../../src/anonymization/rules/technique-spec.ts';
import { techniqueSpecSchema } from '../../../src/anonymization/rules/technique-spec.ts';
import { isLetheError } from '../../../src/foundation/errors.ts';
import { keys, limits, rewriteAll } from './avro/engine.ts';

function rewriter(type: DeclaredType, spec: unknown) {
  const technique: TechniqueSpec = techniqueSpecSchema.parse(spec);
  return link(compileDeclared(type, technique, '$key', 'route'), keys, limits);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

describe('values without a schema', () => {
  test('are text as a whole', () => {
    const [one, none, empty] = rewriteAll(rewriter('string', { technique: 'mask', keepFirst: 1 }), [
      Buffer.from('Anna'),
      null,
      Buffer.alloc(0),
    ]);
    assert.equal(one!.bytes!.toString(), 'A***');
    assert.deepEqual([none!.code, none!.bytes], ['WRITTEN', null]);
    assert.deepEqual([empty!.code, empty!.bytes!.length], ['WRITTEN', 0]);
  });

  test('are kept as they are where the rule says so', () => {
    const kept = rewriter('bytes', { technique: 'keep' });
    const [one, none] = rewriteAll(kept, [Buffer.from([1, 255, 3]), null]);
    assert.deepEqual(one!.bytes, Buffer.from([1, 255, 3]));
    assert.equal(none!.bytes, null);
  });

  test('are numbers in the byte order of the network', () => {
    const ints = rewriteAll(rewriter('int', { technique: 'bucket', size: 10 }), [int(27), int(-3)]);
    assert.deepEqual(
      ints.map(({ bytes }) => bytes),
      [int(20), int(-10)],
    );
    const longs = rewriteAll(rewriter('long', { technique: 'bucket', size: 10 }), [
      long(2n ** 40n + 7n),
      long(-1n),
    ]);
    assert.deepEqual(
      longs.map(({ bytes }) => bytes!.readBigInt64BE()),
      [((2n ** 40n + 7n) / 10n) * 10n, -10n],
    );
  });

  test('become null where a rule suppresses them', () => {
    const [one] = rewriteAll(rewriter('string', { technique: 'suppress' }), [Buffer.from('x')]);
    assert.equal(one!.code, 'WRITTEN');
  });

  test('are dropped by a rule, with their records', () => {
    const dropping = rewriter('string', { technique: 'drop-record' });
    assert.deepEqual(
      rewriteAll(dropping, [Buffer.from('x'), null]).map(({ code }) => code),
      ['DROPPED', 'WRITTEN'],
    );
  });

  test('of another form than declared are quarantined, and only those', () => {
    const results = rewriteAll(rewriter('int', { technique: 'pseudonymize' }), [
      Buffer.alloc(3),
      int(5),
      Buffer.alloc(8),
    ]);
    assert.deepEqual(
      results.map(({ code, step }) => [code, step]),
      [
        ['KEY_TYPE_MISMATCH', 0],
        ['WRITTEN', -1],
        ['KEY_TYPE_MISMATCH', 0],
      ],
    );
    const [alone] = rewriteAll(rewriter('int', { technique: 'pseudonymize' }), [int(5)]);
    assert.deepEqual(results[1], alone);
    const longs = rewriteAll(rewriter('long', { technique: 'keep' }), [Buffer.alloc(4)]);
    assert.equal(longs[0]!.code, 'KEY_TYPE_MISMATCH');
    const texts = rewriteAll(rewriter('string', { technique: 'pseudonymize' }), [
      Buffer.of(0xff),
      Buffer.alloc(limits.recordBytes + 1),
    ]);
    assert.deepEqual(
      texts.map(({ code }) => code),
      ['STRING_NOT_UTF8', 'RECORD_TOO_LARGE'],
    );
  });

  test('are rewritten in batches of any size, and counted', () => {
    const tokens = rewriter('string', { technique: 'pseudonymize' });
    const values = Array.from({ length: 3000 }, (_, index) => Buffer.from(`key ${index}`));
    const together = rewriteAll(tokens, values);
    assert.deepEqual(rewriteAll(tokens, [values[2999]!])[0], together[2999]);
    assert.deepEqual([...tokens.takeStepCounts()], [3001]);
    assert.deepEqual([...tokens.takeStepCounts()], [0]);
  });

  test('of other types have no rewriter, nor have other formats', () => {
    const plan = compileDeclared('int', { technique: 'keep' }, '$key', 'route');
    for (const kind of ['null', 'boolean', 'float', 'double'] as const) {
      const step = { ...plan.steps[0]!, input: { kind } };
      assert.throws(
        () => link({ ...plan, steps: [step] }, keys, limits),
        (error) => isLetheError(error) && error.code === 'RAW_TYPE_UNSUPPORTED',
      );
    }
    for (const format of ['JSON', 'PROTOBUF'] as const) {
      assert.throws(
        () => link({ ...plan, format }, keys, limits),
        (error) => isLetheError(error) && error.code === 'FORMAT_UNSUPPORTED',
      );
    }
  });
});
